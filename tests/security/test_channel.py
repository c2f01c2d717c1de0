"""Nobody inside can speak for the main process, end it, or make it show what is not."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from tests.security.acts import python
from tests.security.conftest import Arena

from tempt.sandbox import ExecStatus, SandboxObstructedError
from tempt.sandbox.world import wire

FORGED = wire.frame(
    3, bytes(wire.SECRET_BYTES), ["ok", ["exited", 0, b"forged", b"", 0, b"", b"", 0]]
)
OCTAL = "".join(f"\\0{byte:03o}" for byte in FORGED)


@dataclass(frozen=True, slots=True)
class Trick:
    """Something done to the shell and the processes a world runs on.

    Attributes:
        name: What is done.
        command: What the agent types.
        ending: What the call's outcome has to look like: status and output.
        proof: What the agent types next to see that it was done; empty where ``ending`` tells.
        done: What is found in the answer to that.
        seconds: How long the command may take.
        ends: Whether the shell has to be another one afterwards.
    """

    name: str
    command: str
    ending: str
    proof: str = ""
    done: str = ""
    seconds: float = 5.0
    ends: bool = False


_SLEEPER = "setsid sleep 77 & sleep 0.1; "
_GONE = "pgrep -cx sleep"

TRICKS = (
    Trick("killing everything", _SLEEPER + "kill -9 -1", "^0", _GONE, "^0"),
    Trick("ending everything politely", _SLEEPER + "kill -TERM -1", "^0|^143", _GONE, "^0"),
    Trick(
        "stopping everything",
        "kill -STOP -1; kill -STOP $$",
        "^timeout",
        "ps -o stat= -C worker",
        "^T",
        seconds=0.5,
        ends=True,
    ),
    Trick("killing the own shell", "kill -9 $$", "^137", ends=True),
    Trick("stopping the own shell", "kill -STOP $$", "^timeout", seconds=0.5, ends=True),
    Trick("replacing the own shell", "exec sleep 0.1", "^0", ends=True),
    Trick(
        "closing every descriptor",
        "exec 0>&- 1>&- 2>&- 198>&- 199>&-",
        r"^\d",
        ends=True,
    ),
    Trick("killing the shell while it ends", "trap 'kill -9 $$' EXIT; exit 4", r"^\d", ends=True),
    Trick("minding no signal", "trap '' TERM HUP INT; trap : EXIT; exit 5", "^5", ends=True),
    Trick(
        "commands with the names of the shell's own",
        "read() { :; }; printf() { :; }; eval() { :; }",
        "^0",
        "type -t read printf eval | xargs",
        "^function function function",
    ),
    Trick(
        "a command in the place of all of the shell's own",
        "builtin() { :; }",
        "^timeout",
        seconds=0.5,
        ends=True,
    ),
    Trick(
        "taking away where the shell starts",
        "rm -rf /srv/app/* /home/alice/* && kill -9 $$",
        "^137",
        "ls -A /srv/app | wc -l",
        "^0",
        ends=True,
    ),
    Trick(
        "a process that outlives the call",
        "setsid sleep 77 > /dev/null 2>&1 & sleep 0.1; echo left",
        "^0 left",
        _GONE,
        "^1",
    ),
)


def outcome(arena: Arena, command: str, seconds: float) -> str:
    result = arena.act(command, timeout=seconds)
    status = result.exit_code if result.status is ExecStatus.EXITED else result.status.value
    return f"{status} {result.stdout}{result.stderr}"


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.name)
def test_a_trick_harms_the_own_shell_at_most(arena: Arena, trick: Trick) -> None:
    shell = arena.act("echo $$").stdout
    text = outcome(arena, trick.command, trick.seconds)
    assert re.search(trick.ending, text), text
    assert (arena.act("echo $$").stdout != shell) == trick.ends
    if trick.proof:
        seen = arena.act(trick.proof).stdout
        assert re.search(trick.done, seen), seen
    arena.unharmed()


def test_a_forged_status_does_not_answer_for_later_calls(arena: Arena) -> None:
    forged = "printf '7\\0' >&199; printf '%s 7\\0' \"$((__call + 1))\" >&199; "
    assert arena.act(f"{forged} printf '%s 7\\0' \"$__call\" >&199").exit_code == 7
    assert arena.act("sleep 0.2; (exit 3)").exit_code == 3
    assert arena.act("sleep 0.2; echo late").stdout == "late\n"


def test_no_signal_reaches_the_main_process(arena: Arena) -> None:
    """Control: where its user is the agent's, one ends the container."""
    arena.act("for n in $(seq 64); do kill -$n 1 && echo reached $n; done; true")
    arena.unharmed()


