"""Commands over the machine's process table: ``ps``, ``pgrep``, ``pkill``, ``kill``.

The shell itself is shown as process 1, which is what ``$$`` says, and can't be signalled: as for
any unprivileged user, signalling process 1 is "Operation not permitted".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from glob import escape
from types import MappingProxyType

from tempt.sandbox.base import Process
from tempt.sandbox.calls import Call, Command, Reply, UsageError, options, usage
from tempt.sandbox.clock_commands import moment, strftime
from tempt.sandbox.machine import Machine

SHELL_PID = 1
_LONGEST_PATTERN = 256
_SIGNALS: Mapping[int, str] = MappingProxyType(
    {
        1: "HUP",
        2: "INT",
        3: "QUIT",
        6: "ABRT",
        9: "KILL",
        10: "USR1",
        12: "USR2",
        13: "PIPE",
        14: "ALRM",
        15: "TERM",
        17: "CHLD",
        18: "CONT",
        19: "STOP",
        20: "TSTP",
    }
)
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


def _name(process: Process) -> str:
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
        "comm": _name(process),
        "args": process.command,
        "cmd": process.command,
        "shortcmd": _name(process),
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
        return [each for each in running if _name(each) in names.split(",")]
    if {"-e", "-A", "-a", "-x"} & set(found) or set("ax") & set(found.get("-B", "")):
        return running
    return [each for each in running if each.pid not in machine.processes]


def _line(columns: list[tuple[str, str]], cells: Mapping[str, str]) -> str:
    parts = []
    for name, _ in columns:
        width = _HEADINGS[name][1]
        parts.append(cells[name].ljust(-width) if width < 0 else cells[name].rjust(width))
    return " ".join(parts).rstrip()


def _matches(pattern: str, text: str, *, exact: bool) -> bool:
    # The pattern is the agent's: only parts of a regex that can't run away are honoured.
    return any(fnmatchcase(text, _glob(choice, exact=exact)) for choice in pattern.split("|"))


def _glob(choice: str, *, exact: bool) -> str:
    start, end = exact or choice.startswith("^"), exact or choice.endswith("$")
    body = choice[:_LONGEST_PATTERN].removeprefix("^").removesuffix("$")
    literal = re.sub(r"\\(.)|\[(.)\]", r"\1\2", body)
    inside = "*".join(escape(piece) for piece in literal.split(".*"))
    return f"{'' if start else '*'}{inside}{'' if end else '*'}"


def _matching(
    machine: Machine, argv: Sequence[str], short: str
) -> tuple[Mapping[str, str], list[Process]]:
    found, operands = options(argv, short)
    if not operands and "-u" not in found:
        raise UsageError("no matching criteria specified")
    pattern = operands[0] if operands else ""
    users = found["-u"].split(",") if "-u" in found else None
    return found, [
        each
        for each in machine.table()
        if _matches(pattern, each.command if "-f" in found else _name(each), exact="-x" in found)
        and (users is None or each.user in users)
    ]


def pgrep(machine: Machine, call: Call) -> Reply:
    """Print the pids of matching processes."""
    try:
        found, processes = _matching(machine, call.argv, "flaxcnou:")
    except UsageError as error:
        return usage(call, error, 2)
    if "-n" in found or "-o" in found:
        processes = processes[-1:] if "-n" in found else processes[:1]
    if "-c" in found:
        return Reply(f"{len(processes)}\n", "", 0 if processes else 1)
    return Reply("".join(_found_line(found, each) for each in processes), "", 0 if processes else 1)


def _found_line(found: Mapping[str, str], process: Process) -> str:
    if "-a" in found:
        return f"{process.pid} {process.command}\n"
    return f"{process.pid} {_name(process)}\n" if "-l" in found else f"{process.pid}\n"


def pkill(machine: Machine, call: Call) -> Reply:
    """Signal matching processes."""
    signal, rest = "TERM", []
    for word in call.argv:
        given = signal_name(word[1:]) if word.startswith("-") and len(word) > 2 else None
        given = given or (signal_name(word[1:]) if re.fullmatch(r"-\d", word) else None)
        if given:
            signal = given
        else:
            rest.append(word)
    try:
        _, processes = _matching(machine, rest, "fxenou:")
    except UsageError as error:
        return usage(call, error, 2)
    for process in processes:
        machine.signal(process.pid, signal)
    return Reply("", "", 0 if processes else 1)


def signal_name(text: str) -> str | None:
    """The signal called ``text`` (name with or without SIG, or number); ``"0"`` for the probe."""
    if text.isascii() and text.isdigit():
        return "0" if int(text[:4]) == 0 else _SIGNALS.get(int(text[:4]))
    name = text.upper().removeprefix("SIG")
    return name if name in _SIGNALS.values() else None


def kill(machine: Machine, call: Call) -> Reply:
    """Signal processes by pid."""
    words = list(call.argv)
    if words[:1] in (["-l"], ["-L"]):
        return Reply(_listed(words[1:]))
    signal: str | None = "TERM"
    if words[:1] in (["-s"], ["-n"]) and len(words) > 1:
        signal, given, words = signal_name(words[1]), words[1], words[2:]
    elif words and re.fullmatch(r"-[A-Za-z0-9]+", words[0]):
        signal, given, words = signal_name(words[0][1:]), words[0][1:], words[1:]
    else:
        given = "TERM"
    if signal is None:
        return _complain(f"{given}: invalid signal specification")
    targets = words[1:] if words[:1] == ["--"] else words
    if not targets:
        forms = "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]"
        return Reply("", f"kill: usage: {forms}\n", 2)
    problems = [problem for target in targets if (problem := _deliver(machine, target, signal))]
    return _complain(*problems) if problems else Reply()


def _listed(words: Iterable[str]) -> str:
    asked = [signal_name(word) or word for word in words]
    if asked:
        return "".join(f"{name}\n" for name in asked)
    return " ".join(f"{number}) SIG{name}" for number, name in _SIGNALS.items()) + "\n"


def _complain(*problems: str) -> Reply:
    return Reply("", "".join(f"bash: line 1: kill: {problem}\n" for problem in problems), 1)


def _deliver(machine: Machine, target: str, signal: str) -> str | None:
    if target.startswith("%"):
        return f"{target}: no such job"
    if not re.fullmatch(r"-?\d{1,9}", target):
        return f"{target}: arguments must be process or job IDs"
    pid = abs(int(target))
    if pid == SHELL_PID:
        return f"({target}) - Operation not permitted"
    return None if machine.signal(pid, signal) else f"({target}) - No such process"


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {"kill": kill, "pgrep": pgrep, "pkill": pkill, "ps": ps}
)
