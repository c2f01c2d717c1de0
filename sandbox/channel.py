"""The channel to a container's main process, over the engine's attach stream."""

from __future__ import annotations

import secrets
import struct
import time
from collections import deque
from importlib import resources
from typing import Protocol, cast

from tempt.sandbox.base import SandboxEngineError, UnsupportedError
from tempt.sandbox.world import wire

_PACKAGE = "tempt.sandbox.world"
_MODULES = ("wire", "files", "processes", "shell", "surroundings", "session", "server")
_STREAM = struct.Struct(">BxxxI")
_OUT = 1
_LARGEST_PART = 1 << 24
_KEPT_ERRORS = 4_096
_PART = 1 << 18

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

    def sendall(self, data: bytes, /) -> None:
        """Send all of ``data``."""

    def recv(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""
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
        self._deadline = 0.0

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
        first = program() + wire.frame(0, bytes(wire.SECRET_BYTES), hello)
        return str(self._exchange(first, seconds)[0][1])

    def ask(
        self, name: str, *arguments: wire.Value, seconds: float
    ) -> tuple[list[wire.Value], list[wire.Value]]:
        """Make a request.

        Args:
            name: What is wanted.
            arguments: What it takes.
            seconds: How long an answer may take.

        Returns:
            The answer, its first element saying how it went, and what was sent ahead of it.

        Raises:
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
        return self._exchange(request, seconds)

    def close(self) -> None:
        """Hang up: the container ends."""
        self._connection.close()

    @property
    def errors(self) -> str:
        """The last that the main process said on its error stream."""
        return b"".join(self._errors)[-_KEPT_ERRORS:].decode("utf-8", "replace")

    def _exchange(
        self, request: bytes, seconds: float
    ) -> tuple[list[wire.Value], list[wire.Value]]:
        self._deadline = time.monotonic() + seconds
        ahead: list[wire.Value] = []
        try:
            self._connection.settimeout(seconds)
            self._connection.sendall(request)
            while True:
                _, more, value = wire.read_frame(self._read, self._number, self._secret)
                if not more:
                    return cast("list[wire.Value]", value), ahead
                ahead.append(value)
        except TimeoutError as error:
            raise SilenceError(f"the container did not answer within {seconds:.0f} s") from error
        except (OSError, wire.WireError, EOFError) as error:
            said = f"; it said: {self.errors}" if self._errors else ""
            raise ChannelError(
                f"the channel into the container broke: {type(error).__name__}: {error}{said}"
            ) from error

    def _read(self, count: int) -> bytes:
        while len(self._received) < count:
            self._receive()
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def _receive(self) -> None:
        """Take the next part of the attach stream, which holds output and errors in turns."""
        header = self._take(_STREAM.size)
        stream, length = _STREAM.unpack(header)
        if length > _LARGEST_PART:
            raise wire.WireError(f"the engine claims a part of {length} bytes")
        part = self._take(length)
        if stream == _OUT:
            self._received += part
        else:
            self._errors.append(part)

    def _take(self, count: int) -> bytes:
        while len(self._raw) < count:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer in time")
            self._connection.settimeout(left)
            data = self._connection.recv(_PART)
            if not data:
                raise EOFError("the container has ended")
            self._raw += data
        data = bytes(self._raw[:count])
        del self._raw[:count]
        return data
