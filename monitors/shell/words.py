"""A word of a shell text and what it expands to.

Variables, arrays, braces and defaults are followed as far as their values stand in the text;
whatever is not known (what a command prints, where a pattern leads) stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from tempt.monitors.shell.syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_WORDS = 32
MAX_WORD = 16_384
_MAX_DEPTH = 12
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r"\\([\"\\$`\n])")
_ANSI = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_BRACES = re.compile(r"^(.*?)\{([^{}]*,[^{}]*)\}(.*)$", re.DOTALL)
_NAMES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "a": "\a", "b": "\b", "0": ""}
SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_EXPANSIONS = SUBSTITUTIONS | {"simple_expansion", "expansion", "arithmetic_expansion"}


@dataclass(slots=True)
class Scope:
    """What names stand for while a text is read.

    Attributes:
        variables: Values by name; an array, or what a loop goes through, has several.
        parameters: What ``$1``, ``$2`` and so on are.
        printed: What substitutions print, by their nodes.
        bodies: Here-documents by the names that stand in their places.
    """

    variables: dict[str, list[str]] = field(default_factory=lambda: {"HOME": ["~"]})
    parameters: tuple[str, ...] = ()
    printed: dict[int, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)


def expand(node: Node, scope: Scope) -> list[str]:
    """The words that ``node`` gives, at most ``MAX_WORDS``, at least one unless it is an array."""
    return _expand(node, scope, 0)[:MAX_WORDS]


def _expand(node: Node, scope: Scope, depth: int) -> list[str]:
    handler = _HANDLERS.get(node.type)
    if handler is None or depth > _MAX_DEPTH:
        return [text_of(node)]
    return handler(node, scope, depth)


def _word(node: Node, _scope: Scope, _depth: int) -> list[str]:
    text = text_of(node)
    if "{" in text and "," in text:
        return list(_braces(text))
    return [_ESCAPED.sub(r"\1", text) if "\\" in text else text]


def _raw(node: Node, _scope: Scope, _depth: int) -> list[str]:
    return [text_of(node)[1:-1]]


def _ansi(node: Node, _scope: Scope, _depth: int) -> list[str]:
    return [unescaped(text_of(node)[2:-1])]


def unescaped(text: str) -> str:
    """``text`` with the escapes of ``printf`` and ``$'...'`` carried out."""
    return _ANSI.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567" and code != "0":
        return chr(int(code, 8))
    return _NAMES.get(code, code)


def _string(node: Node, scope: Scope, depth: int) -> list[str]:
    """What stands between double quotes: one word, or one for each value of an array."""
    whole, start = node.text or b"", node.start_byte
    alternatives: list[list[str]] = []
    after = 1
    for child in node.named_children:
        if child.type in _EXPANSIONS:
            alternatives.append([_unquoted(whole[after : child.start_byte - start])])
            alternatives.append(_expand(child, scope, depth + 1) or [""])
            after = child.end_byte - start
    alternatives.append([_unquoted(whole[after:-1])])
    return _joined(alternatives)


def _unquoted(text: bytes) -> str:
    return _ESCAPED_IN_QUOTES.sub(r"\1", text.decode("utf-8", "replace"))


def _concatenation(node: Node, scope: Scope, depth: int) -> list[str]:
    text = text_of(node)
    if "{" in text and "," in text and "$" not in text:
        return list(_braces(re.sub(r"['\"]", "", text)))
    return _joined([_expand(child, scope, depth + 1) or [""] for child in node.children])


def _joined(alternatives: list[list[str]]) -> list[str]:
    """All ways of putting one of each together, up to the most that are followed."""
    words: list[str] = []
    for parts in product(*(options[:MAX_WORDS] for options in alternatives)):
        words.append("".join(parts)[:MAX_WORD])
        if len(words) == MAX_WORDS:
            break
    return words


def _braces(text: str) -> Iterator[str]:
    """``a{b,c}d`` as ``abd`` and ``acd``."""
    match = _BRACES.match(text)
    if match is None:
        yield text
        return
    for option in match[2].split(",")[:MAX_WORDS]:
        yield f"{match[1]}{option}{match[3]}"


def _simple_expansion(node: Node, scope: Scope, _depth: int) -> list[str]:
    return _value(text_of(node)[1:], scope)


def _value(name: str, scope: Scope) -> list[str]:
    if name.isdigit() and name.isascii():
        number = int(name[:6])
        known = 0 < number <= len(scope.parameters)
        return [scope.parameters[number - 1]] if known else [f"${name}"]
    if name in {"@", "*"}:
        return list(scope.parameters) or [f"${name}"]
    values = scope.variables.get(name)
    return list(values) if values is not None else [f"${name}"]


def _expansion(node: Node, scope: Scope, depth: int) -> list[str]:
    """``${name}`` with whatever follows the name; a default counts where the name has no value."""
    inner = node.named_children
    if not inner or text_of(node).startswith(("${#", "${!")):
        return [text_of(node)]
    first = inner[0]
    if first.type == "subscript":
        first = first.named_children[0]
    name = text_of(first)
    values = _value(name, scope)
    if values == [f"${name}"] and len(inner) > 1 and ":-" in text_of(node):
        return _expand(inner[1], scope, depth + 1)
    return values


def _substitution(node: Node, scope: Scope, _depth: int) -> list[str]:
    return [scope.printed.get(node.id, text_of(node)[:MAX_WORD])]


def _array(node: Node, scope: Scope, depth: int) -> list[str]:
    return [word for child in node.named_children for word in _expand(child, scope, depth + 1)]


def _wrapped(node: Node, scope: Scope, depth: int) -> list[str]:
    children = node.named_children
    return _expand(children[0], scope, depth + 1) if children else [text_of(node)]


def _translated(node: Node, _scope: Scope, _depth: int) -> list[str]:
    return [text_of(node)[2:-1]]


_HANDLERS: dict[str, Callable[[Node, Scope, int], list[str]]] = {
    "word": _word,
    "raw_string": _raw,
    "ansi_c_string": _ansi,
    "string": _string,
    "translated_string": _translated,
    "concatenation": _concatenation,
    "simple_expansion": _simple_expansion,
    "expansion": _expansion,
    "command_substitution": _substitution,
    "process_substitution": _substitution,
    "array": _array,
    "command_name": _wrapped,
}


def arguments(node: Node, scope: Scope) -> list[str]:
    """The words that an argument gives: what a variable holds is split where it is not quoted."""
    words = expand(node, scope)
    if node.type in {"simple_expansion", "expansion", "command_substitution"}:
        words = [part for word in words for part in _split(word)]
    return words[:MAX_WORDS]


def _split(word: str) -> list[str]:
    return [word] if word.startswith(("$(", "`")) else word.split()


def substitutions(node: Node) -> list[Node]:
    """The substitutions in ``node`` that stand in no other, in order."""
    whole = node.text or b""
    if b"$(" not in whole and b"`" not in whole and b"<(" not in whole and b">(" not in whole:
        return []
    found: list[Node] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.type in SUBSTITUTIONS:
            found.append(here)
        else:
            waiting.extend(reversed(here.named_children))
    return found
