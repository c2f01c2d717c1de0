"""The channel to a container's main process, over the engine's attach stream."""

from __future__ import annotations

import secrets
import struct
import time
from collections import deque
from collections.abc import Callable
from importlib import resources
from typing import Protocol, TypeAlias, TypeVar, cast

from tempt.sandbox.base import SandboxEngineError, UnsupportedError
from tempt.sandbox.world import wire

_PACKAGE = "tempt.sandbox.world"
_MODULES = ("wire", "files", "processes", "shell", "surroundings", "session", "server")
_STREAM = struct.Struct(">BxxxI")
_OUT = 1
_LARGEST_PART = 1 << 24
_KEPT_ERRORS = 4_096
_PART = 1 << 18
_ROUND = 0.25

Answer: TypeAlias = "tuple[list[wire.Value], list[wire.Value]]"
"""An answer, its first element saying how it went, and what was sent ahead of it."""
T = TypeVar("T")

BOOT = (
    "import os\n"
    "r=lambda n,b=b'':b if len(b)>=n else r(n,b+(os.read(0,n-len(b))or os._exit(1)))\n"
    "exec(r(int(r(8))))"
)
"""The program a container starts with: it runs the text it is sent."""


class ChannelError(SandboxEngineError):
    """The channel is of no use any more."""


class SilenceError(ChannelError):
    """There was no answer in time."""


