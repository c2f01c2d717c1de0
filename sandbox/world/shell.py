"""A user's shell that lives on between calls, and what one call prints."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress

from tempt.sandbox.world import processes

_COMMANDS, _STATUS = 198, 199
_PART = 65_536
_MOST_STATE = 1_000_000
_LAST_WORDS = 1.0

EXITED, TIMEOUT = "exited", "timeout"


class Kept:
    """The beginning and the end of a stream.

    Args:
        limit: Most bytes that are kept.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self.head = b""
        self.tail = b""
        self.cut = False

    def add(self, data: bytes) -> None:
        """Take the stream's next bytes."""
        room = self._half - len(self.head)
        self.head += data[:room]
        rest = self.tail + data[room:]
        beyond = max(0, len(rest) - self._half)
        self.cut = self.cut or beyond > 0
        self.tail = rest[beyond:]


class Result:
    """What became of a call.

    Args:
        status: How it ended.
        code: Its exit status; ``None`` where it did not exit.
        out: What it printed.
        err: What it printed on the error stream.
    """

    def __init__(self, status: str, code: int | None, out: Kept, err: Kept) -> None:
        self.status = status
        self.code = code
        self.out = out
        self.err = err


class Streams:
    """Our ends of a process' pipes.

    Args:
        control: Whether there is a pipe for commands and one for their status.
    """

    def __init__(self, *, control: bool) -> None:
        self.theirs: dict[int, int] = {}
        self._ours: list[int] = []
        self.status = self.commands = -1
        try:
            self.out, self.err = self._from(1), self._from(2)
            if control:
                self.status, self.commands = self._from(_STATUS), self._to(_COMMANDS)
        except OSError:
            self.close()
            self.hand_over()
            raise

    def hand_over(self) -> None:
        """Close the other process' ends."""
        for theirs in self.theirs.values():
            os.close(theirs)

    def close(self) -> None:
        """Close our ends."""
        for ours in self._ours:
            os.close(ours)

    def _from(self, number: int) -> int:
        """Our end of what the other process writes to the descriptor ``number``."""
        ours, self.theirs[number] = os.pipe2(os.O_CLOEXEC)
        return self._own(ours)

    def _to(self, number: int) -> int:
        """Our end of what the other process reads from the descriptor ``number``."""
        self.theirs[number], ours = os.pipe2(os.O_CLOEXEC)
        return self._own(ours)

    def _own(self, ours: int) -> int:
        self._ours.append(ours)
        os.set_blocking(ours, False)
        return ours


def _start(program: processes.Program, streams: Streams) -> int:
    """Start a program that has nothing to read; its streams are closed where it can't be."""
    try:
        nothing = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        try:
            return processes.spawn(program, {0: nothing, **streams.theirs})
        finally:
            os.close(nothing)
    except BaseException:
        streams.close()
        raise
    finally:
        streams.hand_over()


def take(descriptor: int) -> bytes:
    """What can be read at once; empty where there is nothing."""
    try:
        return os.read(descriptor, _PART)
    except (BlockingIOError, OSError):
        return b""


def drain(streams: Streams, out: Kept, err: Kept) -> None:
    """Take what has been printed so far."""
    for descriptor, kept in ((streams.out, out), (streams.err, err)):
        # Bounded: whoever prints in the background without end must not hold us up.
        for _ in range(64):
            data = take(descriptor)
            if not data:
                break
            kept.add(data)


