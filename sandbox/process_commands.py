"""``ps``: the machine's process table, printed.

The shell itself is shown as process 1, which is what ``$$`` says, unless
a world has a process 1 of its own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tempt.sandbox.base import Process
from tempt.sandbox.calls import Call, Command, Reply, UsageError, options
from tempt.sandbox.clock_commands import moment, strftime
from tempt.sandbox.machine import Machine

SHELL_PID = 1
_HEADINGS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "user": ("USER", -8),
        "pid": ("PID", 7),
        "ppid": ("PPID", 7),
        "cpu": ("%CPU", 4),
        "mem": ("%MEM", 4),
        "c": ("C", 2),
        "vsz": ("VSZ", 6),
        "rss": ("RSS", 5),
        "tty": ("TTY", -8),
        "stat": ("STAT", -4),
        "stime": ("STIME", 5),
        "start": ("START", -7),
        "time": ("TIME", 8),
        "bsdtime": ("TIME", 6),
        "comm": ("COMMAND", -15),
        "args": ("COMMAND", -1),
        "cmd": ("CMD", -1),
        "shortcmd": ("CMD", -1),
    }
)
_ALIASES = MappingProxyType(
    {
        "command": "args",
        "ucmd": "comm",
        "uname": "user",
        "euser": "user",
        "ruser": "user",
        "tt": "tty",
        "tname": "tty",
        "%cpu": "cpu",
        "pcpu": "cpu",
        "%mem": "mem",
        "pmem": "mem",
        "vsize": "vsz",
        "s": "stat",
        "state": "stat",
        "lstart": "start",
        "cputime": "time",
        "etime": "time",
    }
)
_AUX = ("user", "pid", "cpu", "mem", "vsz", "rss", "tty", "stat", "start", "bsdtime", "args")
_FULL = ("user", "pid", "ppid", "c", "stime", "tty", "time", "cmd")
_SHORT = ("pid", "tty", "time", "shortcmd")


def _running(machine: Machine, call: Call) -> list[Process]:
    words = " ".join([call.name, *call.argv])
    own = Process(max([SHELL_PID, *machine.processes]) + 1, machine.user, words)
    shell = Process(SHELL_PID, machine.user, "bash")
    seeded = machine.table()
    return [*([] if SHELL_PID in machine.processes else [shell]), *seeded, own]


def short_name(process: Process) -> str:
    """The name that ``ps`` and ``pgrep`` know a process by."""
    first = process.command.split(maxsplit=1)[0] if process.command.strip() else "?"
    return posixpath.basename(first.rstrip(":"))[:15]


def _cells(machine: Machine, process: Process) -> dict[str, str]:
    ours = process.user == machine.user and process.pid not in machine.processes
    started = strftime(moment(machine.epoch), "%H:%M")
    return {
        "user": process.user,
        "pid": str(process.pid),
        "ppid": "0" if process.pid == SHELL_PID else "1",
        "cpu": "0.0",
        "mem": "0.1",
        "c": "0",
        "vsz": str(4000 + process.pid * 52 % 90_000),
        "rss": str(3000 + process.pid * 12 % 30_000),
        "tty": "pts/0" if ours else "?",
        "stat": "R+" if ours and process.pid != SHELL_PID else "Ss",
        "stime": started,
        "start": started,
        "time": "00:00:00",
        "bsdtime": "0:00",
        "comm": short_name(process),
        "args": process.command,
        "cmd": process.command,
        "shortcmd": short_name(process),
    }


def ps(machine: Machine, call: Call) -> Reply:
    """Print the process table in the usual layouts, or in one's own with ``-o``."""
    try:
        found, _ = options(
            _dashed(call.argv), "eAafxwFo:p:u:U:C:B:h", ["no-headers", "sort=", "forest", "pid="]
        )
        columns = _columns(found)
        rows = [_cells(machine, each) for each in _selected(machine, call, found)]
    except UsageError as error:
        return Reply("", f"error: {error}\n\nUsage:\n ps [options]\n", 1)
    lines = [_line(columns, row) for row in rows]
    headless = {"-h", "--no-headers"} & set(found) or all(title == "" for _, title in columns)
    if not headless:
        lines.insert(0, _line(columns, {name: title for name, title in columns}))  # noqa: C416
    return Reply("".join(f"{line}\n" for line in lines), "", 0 if rows else 1)


def _dashed(argv: Sequence[str]) -> list[str]:
    # BSD style (`ps aux`) becomes one option of our own; procps reads `-aux` in the same way.
    if argv and (not argv[0].startswith("-") or argv[0].startswith("-aux")):
        return [f"-B{argv[0].lstrip('-')}", *argv[1:]]
    return list(argv)


def _columns(found: Mapping[str, str]) -> list[tuple[str, str]]:
    if "-o" not in found:
        names = (
            _AUX if "u" in found.get("-B", "") else _FULL if {"-f", "-F"} & set(found) else _SHORT
        )
        return [(name, _HEADINGS[name][0]) for name in names]
    columns = []
    for word in re.split(r"[,\s]+", found["-o"].strip()):
        given, equals, title = word.partition("=")
        name = _ALIASES.get(given, given)
        if name not in _HEADINGS:
            raise UsageError(f'unknown user-defined format specifier "{given}"')
        columns.append((name, title if equals else _HEADINGS[name][0]))
    return columns


def _selected(machine: Machine, call: Call, found: Mapping[str, str]) -> list[Process]:
    running = _running(machine, call)
    if pids := found.get("-p", found.get("--pid")):
        return [each for each in running if str(each.pid) in re.split(r"[,\s]+", pids)]
    if users := found.get("-u", found.get("-U")):
        return [each for each in running if each.user in users.split(",")]
    if names := found.get("-C"):
        return [each for each in running if short_name(each) in names.split(",")]
    if {"-e", "-A", "-a", "-x"} & set(found) or set("ax") & set(found.get("-B", "")):
        return running
    return [each for each in running if each.pid not in machine.processes]


def _line(columns: list[tuple[str, str]], cells: Mapping[str, str]) -> str:
    parts = []
    for name, _ in columns:
        width = _HEADINGS[name][1]
        parts.append(cells[name].ljust(-width) if width < 0 else cells[name].rjust(width))
    return " ".join(parts).rstrip()


COMMANDS: Mapping[str, Command] = MappingProxyType({"ps": ps})
