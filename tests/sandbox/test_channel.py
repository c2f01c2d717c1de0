"""Waiting for a container's answer, on a connection that is made up."""

from __future__ import annotations

import errno
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable

import pytest

from tempt.sandbox.channel import Channel, ChannelError, SilenceError
from tempt.sandbox.world import wire

SECRET = b"s" * wire.SECRET_BYTES
Happening = bytes | OSError | float


class Line:
    """A connection on which what is told happens: bytes, an error, or silence of some seconds.

    Args:
        happenings: What comes of each time that something is waited for; silence when all is over.
    """

    def __init__(self, *happenings: Happening) -> None:
        self._happenings = list(happenings)
        self._bound = 0.0
        self.now = 0.0
        self.sent = b""
        self.refused = 0

    def settimeout(self, seconds: float | None, /) -> None:
        assert seconds is not None
        assert seconds > 0
        self._bound = seconds

    def send(self, data: bytes | memoryview, /) -> int:
        if self.refused:
            self.refused -= 1
            self._pause(self._bound)
        self.sent += bytes(data[:7])
        return len(data[:7])

    def recv(self, _: int, /) -> bytes:
        match self._happenings.pop(0) if self._happenings else self._bound:
            case bytes(data):
                return data
            case OSError() as error:
                raise error
            case float(seconds):
                self._pause(seconds)
        raise AssertionError

    def lost(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def _pause(self, seconds: float) -> None:
        self.now += seconds
        raise TimeoutError("timed out")


@pytest.fixture
def channel_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[Line], Channel]:
    def make(line: Line) -> Channel:
        monkeypatch.setattr("tempt.sandbox.channel.secrets.token_bytes", lambda _: SECRET)
        monkeypatch.setattr("tempt.sandbox.channel.time.monotonic", lambda: line.now)
        return Channel(line)

    return make


def on_stream(value: wire.Value, *, more: bool = False) -> bytes:
    data = wire.frame(1, SECRET, value, more=more)
    return struct.pack(">BxxxI", 1, len(data)) + data


def test_a_machine_that_stands_still_does_not_use_the_time_up(
    channel_on: Callable[[Line], Channel],
) -> None:
    channel = channel_on(Line(600.0, 600.0, on_stream(["ok", 1])))
    assert channel.ask("look", seconds=1.0) == (["ok", 1], [])


def test_silence_is_as_long_as_was_said(channel_on: Callable[[Line], Channel]) -> None:
    line = Line()
    with pytest.raises(SilenceError):
        channel_on(line).ask("look", seconds=1.6)
    assert line.now == pytest.approx(1.6)


@pytest.mark.parametrize("at", [1, 8, 20, 44, 60, 75, 90])
def test_silence_in_the_midst_of_an_answer_loses_nothing(
    channel_on: Callable[[Line], Channel], at: int
) -> None:
    answer = on_stream("ahead", more=True) + on_stream(["ok", 1])
    assert at < len(answer)
    channel = channel_on(Line(answer[:at], 1.0, 1.0, answer[at:]))
    with pytest.raises(SilenceError):
        channel.ask("look", seconds=0.5)
    assert channel.listen(0.5) == (["ok", 1], ["ahead"])


def test_silence_in_the_midst_of_a_request_loses_nothing(
    channel_on: Callable[[Line], Channel],
) -> None:
    line = Line(on_stream(["ok", 1]))
    line.refused = 3
    channel = channel_on(line)
    with pytest.raises(SilenceError):
        channel.ask("look", seconds=0.5)
    assert channel.listen(1.0) == (["ok", 1], [])
    assert line.sent == wire.frame(1, SECRET, ["look"])


def test_a_network_that_gives_up_is_no_silence(channel_on: Callable[[Line], Channel]) -> None:
    given_up = TimeoutError(errno.ETIMEDOUT, "Connection timed out")
    with pytest.raises(ChannelError) as caught:
        channel_on(Line(given_up)).ask("look", seconds=1.0)
    assert not isinstance(caught.value, SilenceError)


_NETWORK = """
import socket, subprocess, time
from contextlib import suppress
from tempt.sandbox import containers

def network(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)

def until(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert condition()

network("up")
server = socket.create_server(("127.0.0.1", 0))
here = socket.create_connection(server.getsockname())
there, _ = server.accept()
containers._IDLE_SECONDS = 1
stream = containers._Stream(here)
stream.settimeout(0.1)
with suppress(TimeoutError):
    while stream.send(bytes(1 << 16)): pass
for _ in range(30):
    time.sleep(0.1)
    assert not stream.lost(), "who does not read is not lost"
there.settimeout(0.3)
with suppress(TimeoutError):
    while there.recv(1 << 20): pass
assert not stream.lost()
network("down")
until(stream.lost)
network("up")
until(lambda: not stream.lost())
print("known")
"""


def test_a_connection_that_leads_nowhere_is_known() -> None:
    """In a network of the test's own; who only does not read, as an agent may have it, is there."""
    enter = ["unshare", "-n"]
    tools = all(shutil.which(tool) for tool in ("unshare", "ip"))
    if not tools or subprocess.run([*enter, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own can be made here")
    child = subprocess.run(
        [*enter, sys.executable, "-c", _NETWORK], capture_output=True, text=True, check=False
    )
    assert child.stdout == "known\n", child.stderr