class Shell:
    """One shell.

    Args:
        program: What is run: it reads commands and answers with their status.
        wake: A descriptor that can be read once a child has ended.
        hangup: A descriptor whose hangup means that nobody listens any more.
    """

    def __init__(self, program: processes.Program, wake: int, hangup: int) -> None:
        self._streams = Streams(control=True)
        self._wake = wake
        self._hangup = hangup
        self.pid = _start(program, self._streams)
        self._said = b""
        self._number = 0
        self.state = b""
        self.ended: int | None = None

    def note(self, ended: dict[int, int]) -> None:
        """Learn which children have ended."""
        if self.pid in ended:
            self.ended = ended[self.pid]

    def close(self) -> None:
        """Let go of the pipes."""
        self._streams.close()

    def alive(self) -> bool:
        """Whether it has not ended, whoever waited for it."""
        if self.ended is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = self.pid, 0
            self.ended = status if pid else None
        return self.ended is None

    def discard(self) -> None:
        """Throw away what was printed between calls."""
        nothing = Kept(0)
        drain(self._streams, nothing, nothing)

    def run(self, command: bytes, seconds: float, limit: int) -> Result:
        """Run ``command`` and wait for its end.

        Raises:
            EOFError: Nobody listens any more.
        """
        out, err = Kept(limit), Kept(limit)
        deadline = time.monotonic() + seconds
        self._number += 1
        self._said = b""
        rest = b"%d\0%s\0" % (self._number, command)
        while self._status() is None and self.ended is None:
            left = deadline - time.monotonic()
            if left <= 0:
                drain(self._streams, out, err)
                return Result(TIMEOUT, None, out, err)
            rest = self._wait(rest, left, out, err)
        code = self._last_words() if self._status() is None else self._take_status()
        drain(self._streams, out, err)
        return Result(EXITED, code, out, err)

    def _wait(self, rest: bytes, seconds: float, out: Kept, err: Kept) -> bytes:
        """Wait until something happens and attend to it; what is left of the command to be sent."""
        poll = select.poll()
        streams = self._streams
        for descriptor in (streams.out, streams.err, streams.status, self._wake):
            poll.register(descriptor, select.POLLIN)
        poll.register(self._hangup, 0)
        if rest:
            poll.register(streams.commands, select.POLLOUT)
        for descriptor, event in poll.poll(int(seconds * 1000) + 1):
            if descriptor == self._hangup:
                raise EOFError
            if descriptor == streams.commands:
                rest = self._send(rest)
            elif descriptor == streams.status:
                self._said += take(descriptor)
                self._said = self._said[:_MOST_STATE]
            elif descriptor == self._wake:
                take(descriptor)
                self.note(processes.reap())
            elif event & select.POLLIN:
                (out if descriptor == streams.out else err).add(take(descriptor))
            else:
                # All who could print have closed the stream; don't spin on it.
                self.note(processes.reap())
                time.sleep(0.001)
        return rest

    def _send(self, rest: bytes) -> bytes:
        try:
            return rest[os.write(self._streams.commands, rest[: select.PIPE_BUF]) :]
        except BlockingIOError:
            return rest
        except OSError:
            return b""  # it has gone, and its end will be noticed

    def _status(self) -> bytes | None:
        """What the shell has told of this call, if it has; last words are awaited to their end.

        What is told of another call is thrown away: a command can write to the shell's own pipe.
        """
        while b"\0" in self._said:
            told, _, after = self._said.partition(b"\0")
            if told.lstrip(b"x").split(b" ")[0] != b"%d" % self._number:
                self._said = after
            elif told.startswith(b"x") and b"\0" not in after:
                return None
            else:
                return told
        return None

    def _take_status(self) -> int:
        told, _, self._said = self._said.partition(b"\0")
        if told.startswith(b"x"):
            self.state, _, self._said = self._said.partition(b"\0")
            self._await_end()
        return _number(told.partition(b" ")[2])

    def _await_end(self) -> None:
        deadline = time.monotonic() + _LAST_WORDS
        while self.ended is None and time.monotonic() < deadline:
            self.note(processes.reap())
            time.sleep(0.0002)
        if self.ended is None:
            self.ended = 0
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                _, self.ended = os.waitpid(self.pid, 0)

    def _last_words(self) -> int:
        """The exit status of a shell that ended without telling one, or while it told it."""
        self._said += take(self._streams.status)
        if self._status() is not None:
            return self._take_status()
        ended = self.ended or 0
        return os.waitstatus_to_exitcode(ended) if os.WIFEXITED(ended) else 128 + os.WTERMSIG(ended)


def _number(text: bytes) -> int:
    return int(text) & 0xFF if text.isdigit() and len(text) < 10 else 1


def run_once(program: processes.Program, seconds: float, limit: int) -> Result:
    """Run a program of its own to its end."""
    streams = Streams(control=False)
    pid = _start(program, streams)
    out, err = Kept(limit), Kept(limit)
    deadline = time.monotonic() + seconds
    code: int | None = None
    while code is None and time.monotonic() < deadline:
        drain(streams, out, err)
        ended = processes.reap().get(pid)
        if ended is not None:
            code = os.waitstatus_to_exitcode(ended)
        else:
            time.sleep(0.0005)
    drain(streams, out, err)
    streams.close()
    status = TIMEOUT if code is None else EXITED
    return Result(status, code if code is None or code >= 0 else 128 - code, out, err)
