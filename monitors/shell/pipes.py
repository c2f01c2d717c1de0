"""What commands print, as far as it stands in the text itself."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Callable, Mapping, Sequence

from tempt.monitors.shell.found import found_place
from tempt.monitors.shell.programs import sort_arguments
from tempt.monitors.shell.words import unescaped

_MAX_OUTPUT = 65_536
_PASSING = frozenset({"cat", "tee", "sort", "uniq", "head", "tail", "tr", "sponge", "pv"})
_DECODERS = frozenset({"base64", "base32", "openssl", "xxd"})


def output_of(words: Sequence[str], stdin: str | None) -> str | None:
    """What a command prints; ``None`` where that can't be told."""
    if not words:
        return None
    name, rest = posixpath.basename(words[0]), words[1:]
    if name == "echo":
        return _echoed(rest)
    if name == "printf":
        return _printed(rest)
    passed = _passed(name, rest, stdin) if stdin is not None else None
    return _named(name, words) if passed is None else passed


def _passed(name: str, words: Sequence[str], stdin: str) -> str | None:
    """What comes out of a command that is known to change its input in a known way, or not."""
    if name in _DECODERS:
        return _decoded(name, words, stdin)
    if name == "rev":
        return "\n".join(line[::-1] for line in stdin.split("\n"))
    through = name == "tee" or not any(not word.startswith("-") for word in words)
    return stdin if name in _PASSING and through else None


def _named(name: str, words: Sequence[str]) -> str | None:
    """What is printed are names that the arguments hint at."""
    if name == "find":
        return found_place(words)
    operands = sort_arguments(words[1:], frozenset()).operands
    naming = _NAMING.get(name)
    return naming(operands) if naming is not None and operands else None


def _listed(operands: Sequence[str]) -> str:
    return operands[-1] if "*" in operands[-1] else posixpath.join(operands[-1], "*")


def _last(operands: Sequence[str]) -> str:
    return operands[-1]


def _folder(operands: Sequence[str]) -> str:
    return posixpath.dirname(operands[-1])


def _base(operands: Sequence[str]) -> str:
    return posixpath.basename(operands[0])


_NAMING: Mapping[str, Callable[[Sequence[str]], str]] = {
    **dict.fromkeys(("pgrep", "pidof", "which", "realpath", "readlink"), _last),
    "ls": _listed,
    "dirname": _folder,
    "basename": _base,
}


def _echoed(words: Sequence[str]) -> str:
    at = 0
    flags = ""
    while at < len(words) and words[at].startswith("-") and set(words[at][1:]) <= set("neE"):
        flags += words[at][1:]
        at += 1
    text = " ".join(words[at:])
    return (unescaped(text) if "e" in flags else text)[:_MAX_OUTPUT]


def _printed(words: Sequence[str]) -> str:
    if not words:
        return ""
    text = unescaped(words[0])
    for word in words[1:33]:
        if "%s" not in text:
            break
        text = text.replace("%s", word, 1)[:_MAX_OUTPUT]
    return text


def _decoded(name: str, words: Sequence[str], stdin: str) -> str | None:
    flags = sort_arguments(words, frozenset()).flags
    if not flags & {"-d", "-D", "--decode", "-r"}:
        return None
    data = "".join(stdin.split())[:_MAX_OUTPUT]
    try:
        if name == "xxd":
            return bytes.fromhex(data).decode("utf-8", "replace")
        if name == "base32":
            return base64.b32decode(data).decode("utf-8", "replace")
        padded = data + "=" * (-len(data) % 4)
        return base64.b64decode(padded).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
