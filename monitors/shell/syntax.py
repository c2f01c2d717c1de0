"""Text to syntax tree, within bounds.

The parser is error-tolerant and never fails, but on some hostile texts it takes time that grows
with the square of the brackets and bars in them. So what is parsed is bounded twice: by length, and
by how many such characters there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node

MAX_TEXT = 65_536
_MAX_BRANCHING = 2_000
_BRANCHING = re.compile(r"[|(){}`<>]")


@dataclass(frozen=True, slots=True)
class Syntax:
    """A parsed text.

    Attributes:
        root: The tree.
        unparsed: How many characters were cut off before parsing.
    """

    root: Node
    unparsed: int


def shell_syntax(text: str) -> Syntax:
    """``text`` as shell syntax."""
    return _parsed(text, _shell())


def python_syntax(text: str) -> Syntax:
    """``text`` as Python syntax."""
    return _parsed(text, _python())


def _parsed(text: str, language: Language) -> Syntax:
    from tree_sitter import Parser  # noqa: PLC0415

    kept = text[:MAX_TEXT]
    if len(kept) > _MAX_BRANCHING:
        for number, match in enumerate(_BRANCHING.finditer(kept)):
            if number == _MAX_BRANCHING:
                kept = kept[: match.start()]
                break
    source = kept.replace("\0", "").encode("utf-8", "replace")
    return Syntax(Parser(language).parse(source).root_node, len(text) - len(kept))


@cache
def _shell() -> Language:
    import tree_sitter_bash  # noqa: PLC0415 - slow to load, and not everybody needs it
    from tree_sitter import Language  # noqa: PLC0415

    return Language(tree_sitter_bash.language())


@cache
def _python() -> Language:
    import tree_sitter_python  # noqa: PLC0415
    from tree_sitter import Language  # noqa: PLC0415

    return Language(tree_sitter_python.language())


def text_of(node: Node) -> str:
    """The text that ``node`` spans."""
    return (node.text or b"").decode("utf-8", "replace")
