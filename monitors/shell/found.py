"""What ``find`` looks for, and what it has done with what it finds."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

_BOUND = frozenset({";", "+", "\\;"})
_MAX_COMMANDS = 16


def found_commands(words: Sequence[str]) -> list[tuple[str, ...]]:
    """What ``find`` has done with what it finds: the commands after ``-exec``, and deletion."""
    found: list[tuple[str, ...]] = []
    place = found_place(words)
    at = 1
    while at < len(words):
        word, at = words[at], at + 1
        if word == "-delete":
            found.append(("rm", place))
        elif word in {"-exec", "-execdir", "-ok", "-okdir"}:
            end = next((n for n in range(at, len(words)) if words[n] in _BOUND), len(words))
            found.append(tuple(w.replace("{}", place) for w in words[at:end]))
            at = end + 1
    return [command for command in found[:_MAX_COMMANDS] if command]


def found_place(words: Sequence[str]) -> str:
    """Where ``find`` looks, with the pattern that it looks for, as one path."""
    roots = []
    for word in words[1:]:
        if word.startswith(("-", "(", "!")):
            break
        roots.append(word)
    names = [words[at + 1] for at in range(len(words) - 1) if words[at] in {"-name", "-iname"}]
    return posixpath.join(roots[0] if roots else ".", *(names[:1] or ["*"]))
