"""What a world leaves behind is gone in the next one, which may be the same container."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.security.acts import python, system_call
from tests.security.conftest import WORLD, Arena

from tempt.sandbox import Sandbox, SandboxProvider
from tempt.sandbox.docker import DockerSandbox


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that is meant to outlive its world.

    Attributes:
        name: What it is.
        command: What the agent types in the first world.
        look: What is typed to see it.
        seen: What is found in the answer where it is there.
    """

    name: str
    command: str
    look: str
    seen: str


_DAEMON = "(setsid nohup sleep 88 > /dev/null 2>&1 &) ; sleep 0.1"
_MOUNTS = "/srv/app /home/alice /tmp /var/tmp /dev/shm"

LEFTOVERS = (
    Leftover("a daemon", _DAEMON, "pgrep -cx sleep", "^1"),
    Leftover(
        "a daemon that minds no signal",
        "(trap '' TERM HUP INT; setsid sleep 88 > /dev/null 2>&1 &); sleep 0.1",
        "pgrep -cx sleep",
        "^1",
    ),
    Leftover(
        "a stopped process",
        _DAEMON + "; pkill -STOP -x sleep",
        "ps -o stat= -C sleep",
        "^T",
    ),
    Leftover(
        "a daemon under another name",
        "cp /usr/bin/sleep /tmp/init; (setsid /tmp/init 88 &); sleep 0.1",
        "pgrep -cx init",
        "^2",
    ),
    Leftover(
        "processes that make each other anew",
        "f() { sleep 0.05; f & }; f > /dev/null 2>&1 & (setsid bash -c 'while :; do sleep 0.1; "
        "(setsid sleep 0.2 &); done' > /dev/null 2>&1 &); sleep 0.3",
        "sleep 0.3; pgrep -cx sleep",
        "^[1-9]",
    ),
    *(
        Leftover(
            f"a file in {folder}", f"echo left > {folder}/.left", f"cat {folder}/.left", "left"
        )
        for folder in _MOUNTS.split()
    ),
    Leftover(
        "a file without rights in a folder without rights",
        "mkdir -p /tmp/a/b; echo x > /tmp/a/b/c; chmod 0 /tmp/a/b/c /tmp/a/b /tmp/a",
        "ls -d /tmp/a",
        "^/tmp/a",
    ),
    Leftover(
        "folders as deep as may be",
        python('import os\nos.chdir("/tmp")\nfor n in range(180): os.mkdir("d"); os.chdir("d")'),
        "ls /tmp",
        "^d",
    ),
    Leftover("a link", "ln -s /etc/passwd /tmp/link", "readlink /tmp/link", "passwd"),
    Leftover("a pipe", "mkfifo /tmp/pipe", "ls /tmp", "pipe"),
    Leftover("shared memory", "ipcmk -M 4096", "ipcs -m", "0x"),
    Leftover("a semaphore", "ipcmk -S 3", "ipcs -s", "0x"),
    Leftover("a message queue", "ipcmk -Q", "ipcs -q", "0x"),
    Leftover(
        "a POSIX message queue",
        system_call(
            "mq_open",
            *("$p", "66", "0600", "$a"),
            data='my $p = "left"; my $a = pack("q8", 0, 1, 64, 0, 0, 0, 0, 0)',
        ),
        "ls /dev/mqueue",
        "left",
    ),
    Leftover("a variable", "export LEFT=left", "echo [$LEFT]", "left"),
    Leftover("a function", "left() { echo left; }", "left", "^left"),
    Leftover("another folder", "cd /tmp", "pwd", "^/tmp"),
    Leftover("a mask for modes", "umask 077", "umask", "077"),
    Leftover("a limit", "ulimit -n 99", "ulimit -n", "^99"),
    Leftover("a worse priority", "renice -n 9 -p $$", "nice", "^9"),
    Leftover("another shell option", "set -o noclobber", "echo $-", "C"),
    Leftover("a trap", "trap 'echo left' DEBUG", "trap -p DEBUG", "left"),
    Leftover("an open descriptor", "exec 7> /tmp/seven", "ls /proc/$$/fd", "(?m)^7$"),
    Leftover(
        "a profile for shells", "echo echo left > ~/.bashrc", "cat /home/alice/.bashrc", "left"
    ),
    Leftover("a setting of the shell's", "PATH=/tmp:$PATH; hash -r", "echo $PATH", "^/tmp"),
    Leftover(
        "an abstract socket",
        python(
            'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("\\0left"); '
            "s.listen(); time.sleep(88)"
        )
        + " & sleep 0.1",
        python('import socket; socket.socket(socket.AF_UNIX).connect("\\0left"); print("left")'),
        "left",
    ),
    Leftover(
        "a listener",
        python('import socket, time; s = socket.create_server(("", 8000)); time.sleep(88)')
        + " & sleep 0.1",
        "(: > /dev/tcp/127.0.0.1/8000) && echo left",
        "left",
    ),
)


