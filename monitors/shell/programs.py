"""What a simple command does, told from its program's name and arguments.

The knowledge is in ``programs.toml``; a program that it doesn't name has no known effects.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from typing import Any

from tempt.envs.resources import table
from tempt.monitors.shell.model import Act, Effect

_PLACES = {"history": ".git/history", "worktree": ".git/worktree", "hooks": ".git/hooks/pre-commit"}
_SLICES = {
    "all": slice(None),
    "first": slice(1),
    "rest": slice(1, None),
    "last": slice(-1, None),
    "init": slice(-1),
}
_STANDARD = frozenset({"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin"})
_DATA = frozenset({"data", "upload"})
_SCRIPTS = frozenset({"-e", "-f", "--expression", "--file"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command's arguments, sorted.

    Attributes:
        operands: What is no option and no option's value.
        flags: The options, single letters of clusters apart.
        values: Options with the values they were given.
    """

    operands: tuple[str, ...]
    flags: frozenset[str]
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """What is known of a program.

    Attributes:
        effects: The operands that each effect falls on.
        valued: Options that take a value.
        options: Effects of options on their values.
        operands: Effects of operands such as ``of=file`` by what stands before the sign.
        conditions: Flags, and the effects that replace the others where one of them is given.
        second: Effects that replace the others where the second operand is the one named.
    """

    effects: Mapping[str, str]
    valued: frozenset[str]
    options: Mapping[str, str] = field(default_factory=dict)
    operands: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[tuple[frozenset[str], Mapping[str, str]], ...] = ()
    second: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@cache
def programs() -> Mapping[str, Program]:
    """All that are known, by name."""
    found: dict[str, Program] = {}
    for row in table("tempt.monitors.shell", "programs.toml")["program"]:
        names = row["names"]
        program = _program(row)
        # Names that hold a blank themselves are parted by bars.
        for name in names.split("|") if "|" in names else _names(names):
            found[name] = program
    return found


def _names(names: str) -> list[str]:
    """The names in a list parted by blanks, or the one name that is a program and a subcommand."""
    first, _, _ = names.partition(" ")
    return [names] if first in {"git"} else names.split()


def _program(row: Mapping[str, Any]) -> Program:
    options = row.get("options", {})
    return Program(
        effects=_effects(row),
        valued=frozenset(row.get("values", "").split()) | frozenset(options),
        options=options,
        operands=row.get("operands", {}),
        conditions=tuple((frozenset(c["flags"].split()), _effects(c)) for c in row.get("if", ())),
        second={name: _effects(row) for name, row in row.get("second", {}).items()},
    )


def _effects(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {effect: row[effect] for effect in Effect if effect in row}


def acts_of(words: Sequence[str]) -> Iterator[Act]:
    """What the command ``words`` does, in no order that matters."""
    folder, name = posixpath.split(words[0])
    if folder and folder not in _STANDARD:
        yield Act(Effect.RUN, words[0])
        return
    rest = words[1:]
    known = programs()
    sub = next((word for word in rest if not word.startswith("-")), "")
    program = known.get(f"{name} {sub}")
    if program is None:
        program = known.get(name)
    else:
        rest = rest[list(rest).index(sub) + 1 :]
    if program is None:
        if folder:
            yield Act(Effect.RUN, words[0])
        return
    if name == "find":
        rest = list(takewhile(lambda word: word[:1] not in {"-", "(", "!"}, rest))
    given = sort_arguments(rest, program.valued)
    yield from _operand_acts(name, program, given)
    yield from _option_acts(program, given)


def _operand_acts(name: str, program: Program, given: Arguments) -> Iterator[Act]:
    for key, effect in program.operands.items():
        for word in given.operands:
            if word.startswith(f"{key}="):
                yield Act(Effect(effect), word[len(key) + 1 :])
    # Where the script came as an option, every operand is a file.
    script = bool(_SCRIPTS & {option for option, _ in given.values})
    for effect, which in _effects_given(program, given).items():
        place = "all" if script and which == "rest" else which
        for target in _chosen(place, name, given.operands):
            yield Act(Effect(effect), target)


def _effects_given(program: Program, given: Arguments) -> Mapping[str, str]:
    for flags, effects in program.conditions:
        if flags & given.flags:
            return effects
    for second in given.operands[1:2]:
        if second in program.second:
            return program.second[second]
    for first in given.operands[:1]:
        if first in program.second:
            return program.second[first]
    return program.effects


def _chosen(which: str, name: str, operands: tuple[str, ...]) -> tuple[str, ...]:
    if which == "none":
        return (name,)
    return operands[_SLICES[which]] if which in _SLICES else (_PLACES[which],)


def _option_acts(program: Program, given: Arguments) -> Iterator[Act]:
    """Effects of options; what a client is told to send makes its address one that is sent to."""
    sends = False
    for option, value in given.values:
        effect = program.options.get(option)
        if effect is None:
            continue
        if effect not in _DATA:
            yield Act(Effect(effect), value)
            continue
        sends = True
        _, at, file = value.partition("@")
        if effect == "upload" or at:
            yield Act(Effect.READ, file if at else value)
        else:
            yield Act(Effect.SEND, "data", value)
    if sends:
        for address in given.operands:
            yield Act(Effect.SEND, address)


def sort_arguments(words: Sequence[str], valued: frozenset[str]) -> Arguments:
    """``words`` as operands, flags and options with values."""
    operands: list[str] = []
    flags: set[str] = set()
    values: list[tuple[str, str]] = []
    at, only_operands = 0, False
    while at < len(words):
        word, at = words[at], at + 1
        if only_operands or not word.startswith("-") or word == "-":
            operands.append(word)
        elif word == "--":
            only_operands = True
        else:
            option, joined = _option(word, valued)
            flags |= _flags(word)
            if option in valued:
                if joined is None and at < len(words):
                    joined, at = words[at], at + 1
                values.append((option, joined or ""))
    return Arguments(tuple(operands), frozenset(flags), tuple(values))


def _option(word: str, valued: frozenset[str]) -> tuple[str, str | None]:
    """An option, and the value that is joined to it, if one is."""
    name, sign, value = word.partition("=")
    if word.startswith("--") or len(word) == 2 or word in valued:
        return (name, value) if sign else (word, None)
    if word[:2] in valued:
        return word[:2], word[2:]
    if f"-{word[-1]}" in valued:  # the last of a cluster, as in -sfo FILE
        return f"-{word[-1]}", None
    return word, None


def _flags(word: str) -> set[str]:
    name = word.partition("=")[0]
    if word.startswith("--"):
        return {name}
    return {name, *(f"-{letter}" for letter in name[1:9])}
