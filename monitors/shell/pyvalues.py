"""Texts that expressions in Python code stand for, told without running it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tempt.monitors.shell.syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

Values = Mapping[str, str]
"""What names stand for."""
MAX_VALUE = 2_048
_MAX_DEPTH = 8
_JOINING = frozenset({"join", "Path", "PurePath", "PosixPath", "abspath", "expanduser", "realpath"})


def value_of(node: Node, values: Values) -> str | None:
    """The text that an expression stands for; ``None`` where it isn't known."""
    return _value(node, values, 0)


def _value(node: Node, values: Values, depth: int) -> str | None:
    if depth > _MAX_DEPTH:
        return None
    handler = _VALUES.get(node.type)
    return None if handler is None else handler(node, values, depth + 1)


def _string_value(node: Node, values: Values, depth: int) -> str | None:
    parts = []
    for child in node.named_children:
        if child.type == "string_content":
            parts.append(text_of(child))
        elif child.type == "interpolation":
            inner = child.named_children[:1]
            value = _value(inner[0], values, depth) if inner else None
            parts.append(value if value is not None else text_of(child)[:80])
    return "".join(parts)


def _joined_value(node: Node, values: Values, depth: int) -> str | None:
    return "".join(_value(child, values, depth) or "" for child in node.named_children[:100])


def _name_value(node: Node, values: Values, _: int) -> str | None:
    return values.get(text_of(node))


def _operator_value(node: Node, values: Values, depth: int) -> str | None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    sign = node.child_by_field_name("operator")
    if left is None or right is None or sign is None:
        return None
    first, second = _value(left, values, depth), _value(right, values, depth)
    if first is None:
        return None if second is None else f"$unknown/{second}"[:MAX_VALUE]
    if text_of(sign) == "/":
        return posixpath.join(first, second or "$unknown")[:MAX_VALUE]
    return f"{first}{second or ''}"[:MAX_VALUE] if text_of(sign) == "+" else first


def _call_value(node: Node, values: Values, depth: int) -> str | None:
    """Paths that are put together, and what is opened: a file stands for its path."""
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or given is None:
        return None
    last = text_of(function)[-200:].rpartition(".")[2]
    parts = [_value(child, values, depth) for child in given.named_children[:8]]
    known = [part for part in parts if part is not None]
    if last in _JOINING and known:
        return posixpath.join(*known)[:MAX_VALUE]
    if last in {"open", "connect", "joinpath"} and known:
        return known[0]
    receiver = function.child_by_field_name("object")
    if receiver is not None and last in {"replace", "format", "strip", "resolve", "absolute"}:
        return _value(receiver, values, depth)
    return None


def _inner_value(node: Node, values: Values, depth: int) -> str | None:
    return _value(node.named_children[0], values, depth) if node.named_children else None


_VALUES = {
    "string": _string_value,
    "concatenated_string": _joined_value,
    "identifier": _name_value,
    "attribute": _name_value,
    "binary_operator": _operator_value,
    "call": _call_value,
    "parenthesized_expression": _inner_value,
}
