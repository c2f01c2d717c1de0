"""Where a command's input comes from and its output goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tempt.monitors.shell.syntax import text_of
from tempt.monitors.shell.words import Scope, expand

if TYPE_CHECKING:
    from tree_sitter import Node

_NOWHERE = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/stdin", "/dev/fd/")


@dataclass(frozen=True, slots=True)
class Redirects:
    """Redirections of one command.

    Attributes:
        outputs: Files written to, and whether they are appended to.
        inputs: Files read from.
        text: A here-document or here-string that is its input.
    """

    outputs: tuple[tuple[str, bool], ...] = ()
    inputs: tuple[str, ...] = ()
    text: str | None = None

    def with_more(self, other: Redirects) -> Redirects:
        """These and ``other``."""
        text = self.text if other.text is None else other.text
        return Redirects(self.outputs + other.outputs, self.inputs + other.inputs, text)


def redirects_of(nodes: Sequence[Node], scope: Scope) -> Redirects:
    """What the redirections among ``nodes`` say."""
    outputs: list[tuple[str, bool]] = []
    inputs: list[str] = []
    text: str | None = None
    broken = False
    for node in nodes:
        if node.type == "file_redirect":
            operator = next((c.type for c in node.children if c.type[:1] in {"<", ">", "&"}), "")
            paths = _paths(node, scope)
            if ">" in operator:
                outputs += [(path, ">>" in operator) for path in paths]
            elif broken:
                text = "\n".join(paths)
            elif paths and paths[0] in scope.bodies:
                text = scope.bodies[paths[0]]
            else:
                inputs += paths
        elif node.type == "herestring_redirect":
            text = " ".join(word for c in node.named_children for word in expand(c, scope))
        elif node.type == "heredoc_redirect":
            bodies = [child for child in node.named_children if child.type == "heredoc_body"]
            text = text_of(bodies[0]) if bodies else ""
        # The grammar has no here-string after another redirection: it sees a stray sign and a file.
        broken = node.type == "ERROR" and text_of(node).strip() == "<<"
    return Redirects(tuple(outputs), tuple(inputs), text)


def _paths(node: Node, scope: Scope) -> list[str]:
    return [
        path
        for target in node.children_by_field_name("destination")
        if target.type != "number"
        for path in expand(target, scope)
        if path not in {"-", ""} and not path.startswith(_NOWHERE)
    ]
