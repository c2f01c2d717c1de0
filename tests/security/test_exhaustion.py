"""Whoever takes all there is takes it from himself only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.security.acts import python, system_call
from tests.security.conftest import Arena

from tempt.sandbox import ExecResult, ExecStatus, SandboxObstructedError

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Flood:
    """An act that takes much of one thing.

    Attributes:
        name: What is taken.
        command: What the agent types.
        ending: What is found in what it prints, its exit status in front, or ``timeout``.
        reached: What is found in what the control prints: there it gets as much as it likes.
        control: What is typed in the unhardened container instead; empty where the same is typed.
        seconds: How long the command may take.
        gap: Why it is known to do harm; empty for one that does not.
    """

    name: str
    command: str
    ending: str
    reached: str
    control: str = ""
    seconds: float = 8.0
    gap: str = ""


_FORK = (
    "import os, time\n"
    "n = 0\n"
    "for _ in range(300):\n"
    "    try: p = os.fork()\n"
    "    except OSError as e: print(e.strerror); break\n"
    "    if p == 0: %s; os._exit(0)\n"
    "    n += 1\n"
    'print("made", n)\n'
)
_NAMES = (
    "import os\n"
    'd = "%s"; os.mkdir(d); n = 0\n'
    "try:\n"
    '    for n in range(13000): os.close(os.open(f"{d}/{n}", os.O_CREAT))\n'
    "except OSError as e: print(e.strerror)\n"
    'print("made", n + 1)'
)
_PART = 'b"x" * (1 << 20)'

FLOODS = (
    Flood("processes", python(_FORK % "time.sleep(0.5)"), "unavailable\nmade 1[012]", "made 300"),
    Flood("dead processes", python(_FORK % "pass"), "unavailable\nmade 1[012]", "made 300"),
    Flood(
        "processes in sessions of their own",
        python(_FORK % "os.setsid(); time.sleep(30)") + "; kill -9 $$",
        "unavailable\nmade 1[012]",
        "made 300",
        python(_FORK % "os.setsid(); time.sleep(1)"),
    ),
    Flood(
        "processes that make processes",
        "bomb() { bomb | bomb & }; bomb; sleep 2; echo over",
        "unavailable",
        "over",
        "bomb() { n=$(($1 - 1)); test $n = 0 || { bomb $n | bomb $n & }; }; bomb 6; echo over",
        seconds=3.0,
    ),
    Flood(
        "processes without end",
        "bomb() { while :; do (setsid sleep 9 &); (bomb &); done; }; bomb",
        "^timeout",
        "made 300",
        python(_FORK % "time.sleep(0.3)"),
        seconds=1.0,
    ),
    Flood(
        "threads",
        python(
            "import threading, time\n"
            "n = 0\n"
            "try:\n"
            "    for n in range(300):\n"
            "        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n"
            "except RuntimeError as e: print(e)\n"
            'print("made", n + 1)'
        ),
        "start new thread\nmade 1[012]",
        "made 300",
    ),
    Flood(
        "memory",
        python(f"h = []\nfor _ in range(700): h.append({_PART})\nprint(len(h))"),
        "^137|Killed|^timeout",
        "700",
    ),
    Flood(
        "memory of many that are as small as the main process",
        python(
            "import os, time\n"
            'open("/proc/self/oom_score_adj", "w").write("0")\n'
            "r, w = os.pipe()\n"
            "for _ in range(90):\n"
            "    if os.fork() == 0:\n"
            '        h = b"x" * 8_000_000; os.write(w, b"x"); time.sleep(2); os._exit(0)\n'
            "n = 0\n"
            "while n < 90: n += len(os.read(r, 99))\n"
            'print("made", n)'
        ),
        "^137|^timeout",
        "made 90",
        seconds=3.0,
    ),
    Flood(
        "shared memory that no process holds",
        "perl -e 'for (1..8) { my $i = shmget(0, 90e6, 0666 | 01000); defined $i or die; "
        'shmwrite($i, "x" x 1e6, $_ * 1e6, 1e6) for 0..89; push @i, $i } '
        'print "got all\\n"; shmctl($_, 0, 0) for @i\'',
        "^137|Killed",
        "got all",
    ),
    Flood(
        "room for files",
        "head -c 80M /dev/zero > full; c=$?; stat -c %s full; (exit $c)",
        r"^1(53)? \d{8}\n",
        str(80 * MEBIBYTE),
        "head -c 80M /dev/zero > $HOME/full; stat -c %s $HOME/full; rm $HOME/full",
    ),
    Flood(
        "room in shared memory",
        "head -c 20M /dev/zero > /dev/shm/full; c=$?; stat -c %s /dev/shm/full; (exit $c)",
        "^1 8388608",
        str(20 * MEBIBYTE),
        "cd /dev/shm && head -c 20M /dev/zero > full; stat -c %s full; rm full",
    ),
    Flood(
        "a huge dense file",
        "fallocate -l 1G huge",
        "^1 .*(No space left|File too large)",
        "^0",
        "fallocate -l 200M $HOME/huge && rm $HOME/huge",
    ),
    Flood(
        "names of files",
        python(_NAMES % "/tmp/names") + "; rm -r /tmp/names",
        "No space left on device\nmade 1[12]",
        "made 13000",
        # A folder in memory like /tmp in a world: the disk below the control is slow.
        "mount -t tmpfs none /tmp/own; " + python(_NAMES % "/tmp/own/names") + "; umount /tmp/own",
    ),
    Flood(
        "open files",
        python(
            "import os\n"
            "n = 0\n"
            "try:\n"
            '    for n in range(400): os.open("/dev/null", 0)\n'
            "except OSError as e: print(e.strerror)\n"
            'print("made", n + 1)'
        ),
        "Too many open files\nmade 25",
        "made 400",
    ),
    Flood(
        "terminals",
        python(
            "import os\n"
            "n = 0\n"
            "try:\n"
            '    for n in range(300): os.open("/dev/ptmx", os.O_RDWR)\n'
            "except OSError as e: print(e.strerror)\n"
            'print("made", n + 1)'
        ),
        "Too many open files\nmade 25",
        "made 300",
    ),
    Flood(
        "a message queue",
        system_call(
            "mq_open",
            *("$p", "66", "0600", "$a"),
            data='my $p = "full"; my $a = pack("q8", 0, 10, 8192, 0, 0, 0, 0, 0)',
        ),
        "^1 .*Too many open files",
        "^0",
    ),
    Flood(
        "an archive that unpacks to much",
        python(
            "import os, zlib\n"
            'f = open("/tmp/bomb.gz", "wb"); z = zlib.compressobj(1, zlib.DEFLATED, 31)\n'
            "for _ in range(60): f.write(z.compress(bytes(1 << 20)))\n"
            "f.write(z.flush())"
        )
        + "; stat -c packed=%s /tmp/bomb.gz; gzip -dc /tmp/bomb.gz > /tmp/bomb; c=$?; "
        "stat -c %s /tmp/bomb; rm /tmp/bomb*; (exit $c)",
        r"^1(53)? packed=\d{6}\n\d{8}\n",
        str(60 * MEBIBYTE),
    ),
)


def shown(result: ExecResult) -> str:
    status = result.exit_code if result.status is ExecStatus.EXITED else result.status.value
    return f"{status} {result.stdout}{result.stderr}"


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(
            flood,
            id=flood.name,
            marks=[pytest.mark.xfail(reason=flood.gap)] if flood.gap else [],
        )
        for flood in FLOODS
    ],
)
def test_a_flood_stays_inside(arena: Arena, flood: Flood) -> None:
    control = arena.control(flood.control or flood.command)
    assert re.search(flood.reached, f"{control.code} {control.out.decode()}"), control
    try:
        text = shown(arena.act(flood.command, timeout=flood.seconds))
        arena.act("echo on")  # what is left of a flood may end the world only now
    except SandboxObstructedError:
        arena.obstructed()
        return
    assert re.search(flood.ending, text), text
    arena.unharmed()


PRINTERS = {
    "standard output": ("yes | head -c 10G", "yes | head -c 2M"),
    "error output": ("yes >&2", "yes | head -c 2M >&2"),
    "lines of one byte each": ("yes '' | head -c 10G", "yes '' | head -c 2M"),
    "one line without end": ("tr '\\0' x < /dev/zero", "head -c 2M /dev/zero | tr '\\0' x"),
    "the background": ("yes & sleep 9", "yes | head -c 2M & wait"),
}


@pytest.mark.parametrize("name", PRINTERS)
def test_output_without_end_is_bounded(arena: Arena, held: Callable[[], int], name: str) -> None:
    command, control = PRINTERS[name]
    printed = arena.control(f"{{ {control}; }} 2>&1 | cat")
    assert len(printed.out) > MEBIBYTE, "nothing bounds what the control prints"
    result = arena.act(command, timeout=0.7)
    assert held() < 8 * MEBIBYTE
    assert (result.status, result.truncated) == (ExecStatus.TIMEOUT, True)
    assert len(result.stdout) + len(result.stderr) <= 65_536 + 1_000
    arena.unharmed()


TAKING = (
    "perl -e 'chomp(my $m = `uname -m`); my $c = $m eq q(x86_64) ? 294 : 26; my $n = 0; "
    "$n++ while $n < 200 and syscall($c, 0) >= 0; print qq($n\\n); open(F, q(>), q(/tmp/took)); "
    "sleep 30 if @ARGV' "
)
"""Takes watch lists, of which a user may have so many on the whole machine."""


def test_what_is_counted_by_user_is_not_taken_from_the_neighbour(arena: Arena) -> None:
    other = arena.opener()
    assert int(other.exec(TAKING, timeout=5).stdout) > 100
    arena.act(TAKING + "x & until test -e /tmp/took; do sleep 0.02; done")
    try:
        assert int(other.exec(TAKING, timeout=5).stdout) > 0
    finally:
        arena.renewed()
