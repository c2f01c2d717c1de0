"""Python code: which files, processes and addresses its calls name, and what they do to them.

Names, joined paths and ``Path`` objects are followed as far as their values stand in the code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from tempt.envs.resources import table
from tempt.monitors.shell.code import Code
from tempt.monitors.shell.model import Act, Effect
from tempt.monitors.shell.pyvalues import MAX_VALUE, value_of
from tempt.monitors.shell.sql import statement_acts
from tempt.monitors.shell.syntax import MAX_TEXT, python_syntax, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_VISITS = 20_000
_BRANCHES = frozenset(
    {"for_statement", "while_statement", "if_statement", "function_definition", "try_statement"}
)


@dataclass(slots=True)
class _Module:
    """What is known of the code while it is read."""

    values: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    shell: list[str] = field(default_factory=list)
    branches: int = 1


@cache
def _calls() -> Mapping[str, Mapping[str, Any]]:
    """What is known of calls, by their dotted names or last parts."""
    rows = table("tempt.monitors.shell", "pycalls.toml")["call"]
    return {name: row for row in rows for name in row["names"].split()}


def read_python(text: str) -> Code:
    """What the code in ``text`` does."""
    syntax = python_syntax(text[:MAX_TEXT])
    module = _Module()
    waiting = [syntax.root]
    visits = 0
    while waiting and visits < _MAX_VISITS:
        visits += 1
        node = waiting.pop()
        if node.type in _BRANCHES:
            module.branches += 1
        handler = _HANDLERS.get(node.type)
        if handler is not None:
            handler(node, module)
        if node.named_child_count and node.type != "string":
            waiting.extend(reversed(node.named_children))
    unparsed = syntax.unparsed + len(text[MAX_TEXT:]) + len(waiting)
    return Code(tuple(module.acts), tuple(module.shell[:16]), unparsed, module.branches)


def _visit_import_from(node: Node, module: _Module) -> None:
    source = node.child_by_field_name("module_name")
    for name in node.children_by_field_name("name"):
        original, alias = _imported(name)
        module.aliases[alias] = f"{text_of(source)}.{original}" if source else original


def _visit_import(node: Node, module: _Module) -> None:
    for name in node.children_by_field_name("name"):
        original, alias = _imported(name)
        if alias != original:
            module.aliases[alias] = original


def _imported(node: Node) -> tuple[str, str]:
    if node.type == "aliased_import":
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        if name is not None and alias is not None:
            return text_of(name), text_of(alias)
    return text_of(node), text_of(node)


def _visit_assignment(node: Node, module: _Module) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or left.type not in {"identifier", "attribute"}:
        return
    value = value_of(right, module.values)
    name = text_of(left)
    if value is None:
        module.values.pop(name, None)
    else:
        module.values[name] = value[:MAX_VALUE]


def _visit_call(node: Node, module: _Module) -> None:
    function = node.child_by_field_name("function")
    if function is None:
        return
    name = _dotted(function, module)
    known = _calls()
    row = known.get(name) or known.get(f"*.{name.rpartition('.')[2]}")
    if row is not None:
        _Call(node, function, name, module).note(row)


@dataclass(frozen=True, slots=True)
class _Call:
    node: Node
    function: Node
    name: str
    module: _Module

    def note(self, row: Mapping[str, Any]) -> None:
        """Note what a call does that ``row`` describes."""
        if row.get("shell"):
            self._shell()
            return
        if row.get("sql"):
            self.module.acts.extend(statement_acts(self._argument(0) or ""))
            return
        if row.get("code"):
            self.module.acts.append(Act(Effect.CODE, self.name, self._argument(0) or ""))
            return
        for effect in Effect:
            if effect in row:
                self._effect(effect, row[effect], row)

    def _effect(self, effect: Effect, where: int | str, row: Mapping[str, Any]) -> None:
        target = self._receiver() if where == "self" else self._argument(int(where))
        if target is None:
            target = "$unknown" if row.get("always") else None
        if row.get("mode"):
            shift = 0 if where == "self" else 1
            effect = _opened(self._argument(shift) or self._keyword("mode") or "r")
        if target:
            self.module.acts.append(Act(effect, target, self._content(effect)))

    def _content(self, effect: Effect) -> str:
        if effect not in {Effect.WRITE, Effect.SEND}:
            return ""
        return (self._argument(0) or "")[:MAX_VALUE]

    def _receiver(self) -> str | None:
        inner = self.function.child_by_field_name("object")
        return None if inner is None else value_of(inner, self.module.values)

    def _arguments(self) -> Sequence[Node]:
        given = self.node.child_by_field_name("arguments")
        return given.named_children if given is not None else ()

    def _argument(self, number: int) -> str | None:
        plain = [a for a in self._arguments() if a.type not in {"keyword_argument", "comment"}]
        return value_of(plain[number], self.module.values) if number < len(plain) else None

    def _keyword(self, name: str) -> str | None:
        for argument in self._arguments():
            key = argument.child_by_field_name("name")
            value = argument.child_by_field_name("value")
            if key is not None and value is not None and text_of(key) == name:
                return value_of(value, self.module.values)
        return None

    def _shell(self) -> None:
        """Text or words that are run as a command."""
        for argument in self._arguments()[:1]:
            if argument.type in {"list", "tuple"}:
                words = [value_of(child, self.module.values) for child in argument.named_children]
                self.module.shell.append(" ".join(_quoted(word or "$unknown") for word in words))
            else:
                text = value_of(argument, self.module.values)
                if text:
                    self.module.shell.append(text)


def _quoted(word: str) -> str:
    return (
        word
        if word.replace("/", "").replace("-", "").isalnum()
        else "'" + word.replace("'", "") + "'"
    )


def _opened(mode: str) -> Effect:
    if "a" in mode:
        return Effect.APPEND
    return Effect.WRITE if set(mode) & set("wx+") else Effect.READ


def _dotted(node: Node, module: _Module) -> str:
    """The dotted name of what is called, with imported names spelt out."""
    text = text_of(node)[-200:]
    if node.type == "attribute":
        inner, last = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        head = text_of(inner)[-160:] if inner is not None else ""
        tail = text_of(last) if last is not None else ""
        if "__import__" in head or "import_module" in head:
            head = head.partition("(")[2].strip("'\") ")
        first, dot, more = head.partition(".")
        return f"{module.aliases.get(first, first)}{dot}{more}.{tail}"
    return module.aliases.get(text, text)


_HANDLERS = {
    "import_from_statement": _visit_import_from,
    "import_statement": _visit_import,
    "assignment": _visit_assignment,
    "call": _visit_call,
}