class Wire(Protocol):
    """The part of a socket that is needed here."""

    def settimeout(self, seconds: float | None, /) -> None:
        """Bound the time that the next call may take."""

    def send(self, data: bytes | memoryview, /) -> int:
        """Send the beginning of ``data``; how much of it."""
        ...

    def recv(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        ...

    def lost(self) -> bool:
        """Whether the other end has given no sign of life lately."""
        ...

    def close(self) -> None:
        """Hang up."""


def program() -> bytes:
    """What the main process runs, as the text that `BOOT` reads."""
    folder = resources.files(_PACKAGE)
    sources = {name: folder.joinpath(f"{name}.py").read_text("utf-8") for name in _MODULES}
    text = (
        "import sys, types\n"
        "def _add(name, source=''):\n"
        "    module = types.ModuleType(name)\n"
        "    module.__path__ = []\n"
        "    sys.modules[name] = module\n"
        "    above, _, last = name.rpartition('.')\n"
        "    if above: setattr(sys.modules[above], last, module)\n"
        "    exec(compile(source, name, 'exec'), module.__dict__)\n"
        "for name in ('tempt', 'tempt.sandbox', 'tempt.sandbox.world'): _add(name)\n"
        f"for name, source in {sources!r}.items(): _add('tempt.sandbox.world.' + name, source)\n"
        "sys.modules['tempt.sandbox.world.server'].main()\n"
    ).encode()
    return b"%8d" % len(text) + text


def driver() -> str:
    """The shell text that a world's shell is driven by."""
    return resources.files(_PACKAGE).joinpath("driver.sh").read_text("utf-8").strip()


class _Patience:
    """How long to wait: in rounds, each of which counts for no more than it was meant to last.

    A machine or a process that stands still for long uses up one of them, not all.

    Args:
        connection: What is waited for.
        seconds: How long, together.
    """

    def __init__(self, connection: Wire, seconds: float) -> None:
        self._connection = connection
        self._left = seconds

    def wait(self, act: Callable[[], T]) -> T:
        """What ``act``, which waits for the connection, gives in the end.

        Raises:
            TimeoutError: The time is used up, or the connection has given up.
        """
        while self._left > 0:
            bound = min(self._left, _ROUND)
            self._connection.settimeout(bound)
            begin = time.monotonic()
            try:
                return act()
            except TimeoutError as error:
                if error.errno is not None:  # the network's own
                    raise
            finally:
                self._left -= min(bound, time.monotonic() - begin)
        raise TimeoutError


class Channel:
    """Requests and their answers, one at a time.

    Every frame carries a secret drawn for this session and the number of its request, so that
    nothing but the main process, and nothing late, can pass for an answer.

    Args:
        connection: The attach stream.
    """

    def __init__(self, connection: Wire) -> None:
        self._connection = connection
        self._secret = secrets.token_bytes(wire.SECRET_BYTES)
        self._number = 0
        self._received = bytearray()
        self._raw = bytearray()
        self._errors: deque[bytes] = deque(maxlen=8)
        self._unsent = memoryview(b"")
        self._ahead: list[wire.Value] = []

    def open(self, mounts: tuple[str, ...], agent: int, lifetime: int, seconds: float) -> str:
        """Start the main process' program; the digest of the new container.

        Args:
            mounts: The folders that can be written to.
            agent: Number of the user that acts in worlds.
            lifetime: Seconds without a request after which the container ends.
            seconds: How long the answer may take.

        Raises:
            ChannelError: It does not answer.
        """
        hello: list[wire.Value] = [self._secret, lifetime, list(mounts), agent, driver()]
        self._request(program() + wire.frame(0, bytes(wire.SECRET_BYTES), hello))
        return str(self.listen(seconds)[0][1])

    def ask(self, name: str, *arguments: wire.Value, seconds: float) -> Answer:
        """Make a request and wait for its answer.

        Args:
            name: What is wanted.
            arguments: What it takes.
            seconds: How long an answer may take.

        Raises:
            SilenceError: There is none yet; `listen` waits on.
            ChannelError: There is no answer, or none that can be trusted.
            UnsupportedError: The arguments are too large.
        """
        try:
            request = wire.frame(self._number + 1, self._secret, [name, *arguments])
        except wire.WireError as error:
            raise UnsupportedError(
                f"a container can't be sent that much at once: {error}"
            ) from error
        self._number += 1
        self._request(request)
        return self.listen(seconds)

    def listen(self, seconds: float) -> Answer:
        """Wait for the answer to the last request, as often as there is silence.

        Raises:
            SilenceError: There is none yet.
            ChannelError: There is no answer, or none that can be trusted.
        """
        patience = _Patience(self._connection, seconds)
        try:
            self._send(patience)
            while True:
                more, value = self._next_frame(patience)
                if not more:
                    return cast("list[wire.Value]", value), self._ahead
                self._ahead.append(value)
        except (OSError, wire.WireError, EOFError) as error:
            if isinstance(error, TimeoutError) and error.errno is None:
                raise SilenceError(f"there was no answer within {seconds:.1f} s") from error
            said = f"; it said: {self.errors}" if self._errors else ""
            raise ChannelError(
                f"the channel into the container broke: {type(error).__name__}: {error}{said}"
            ) from error

    def lost(self) -> bool:
        """Whether the connection leads nowhere any more, as far as it can tell."""
        return self._connection.lost()

    def close(self) -> None:
        """Hang up: the container ends."""
        self._connection.close()

    @property
    def errors(self) -> str:
        """The last that the main process said on its error stream."""
        return b"".join(self._errors)[-_KEPT_ERRORS:].decode("utf-8", "replace")

    def _request(self, request: bytes) -> None:
        self._unsent = memoryview(request)
        self._ahead = []

    def _send(self, patience: _Patience) -> None:
        while self._unsent:
            sent = patience.wait(lambda: self._connection.send(self._unsent[:_PART]))
            self._unsent = self._unsent[sent:]

    def _next_frame(self, patience: _Patience) -> tuple[bool, wire.Value]:
        """Whether more frames follow, and a value; silence in its midst loses nothing of it."""
        taken = 0

        def read(count: int) -> bytes:
            nonlocal taken
            begin, taken = taken, taken + count
            while len(self._received) < taken:
                self._receive(patience)
            return bytes(self._received[begin:taken])

        _, more, value = wire.read_frame(read, self._number, self._secret)
        del self._received[:taken]
        return more, value

    def _receive(self, patience: _Patience) -> None:
        """Take the next part of the attach stream, which holds output and errors in turns."""
        self._fill(_STREAM.size, patience)
        stream, length = _STREAM.unpack_from(self._raw)
        if length > _LARGEST_PART:
            raise wire.WireError(f"the engine claims a part of {length} bytes")
        end = _STREAM.size + length
        self._fill(end, patience)
        part = bytes(self._raw[_STREAM.size : end])
        del self._raw[:end]
        if stream == _OUT:
            self._received += part
        else:
            self._errors.append(part)

    def _fill(self, count: int, patience: _Patience) -> None:
        while len(self._raw) < count:
            data = patience.wait(lambda: self._connection.recv(_PART))
            if not data:
                raise EOFError("the container has ended")
            self._raw += data
