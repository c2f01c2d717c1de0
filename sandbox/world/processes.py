"""Processes of a world: who is there, starting them as a user without any right, ending them."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 2.0

_SERVICE = r"""
import os, signal, sys
title = sys.argv[1].encode().replace(b" ", b"\0") + b"\0"
fields = open("/proc/self/stat", "rb").read().rpartition(b")")[2].split()
start, end = int(fields[45]), int(fields[46])
with open("/proc/self/mem", "r+b", buffering=0) as memory:
    memory.seek(start)
    memory.write(title[: end - start].ljust(end - start, b"\0"))
with open("/proc/self/comm", "w") as name:
    name.write(os.path.basename(sys.argv[1].split()[0])[:15])
while True:
    signal.pause()
"""


class Process:
    """One line of the process table.

    Args:
        pid: Its number.
        uid: Number of the user it runs as.
        started: Clock ticks since boot.
        command: Its command line.
        zombie: Whether it has ended and waits for its parent.
    """

    __slots__ = ("command", "pid", "started", "uid", "zombie")

    def __init__(self, pid: int, uid: int, started: int, command: str, zombie: bool) -> None:
        self.pid = pid
        self.uid = uid
        self.started = started
        self.command = command
        self.zombie = zombie


def ticks() -> int:
    """Clock ticks since boot, as processes count their start."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * TICKS)


def table() -> list[Process]:
    """Every process but this one."""
    found = (_look(int(name)) for name in os.listdir("/proc") if name.isdigit() and name != "1")
    return [process for process in found if process is not None]


def _look(pid: int) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            name, _, rest = file.read().rpartition(b")")
        with open(f"/proc/{pid}/status", "rb") as file:
            uids = [line for line in file.read().split(b"\n") if line.startswith(b"Uid:")]
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read(4096).rstrip(b"\0").replace(b"\0", b" ")
    except OSError:
        return None
    fields = rest.split()
    shown = words or b"[" + name.partition(b"(")[2] + b"]"
    uid = int(uids[0].split()[2])
    return Process(pid, uid, int(fields[19]), os.fsdecode(shown), fields[0] in (b"Z", b"X"))


def rename_self(title: str) -> None:
    """Show this process under another name."""
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(title.encode()[: end - start].ljust(end - start, b"\0"))
    with open("/proc/self/comm", "w") as name:
        name.write(title.rpartition("/")[2][:15])


def reap() -> dict[int, int]:
    """Wait status by pid of all children that have ended."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


def kill_all() -> bool:
    """End every process but this one; whether none is left."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        reap()
        if not table():
            return True
        time.sleep(0.001)
    return False


Identity = tuple[int, int]
"""A process' number and start: numbers alone are used again."""


def kill_since(started: int, spared: frozenset[Identity]) -> None:
    """End all that has begun since ``started`` ticks after boot, but ``spared``.

    What multiplies faster than it can be ended one by one takes everything else with it.
    """
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        young = [
            process.pid
            for process in table()
            if process.started >= started
            and (process.pid, process.started) not in spared
            and not process.zombie
        ]
        for pid in young:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        reap()
        if not young:
            return
    kill_all()


class Program:
    """What to run, and as whom.

    Args:
        argv: Its command line.
        env: Its whole environment.
        cwd: Where it starts; ``/`` where that can't be.
        uid: Number of its user, and of its group.
    """

    def __init__(self, argv: list[str], env: dict[str, str], cwd: str, uid: int) -> None:
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.uid = uid


def spawn(program: Program, descriptors: dict[int, int]) -> int:
    """Start a program with no right that a user lacks, and none to be gained.

    Args:
        program: What to run.
        descriptors: What it gets open: its number to ours. All others are closed.

    Returns:
        Its pid.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        _become(program, descriptors)
    finally:
        os._exit(127)


def _become(program: Program, descriptors: dict[int, int]) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    held = {theirs: os.dup(ours) for theirs, ours in descriptors.items()}
    for theirs, ours in held.items():
        os.dup2(ours, theirs, inheritable=True)
    _enter(program)
    os.umask(0o022)
    rights = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]
    user = [f"--reuid={program.uid}", f"--regid={program.uid}", "--clear-groups"]
    os.execve("/usr/bin/setpriv", ["setpriv", *user, *rights, *program.argv], program.env)  # noqa: S606


def _enter(program: Program) -> None:
    """Go where it starts as its user could: a link there may lead where only root may go."""
    os.setegid(program.uid)
    os.seteuid(program.uid)
    try:
        os.chdir(program.cwd)
    except OSError:
        os.chdir("/")
    os.seteuid(0)


def service(command: str, env: dict[str, str], uid: int) -> Identity:
    """Start a process that is shown as ``command`` and does nothing; who it is, once it is shown.

    Raises:
        TimeoutError: It is not shown.
    """
    nothing = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    program = Program(["python3", "-I", "-S", "-c", _SERVICE, command], env, "/", uid)
    try:
        pid = spawn(program, {0: nothing, 1: nothing, 2: nothing})
    finally:
        os.close(nothing)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        seen = _look(pid)
        if seen is not None and seen.command == command:
            return pid, seen.started
        time.sleep(0.001)
    raise TimeoutError(f"the service {command!r} did not start")