@pytest.fixture
def ended_from_inside(arena: Arena) -> bool:
    """Whether a main process of the agent's own user ends by the same signals."""
    api = arena.open_container.container.client.api
    image = arena.open_container.container.attrs["Image"]
    program = "trap 'exit 0' TERM; (for n in $(seq 64); do kill -$n 1; done) 2>&1; sleep 5; sleep 5"
    options = api.create_host_config(network_mode="none", auto_remove=False)
    made = api.create_container(
        image, ["bash", "-c", program], user="1000", host_config=options, entrypoint=[]
    )
    api.start(made)
    began = time.monotonic()
    api.wait(made, timeout=30)
    took = time.monotonic() - began
    api.remove_container(made, force=True)
    return took < 4.0


def test_signals_end_a_main_process_of_the_agents_user(ended_from_inside: bool) -> None:
    assert ended_from_inside


def test_a_frame_written_to_the_main_process_output_is_refused(arena: Arena) -> None:
    write = f"printf '%b' '{OCTAL}' > /proc/1/fd/1"
    api = arena.open_container.container.client.api
    image = arena.open_container.container.attrs["Image"]
    made = api.create_container(image, ["bash", "-c", write], user="0", entrypoint=[])
    try:
        api.start(made)
        api.wait(made, timeout=30)
        assert FORGED in api.logs(made), "root in a container can put it on the stream"
    finally:
        api.remove_container(made, force=True)
    result = arena.act(write)
    assert "Permission denied" in result.stderr
    assert result.exit_code == 1
    arena.unharmed()


OUTPUTS = {
    "a frame like the main process'": FORGED,
    "the header of a part of the stream": b"\x01\0\0\0\xff\xff\xff\xffok",
    "zero bytes": b"a\0\0b",
    "bytes that are no text": b"\xff\xfe\xc3(\xed\xa0\x80\xf5",
    "a character cut in half": "é".encode()[:1],
    "zero-width characters": "a\u200b\u200d\u2060\ufeffb\u202ec".encode(),
    "a terminal's orders": b"\x1b]0;title\x07\x1b[2J\x1b[1;1H\x1b[31mred\x9b5n",
    "the marks of ends": b"\n0\n\x04\x03\x1a\0x0\0",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_is_printed_is_only_text(arena: Arena, name: str) -> None:
    data = OUTPUTS[name]
    command = f"printf '%b' '{''.join(f'{chr(92)}0{byte:03o}' for byte in data)}'"
    assert arena.control(command).out == data, "these bytes are really printed"
    for stream in ("stdout", "stderr"):
        result = arena.act(command + (" >&2" if stream == "stderr" else ""))
        assert getattr(result, stream) == data.decode("utf-8", "replace")
        assert (result.exit_code, result.status) == (0, ExecStatus.EXITED)
    arena.unharmed()


def test_what_is_printed_between_calls_is_nobodys(arena: Arena) -> None:
    arena.act("(sleep 0.3; while :; do echo late; done) & echo started")
    time.sleep(0.5)
    result = arena.act("echo now")
    assert "now\n" in result.stdout
    assert len(result.stdout) <= 65_536
    arena.unharmed()


def has_a_shell(arena: Arena) -> bool:
    """Whether there is a process left for one, which is ended then."""
    try:
        arena.act("kill -9 $$")
    except SandboxObstructedError:
        return False
    return True


def test_a_shell_that_can_not_be_started_is_the_agents_doing(arena: Arena) -> None:
    """Every process there may be is taken, and taken again as soon as one ends."""
    arena.act(
        python(
            "import os, signal, time\n"
            "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
            "while True:\n"
            "    try: p = os.fork()\n"
            '    except OSError: open("/tmp/full", "w").close(); time.sleep(0.001); continue\n'
            "    if p == 0: os.setsid(); time.sleep(100)\n"
        )
        + " & until test -e /tmp/full; do :; done; kill -9 $$"
    )
    assert any(not has_a_shell(arena) for _ in range(40))
    arena.obstructed()
