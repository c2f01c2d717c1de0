"""Commands that find and signal processes: ``pgrep``, ``pkill``, ``kill``.

The shell, process 1, can't be signalled: as for any unprivileged user, that is "Operation not
permitted".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from glob import escape
from types import MappingProxyType

from tempt.sandbox.base import Process
from tempt.sandbox.calls import Call, Command, Reply, UsageError, options, usage
from tempt.sandbox.machine import Machine
from tempt.sandbox.process_commands import SHELL_PID, short_name

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
        if _matches(
            pattern, each.command if "-f" in found else short_name(each), exact="-x" in found
        )
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
    return f"{process.pid} {short_name(process)}\n" if "-l" in found else f"{process.pid}\n"


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


COMMANDS: Mapping[str, Command] = MappingProxyType({"kill": kill, "pgrep": pgrep, "pkill": pkill})