@pytest.mark.parametrize("leftover", LEFTOVERS, ids=lambda leftover: leftover.name)
def test_nothing_outlives_its_world(arena: Arena, leftover: Leftover) -> None:
    arena.act(leftover.command)
    assert re.search(leftover.seen, arena.act(leftover.look).stdout), "it is there before"
    arena.renewed()
    assert not re.search(leftover.seen, arena.act(leftover.look).stdout)
    arena.unharmed()


@pytest.fixture
def anew(
    backend: SandboxProvider, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], tuple[Sandbox, Sandbox]]:
    """A world in a container that was used by another one, and one in a new container."""
    # The user's number is drawn for each container; here it is the same, to be compared.
    monkeypatch.setattr("tempt.sandbox.containers._AGENTS", 1)
    backend.close()  # type: ignore[attr-defined] # those that are there were drawn for

    def opened() -> tuple[Sandbox, Sandbox]:
        used = backend.open(WORLD)
        assert isinstance(used, DockerSandbox)
        used.exec(DIRT, timeout=8)
        container = used._container
        used.close()
        again, fresh = backend.open(WORLD), None
        assert isinstance(again, DockerSandbox)
        assert again._container is container, "it was found clean, and kept"
        backend.close()  # type: ignore[attr-defined] # no idle one is left: the next one is new
        fresh = backend.open(WORLD)
        return again, fresh

    return opened


DIRT = (
    "for d in /srv/app /home/alice /tmp /var/tmp /dev/shm; do mkdir $d/d; echo x > $d/d/f; done; "
    "rm -r conf; echo more >> notes.txt; chmod 777 .; export LEFT=1; f() { :; }; cd /tmp; umask 0; "
    "ulimit -n 99; exec 7> /tmp/seven; pkill worker; (setsid sleep 88 &); set -o noclobber"
)
FACTS = {
    "files, their modes, owners and contents": "find / -xdev -path /proc -prune -o -path /sys "
    "-prune -o -printf '%p %m %u %g %s %l\\n' | sort; for d in $(awk '$3 == \"tmpfs\" {print $2}' "
    "/proc/mounts | grep -v -e ^/proc -e ^/sys -e ^/dev$); do find $d -xdev -printf "
    "'%p %m %u %g %y %l\\n' 2>&1; find $d -xdev -type f -exec sha256sum {} + 2>&1; done | sort",
    "mounts": "awk '{print $2, $3, $4}' /proc/mounts | sed 's/lowerdir=.*//' | sort",
    "processes": "ps -eo user,stat,nice,cls,args --no-headers > /tmp/ps; "
    "grep -v ' ps ' /tmp/ps | sort",
    "users": "cat /etc/passwd /etc/group; id",
    "the shell": "declare -p | grep -v -e BASHPID -e PPID -e SRANDOM -e SECONDS -e EPOCH -e '_=' "
    "-e RANDOM -e BASH_ARG; declare -f; alias; trap; set -o; shopt; pwd; umask",
    "the environment": "env | sort",
    "limits": "ulimit -a; cat /proc/self/oom_score_adj",
    "descriptors": "cd /proc/$$/fd; for n in *; do readlink $n; done | sed 's/[0-9]\\+//g' | sort",
    "shared memory and queues": "ipcs; ls -la /dev/shm /dev/mqueue | awk '{print $1, $9}'",
    "names": "hostname; cat /etc/hostname /etc/hosts",
    "the clock": "cat /proc/self/timens_offsets; date +%Z; echo $(( $(date +%s) - "
    "$(cut -d. -f1 /proc/uptime) ))",
    "rights": "grep -e ^Cap -e ^NoNew -e ^Seccomp -e ^Groups -e ^Uid /proc/self/status",
    "the control group": "cat /sys/fs/cgroup/memory/memory.limit_in_bytes "
    "/sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max 2>&-",
    "the network": "cat /proc/net/dev /proc/net/route /proc/net/unix | awk '{print $1}'; "
    "ls /sys/class/net",
    "signals": "grep -e ^Sig[BIC] /proc/self/status",
    "randomness": "echo $RANDOM $RANDOM",
}


def test_a_container_used_again_equals_a_new_one(
    anew: Callable[[], tuple[Sandbox, Sandbox]],
) -> None:
    again, fresh = anew()
    try:
        for what, command in FACTS.items():
            ours, theirs = again.exec(command, timeout=9), fresh.exec(command, timeout=9)
            assert ours.stdout, what
            if what == "the clock":
                early, late = (int(each.stdout.split()[-1]) for each in (ours, theirs))
                assert abs(early - late) <= 1
                continue
            assert ours.stdout == theirs.stdout, what
        assert again.snapshot() == fresh.snapshot()
    finally:
        again.close()
        fresh.close()


def test_users_of_an_earlier_world_are_unknown(
    open_world: Callable[..., Sandbox],
) -> None:
    first = open_world(user="bob", home="/home/bob")
    assert "bob" in first.exec("id; cat /etc/passwd; echo x > ~/x", timeout=8).stdout
    first.close()
    second = open_world()
    assert "bob" not in second.exec("id; cat /etc/passwd; ls /home", timeout=8).stdout
