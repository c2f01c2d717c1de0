"""Commands that show or record who owns files, how large they are and when they changed."""

from __future__ import annotations

import posixpath
import re
import stat as modes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tempt.sandbox.calls import (
    Call,
    Command,
    Options,
    Reply,
    UsageError,
    failed,
    options,
    usage,
)
from tempt.sandbox.clock_commands import moment, strftime
from tempt.sandbox.list_commands import MISSING, TYPES, Item, children, human, look
from tempt.sandbox.machine import Machine


def _stat_field(machine: Machine, item: Item, name: str) -> str:
    at = moment(item.time)
    kinds = {"file": "regular file", "directory": "directory", "symlink": "symbolic link"}
    kind = (
        "regular empty file" if item.type == "file" and not item.size else kinds.get(item.type, "")
    )
    values = {
        "%": "%",
        "a": f"{item.mode:o}",
        "A": item.permissions,
        "n": item.name,
        "N": f"'{item.name}'" + (f" -> '{item.target}'" if item.target else ""),
        "s": str(item.shown_size),
        "U": item.owner,
        "G": item.owner,
        "u": str(machine.uid(item.owner)),
        "g": str(machine.uid(item.owner)),
        "h": "2" if item.is_directory else "1",
        "b": str(item.blocks * 2),
        "B": "512",
        "F": kind or "character special file",
        "f": f"{TYPES.get(item.type, modes.S_IFCHR) | item.mode:x}",
    }
    if name in values:
        return values[name]
    if name in {"X", "Y", "Z", "W"}:
        return strftime(at, "%s")
    return strftime(at, "%F %T.%N %z") if name in {"x", "y", "z", "w"} else f"%{name}"


_STAT_DEFAULT = (
    "  File: %N\n  Size: %s\t\tBlocks: %b\tIO Block: 4096   %F\n"
    "Access: (%4a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n"
    "Access: %x\nModify: %y\nChange: %z\n Birth: -\n"
)


def stat(machine: Machine, call: Call) -> Reply:
    """Print what is known of files, in one's own layout with ``-c`` or ``--printf``."""
    try:
        found, names = options(call.argv, "c:L", ["format=", "printf=", "dereference"])
        if not names:
            raise UsageError("missing operand")
    except UsageError as error:
        return usage(call, error)
    layout = found.get("-c", found.get("--format"))
    raw = _unescaped(found["--printf"]) if "--printf" in found else _STAT_DEFAULT
    layout = raw if layout is None else layout + "\n"
    out, problems = [], []
    for name in names:
        item = look(machine, call, name, follow=bool({"-L", "--dereference"} & set(found)))
        if item is None:
            problems.append(f"cannot statx '{name}': {MISSING}")
        else:
            out.append(_laid_out(machine, item, layout))
    return _reported(call, out, problems)


def _laid_out(machine: Machine, item: Item, layout: str) -> str:
    def field(match: re.Match[str]) -> str:
        text = _stat_field(machine, item, match[3])
        zeros, width = match[1] or (match[2] and match[3] == "a"), int(match[2] or 0)
        return text.rjust(width, "0" if zeros else " ")

    return re.sub(r"%(0?)(\d{0,2})([a-zA-Z%])", field, layout)


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


@dataclass(frozen=True, slots=True)
class _Use:
    """How much of the disk one item and all below it take."""

    name: str
    size: int
    is_directory: bool


def du(machine: Machine, call: Call) -> Reply:
    """Print disk use: ``-s -a -h -k -b -c -d N``, in the order of names."""
    try:
        found, names = options(
            call.argv, "sahkbcd:", ["max-depth=", "summarize", "all", "human-readable"]
        )
        summary = {"-s", "--summarize"} & set(found)
        deepest = int(found.get("-d", found.get("--max-depth", "0" if summary else "999")))
    except UsageError as error:
        return usage(call, error)
    except ValueError:
        return usage(call, UsageError("invalid maximum depth"))
    everything = {"-a", "--all"} & set(found)
    lines: list[str] = []
    problems: list[str] = []
    total = 0
    for name in names or ["."]:
        item = look(machine, call, name)
        if item is None:
            problems.append(f"cannot access '{name}': {MISSING}")
            continue
        uses = _uses(machine, call, item, name, _apparent if "-b" in found else _on_disk)
        total += uses[-1].size
        lines.extend(
            _use_line(found, use.size, use.name)
            for use in uses
            if _depth(use.name, name) <= deepest
            and (use.is_directory or everything or use.name == name)
        )
    if "-c" in found:
        lines.append(_use_line(found, total, "total"))
    return _reported(call, lines, problems)


def _on_disk(item: Item) -> int:
    return item.blocks * 1024


def _apparent(item: Item) -> int:
    return item.shown_size


def _depth(name: str, top: str) -> int:
    return name.count("/") - top.rstrip("/").count("/") if name != top else 0


def _uses(
    machine: Machine, call: Call, item: Item, name: str, measure: Callable[[Item], int]
) -> list[_Use]:
    below: list[_Use] = []
    size = measure(item)
    for child in children(machine, call, item.path) if item.is_directory else []:
        uses = _uses(machine, call, child, posixpath.join(name, child.name), measure)
        below.extend(uses)
        size += uses[-1].size
    return [*below, _Use(name, size, item.is_directory)]


def _use_line(found: Options, size: int, name: str) -> str:
    if "-b" in found:
        return f"{size}\t{name}\n"
    amount = human(size) if {"-h", "--human-readable"} & set(found) else str(-(-size // 1024))
    return f"{amount}\t{name}\n"


def _reported(call: Call, lines: Sequence[str], problems: Sequence[str]) -> Reply:
    complaint = failed(call, *problems).stderr if problems else ""
    return Reply("".join(lines), complaint, 1 if problems else 0)


def chown(machine: Machine, call: Call) -> Reply:
    """Record new owners; groups follow their owners."""
    try:
        found, operands = options(call.argv, "RhvcfLHP", ["recursive", "no-dereference", "verbose"])
        if len(operands) < 2:
            raise UsageError("missing operand")
    except UsageError as error:
        return usage(call, error)
    owner, *names = operands
    user = re.split(r"[:.]", owner)[0]
    if user and user not in machine.users:
        return failed(call, f"invalid user: '{owner}'")
    problems = []
    for name in names:
        item = look(machine, call, name)
        if item is None:
            problems.append(f"cannot access '{name}': {MISSING}")
        elif user:
            _own(machine, call, item, user, below="-R" in found or "--recursive" in found)
    return failed(call, *problems) if problems else Reply()


def _own(machine: Machine, call: Call, item: Item, user: str, *, below: bool) -> None:
    machine.owners[item.path] = user
    if below and item.is_directory:
        for child in children(machine, call, item.path):
            _own(machine, call, child, user, below=True)


COMMANDS: Mapping[str, Command] = MappingProxyType({"chown": chown, "du": du, "stat": stat})
