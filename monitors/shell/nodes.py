"""The nodes of a shell's syntax tree, each read in its own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from tempt.monitors.shell.commands import run_command
from tempt.monitors.shell.redirects import Redirects, redirects_of
from tempt.monitors.shell.rough import rough_commands
from tempt.monitors.shell.state import Frame, Pipe, Reading
from tempt.monitors.shell.syntax import text_of
from tempt.monitors.shell.words import MAX_WORDS, Scope, arguments, expand, substitutions

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_ROUGH = 200
_BRANCHES = frozenset(
    {
        "if_statement",
        "elif_clause",
        "while_statement",
        "for_statement",
        "case_item",
        "function_definition",
        "c_style_for_statement",
    }
)


def visit(node: Node, frame: Frame, reading: Reading) -> None:
    """Read ``node``, and have what is in it read."""
    kind = node.type
    if kind in _BRANCHES:
        reading.branches += 1
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(node, frame, reading)
    elif node.named_child_count:
        _visit_all(node.named_children, frame, reading)


def _visit_all(nodes: Sequence[Node], frame: Frame, reading: Reading) -> None:
    reading.push_all([partial(visit, node, frame) for node in nodes])


def _after_substitutions(
    nodes: Sequence[Node], frame: Frame, reading: Reading, then: Callable[[Reading], None]
) -> None:
    """Read what is substituted in ``nodes`` first, then go on with what they are."""
    inner = [found for node in nodes for found in substitutions(node)]
    if not inner:
        then(reading)
        return
    pipes = [Pipe() for _ in inner]

    def note(_: Reading) -> None:
        for found, pipe in zip(inner, pipes, strict=True):
            frame.scope.printed.pop(found.id, None)
            if pipe.text is not None:
                frame.scope.printed[found.id] = pipe.text.rstrip("\n")

    jobs: list[Callable[[Reading], None]] = []
    for found, pipe in zip(inner, pipes, strict=True):
        within = replace(frame, stdin=None, stdout=pipe, redirects=Redirects())
        jobs.append(partial(_visit_all, found.named_children, within))
    reading.push_all([*jobs, note, then])


def _visit_pipeline(node: Node, frame: Frame, reading: Reading) -> None:
    parts = node.named_children
    stdin, jobs = frame.stdin, []
    for part in parts[:-1]:
        stdout = Pipe()
        its = replace(frame, stdin=stdin, stdout=stdout, redirects=Redirects())
        jobs.append(partial(visit, part, its))
        stdin = stdout
    jobs += [partial(visit, part, replace(frame, stdin=stdin)) for part in parts[-1:]]
    reading.push_all(jobs)


def _visit_list(node: Node, frame: Frame, reading: Reading) -> None:
    """Commands one after the other: redirections that follow are the last one's."""
    *others, last = node.named_children
    plain = replace(frame, redirects=Redirects())
    reading.push_all(
        [*(partial(visit, other, plain) for other in others), partial(visit, last, frame)]
    )


def _visit_redirected(node: Node, frame: Frame, reading: Reading) -> None:
    body = node.child_by_field_name("body")
    given = [c for c in node.named_children if c.type.endswith("redirect") or c.type == "ERROR"]

    def then(reading: Reading) -> None:
        inner = frame.given(redirects_of(given, frame.scope))
        if body is None:
            run_command([], inner, reading)
        else:
            visit(body, inner, reading)

    _after_substitutions(given, frame, reading, then)


def _visit_assignment(node: Node, frame: Frame, reading: Reading) -> None:
    def then(_: Reading) -> None:
        _assign(node, frame.scope)

    _after_substitutions([node], frame, reading, then)


def _assign(node: Node, scope: Scope) -> None:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None:
        return
    words = expand(value, scope) if value is not None else [""]
    key = text_of(name).partition("[")[0]
    if any(child.type == "+=" for child in node.children):
        words = [*scope.variables.get(key, []), *words]
    scope.variables[key] = words[:MAX_WORDS]


def _visit_for(node: Node, frame: Frame, reading: Reading) -> None:
    values = node.children_by_field_name("value")
    variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")

    def then(reading: Reading) -> None:
        words = [word for value in values for word in arguments(value, frame.scope)]
        if variable is not None:
            frame.scope.variables[text_of(variable)] = words[:MAX_WORDS]
        if body is not None:
            visit(body, frame, reading)

    _after_substitutions(values, frame, reading, then)


def _visit_function(node: Node, _: Frame, reading: Reading) -> None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is not None and body is not None:
        reading.functions[text_of(name)] = body


def _visit_error(node: Node, frame: Frame, reading: Reading) -> None:
    """What the grammar can't make sense of is cut into words, and counts as not parsed."""
    text = text_of(node)
    reading.unparsed += max(len(text), 1)
    begun = _begun_before(node, frame.scope)
    plain = replace(frame, redirects=Redirects())
    for number, words in enumerate(islice(rough_commands(text), _MAX_ROUGH)):
        whole = words if number else [*begun, *words]
        if whole:
            run_command(whole, plain, reading)


def _begun_before(node: Node, scope: Scope) -> list[str]:
    """The words of the command that a quote which is never closed parts from its arguments."""
    before = node.prev_named_sibling
    if before is None or before.type != "command" or before.end_point[0] != node.start_point[0]:
        return []
    return _words(before, scope)


def _words(node: Node, scope: Scope) -> list[str]:
    return [word for child in node.named_children for word in arguments(child, scope)]


def _visit_command(node: Node, frame: Frame, reading: Reading) -> None:
    def then(reading: Reading) -> None:
        _expand_command(node, frame, reading)

    _after_substitutions([node], frame, reading, then)


def _expand_command(node: Node, frame: Frame, reading: Reading) -> None:
    words: list[str] = []
    given: list[Node] = []
    for child in node.named_children:
        kind = child.type
        if kind == "variable_assignment":
            _assign(child, frame.scope)
        elif kind.endswith("redirect"):
            given.append(child)
        elif kind == "ERROR":
            text = text_of(child)
            reading.unparsed += max(len(text), 1)
            words += [word for some in islice(rough_commands(text), _MAX_ROUGH) for word in some]
        elif kind != "comment":
            words += arguments(child, frame.scope)
    inner = frame.given(redirects_of(given, frame.scope)) if given else frame
    run_command(words, inner, reading)


_HANDLERS: dict[str, Callable[[Node, Frame, Reading], None]] = {
    "command": _visit_command,
    "pipeline": _visit_pipeline,
    "list": _visit_list,
    "redirected_statement": _visit_redirected,
    "variable_assignment": _visit_assignment,
    "for_statement": _visit_for,
    "function_definition": _visit_function,
    "ERROR": _visit_error,
}
