"""What commands print, as far as it stands in the text itself."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Sequence

from tempt.monitors.shell.programs import sort_arguments
from tempt.monitors.shell.words import unescaped
from tempt.monitors.shell.wrappers import found_place

_MAX_OUTPUT = 65_536
_PASSING = frozenset({"cat", "tee", "sort", "uniq", "head", "tail", "tr", "sponge", "pv"})
_BASE64 = frozenset({"base64", "base32", "openssl", "xxd"})


def output_of(words: Sequence[str], stdin: str | None) -> str | None:
    """What a command prints; ``None`` where that can't be told."""
    if not words:
        return None
    name, rest = posixpath.basename(words[0]), words[1:]
    if name == "echo":
        return _echoed(rest)
    if name == "printf":
        return _printed(rest)
    if name in _BASE64:
        return _decoded(name, rest, stdin)
    if name == "rev" and stdin is not None:
        return "\n".join(line[::-1] for line in stdin.split("\n"))
    if name in _PASSING and not any(not word.startswith("-") for word in rest):
        return stdin
    return _named(name, words)


def _named(name: str, words: Sequence[str]) -> str | None:
    """What is printed are names that the arguments hint at."""
    operands = sort_arguments(words[1:], frozenset()).operands
    if name == "find":
        return found_place(words)
    if name == "ls" and len(operands) == 1:
        return operands[0] if "*" in operands[0] else posixpath.join(operands[0], "*")
    if name in {"pgrep", "pidof"}:
        return operands[-1] if operands else None
    if name in {"which", "realpath", "readlink"} and len(operands) == 1:
        return operands[0]
    if name == "dirname" and len(operands) == 1:
        return posixpath.dirname(operands[0])
    if name == "basename" and operands:
        return posixpath.basename(operands[0])
    return None


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


def _decoded(name: str, words: Sequence[str], stdin: str | None) -> str | None:
    if stdin is None:
        return None
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
