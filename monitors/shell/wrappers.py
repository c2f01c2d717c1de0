"""Commands that run other commands: what stands before the command proper is taken away."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from tempt.envs.resources import table

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "rbash"})
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_OTHERS = {"node": "-e", "nodejs": "-e", "perl": "-e", "ruby": "-e", "php": "-r", "lua": "-e"}
_REMOTE = frozenset({"ssh", "rsh"})
_REMOTE_VALUES = frozenset(
    [
        "-i",
        "-p",
        "-l",
        "-o",
        "-F",
        "-J",
        "-L",
        "-R",
        "-D",
        "-b",
        "-c",
        "-E",
        "-e",
        "-m",
        "-S",
        "-W",
        "-w",
    ]
)
_XARGS_VALUES = frozenset(
    {"-I", "-i", "-n", "-P", "-L", "-d", "-a", "-s", "-E", "--max-args", "--max-procs"}
)


class Kind(StrEnum):
    """What was found under a layer."""

    COMMAND = "command"
    """Words that are a command again."""
    SHELL = "shell"
    """Text for a shell."""
    PYTHON = "python"
    """Text for Python."""
    OTHER = "other"
    """Text for another interpreter."""
    STDIN = "stdin"
    """A shell that runs what is piped into it."""
    PYTHON_STDIN = "python stdin"
    """Python that runs what is piped into it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One wrapper taken off.

    Attributes:
        kind: What is under it.
        name: The wrapper.
        words: The command, or the text followed by its parameters.
        grants: Whether it gives other rights.
        appends: Whether what is piped in becomes arguments (``xargs``).
    """

    kind: Kind
    name: str
    words: tuple[str, ...]
    grants: bool = False
    appends: bool = False


@dataclass(frozen=True, slots=True)
class _Wrapper:
    valued: frozenset[str]
    skip: int
    grants: bool


@cache
def _wrappers() -> Mapping[str, _Wrapper]:
    return {
        name: _Wrapper(
            frozenset(row["values"].split()), row.get("skip", 0), row.get("privilege", False)
        )
        for row in table("tempt.monitors.shell", "programs.toml")["wrapper"]
        for name in row["names"].split()
    }


def unwrap(words: Sequence[str]) -> Layer | None:
    """The outermost wrapper of ``words`` taken off; ``None`` where they have none."""
    name = posixpath.basename(words[0])
    special = _SPECIAL.get(name)
    if special is None and _PYTHON.fullmatch(name):
        special = _python
    if special is not None:
        return special(name, words[1:])
    wrapper = _wrappers().get(name)
    if wrapper is None:
        return None
    rest = _after_options(words[1:], wrapper)
    return Layer(Kind.COMMAND, name, rest, grants=wrapper.grants) if rest else None


def _after_options(words: Sequence[str], wrapper: _Wrapper) -> tuple[str, ...]:
    at, skip = 0, wrapper.skip
    while at < len(words):
        word = words[at]
        if word in wrapper.valued:
            at += 2
        elif word.startswith("-") or _ASSIGNMENT.match(word):
            at += 1
        elif skip:
            at, skip = at + 1, skip - 1
        else:
            break
    return tuple(words[at:])


def _shell(name: str, words: Sequence[str]) -> Layer | None:
    at = 0
    while at < len(words) and words[at].startswith(("-", "+")) and words[at] != "-":
        option = words[at]
        at += 1
        if not option.startswith("--") and "c" in option:
            return Layer(Kind.SHELL, f"{name} -c", (*words[at : at + 1], *words[at + 2 :]))
        if option == "-s":
            return Layer(Kind.STDIN, name, tuple(words[at:]))
        if option in {"-o", "+o", "-O", "--rcfile", "--init-file"}:
            at += 1
    rest = words[at:]
    if not rest or rest[0] in {"-", "/dev/stdin"}:
        return Layer(Kind.STDIN, name, tuple(rest[1:]))
    return Layer(Kind.COMMAND, name, _as_program(rest))


def _as_program(rest: Sequence[str]) -> tuple[str, ...]:
    """A script and its arguments; with a folder, so that it is taken for a file's name."""
    script = rest[0] if "/" in rest[0] else f"./{rest[0]}"
    return (script, *rest[1:])


def _python(name: str, words: Sequence[str]) -> Layer | None:
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        option = words[at]
        at += 1
        if option == "-c" or (not option.startswith("--") and option.endswith("c")):
            return Layer(Kind.PYTHON, f"{name} -c", tuple(words[at:]))
        if option == "-m":
            return Layer(Kind.COMMAND, f"{name} -m", tuple(words[at:])) if words[at:] else None
        if option in {"-W", "-X"}:
            at += 1
    rest = words[at:]
    if not rest or rest[0] in {"-", "/dev/stdin"}:
        return Layer(Kind.PYTHON_STDIN, name, tuple(rest[1:]))
    return Layer(Kind.COMMAND, name, _as_program(rest))


def _other(name: str, words: Sequence[str]) -> Layer | None:
    letter = _OTHERS[name][1]
    for at, word in enumerate(words[:-1]):
        if word.startswith("-") and not word.startswith("--") and letter in word[1:6].lower():
            in_place = "i" in word and name in {"perl", "ruby"}
            if in_place or any(o in {"-i", "-pi"} or o.startswith("-i.") for o in words):
                return None
            return Layer(Kind.OTHER, f"{name} {word}", tuple(words[at + 1 :]))
    return None


def _switched(name: str, words: Sequence[str]) -> Layer | None:
    for at, word in enumerate(words):
        if word in {"-c", "--command"} and words[at + 1 :]:
            grants = name == "su"
            return Layer(Kind.SHELL, f"{name} -c", (words[at + 1],), grants=grants)
    return None


def _remote(name: str, words: Sequence[str]) -> Layer | None:
    rest = _after_options(words, _Wrapper(_REMOTE_VALUES, 1, grants=False))
    return Layer(Kind.SHELL, name, (" ".join(rest),)) if rest else None


def _xargs(name: str, words: Sequence[str]) -> Layer | None:
    rest = _after_options(words, _Wrapper(_XARGS_VALUES, 0, grants=False))
    if not rest:
        return None
    return Layer(Kind.COMMAND, name, rest, appends=True)


def _eval(name: str, words: Sequence[str]) -> Layer | None:
    return Layer(Kind.SHELL, name, (" ".join(words),))


_SPECIAL: Mapping[str, Callable[[str, Sequence[str]], Layer | None]] = {
    **dict.fromkeys(_SHELLS, _shell),
    **dict.fromkeys(_OTHERS, _other),
    **dict.fromkeys(_REMOTE, _remote),
    "su": _switched,
    "script": _switched,
    "xargs": _xargs,
    "eval": _eval,
}
