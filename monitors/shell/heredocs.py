"""Here-documents taken out of a shell text before it is parsed.

A body may be a program or a data set of any length and is never shell syntax, so the parser need
not see it. Each ``<<WORD`` becomes ``< name``, as if it were a file, and the body is kept under
the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_START = re.compile(r"(?<!<)<<(?!<)(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?(\w[\w.-]*))")
_USUAL = re.compile(r"[A-Z_]{3,}\d*")
_MOST = 64


@dataclass(frozen=True, slots=True)
class WithoutBodies:
    """A text and what was taken out of it.

    Attributes:
        text: What is left, shell syntax only.
        bodies: The bodies by the names that stand in their places.
    """

    text: str
    bodies: Mapping[str, str]


def without_bodies(text: str) -> WithoutBodies:
    """``text`` without its here-documents."""
    if "<<" not in text:
        return WithoutBodies(text, {})
    lines = text.split("\n")
    ends = _lines_by_text(lines)
    kept: list[str] = []
    bodies: dict[str, str] = {}
    at = 0
    while at < len(lines):
        line, at = lines[at], at + 1
        starts = list(_START.finditer(line)) if len(bodies) < _MOST else []
        pieces, after = [], 0
        for start in starts:
            word = start[2] or start[3] or start[4]
            end = _end(ends, word, at, len(lines))
            if end is None:
                continue
            name = f"heredoc_{len(bodies)}_body"
            bodies[name] = _body(lines[at:end], tabs=bool(start[1]))
            pieces += [line[after : start.start()], f"< {name}"]
            after, at = start.end(), min(end + 1, len(lines))
        kept.append("".join([*pieces, line[after:]]))
    return WithoutBodies("\n".join(kept), bodies)


def _lines_by_text(lines: list[str]) -> dict[str, list[int]]:
    """The numbers of the lines that could end a body, last first."""
    found: dict[str, list[int]] = {}
    for number in range(len(lines) - 1, -1, -1):
        if len(lines[number]) <= 100:
            found.setdefault(lines[number].strip(), []).append(number)
    return found


def _end(ends: dict[str, list[int]], word: str, at: int, last: int) -> int | None:
    """The line that ends a body which begins at ``at``; ``None`` where this is no body."""
    numbers = ends.get(word, [])
    while numbers and numbers[-1] < at:
        numbers.pop()
    if numbers:
        return numbers[-1]
    # Cut off before its end: a shell takes all the rest for the body.
    return last if at < last and _USUAL.fullmatch(word) else None


def _body(lines: list[str], *, tabs: bool) -> str:
    return "\n".join(line.lstrip("\t") if tabs else line for line in lines)
