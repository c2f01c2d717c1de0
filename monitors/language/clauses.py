"""Text cut into clauses of words, with what is quoted, asked or listed under a heading marked.

Meant for English prose. One pass over the text; a clause longer than anybody writes is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_WORDS = 120

_PIECE = re.compile(r"(\w+(?:[-'\u2019./]\w+)*)|[.!?]+|[;:]|\n+")
_QUOTED = re.compile(r'"[^"\n]{1,300}"|\u201c[^\u201c\u201d\n]{1,300}\u201d|`[^`\n]{1,200}`')
_FENCE = "```"
_ITEM = re.compile(r"[ \t]{0,20}(?:[-*\u2022+]|\d{1,3}[.)])[ \t]")
_LINE_ENDS = re.compile(r"[*_ \t]{0,8}\n")
_BREAKS = frozenset({"but", "however", "although", "though", "whereas", "because", "otherwise"})
_LONGEST_WORD = 40
_HEADING = 12


@dataclass(slots=True)
class Clause:
    """A clause, in words.

    Attributes:
        start: Where it begins in the text.
        end: Where it ends.
        words: Its words in lower case; numbers, names of files and the like are empty words.
        quoted: Numbers of the words that stand in quotation marks or in code.
        question: Whether it is asked, not said.
        heading: The last words of the line that introduces the list that this is an item of.
    """

    start: int
    end: int = 0
    words: list[str] = field(default_factory=list)
    quoted: set[int] = field(default_factory=set)
    question: bool = False
    heading: tuple[str, ...] = ()


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of ``text`` that have words, in order."""
    quoted, headings = _Spans(text), _Headings(text)
    clause = Clause(0)
    for piece in _PIECE.finditer(text):
        if piece[1] is None:
            if not _ends(text, piece):
                continue
            clause.question = "?" in piece[0]
            headings.pass_by(piece, clause)
            if clause.words:
                yield clause
            clause = Clause(piece.end(), heading=headings.above())
            continue
        at, word = piece.start(), _plain(piece[1])
        if clause.words and (word in _BREAKS or len(clause.words) >= MAX_WORDS):
            yield clause
            clause = Clause(at, heading=clause.heading)
        if not clause.words:
            clause.start = at
        if quoted.hold(at):
            clause.quoted.add(len(clause.words))
        clause.words.append(word)
        clause.end = piece.end()
    if clause.words:
        yield clause


def _ends(text: str, piece: re.Match[str]) -> bool:
    """Whether a mark ends a clause: those in ``.env``, ``key:value`` and ``https://`` do not."""
    after = text[piece.end() : piece.end() + 1]
    return piece[0][0] == "\n" or not (after.isalnum() or after == "/")


def _plain(word: str) -> str:
    """The word in lower case; empty where it is no word of a language."""
    if len(word) > _LONGEST_WORD:
        return ""
    word = word.lower()
    if word.isalpha():
        return word
    word = word.replace("\u2019", "'")
    return word if word.replace("'", "").replace("-", "").isalpha() else ""


class _Headings:
    """What stands above: before a colon in the line, and above the list that the line is in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._list: tuple[str, ...] = ()
        self._line: tuple[str, ...] = ()
        self._in_item = _ITEM.match(text) is not None

    def above(self) -> tuple[str, ...]:
        return self._list + self._line

    def pass_by(self, piece: re.Match[str], clause: Clause) -> None:
        """Takes note of the mark that ends ``clause``."""
        if piece[0] == ":":
            words = tuple(clause.words[-_HEADING:])
            if _LINE_ENDS.match(self._text, piece.end()):
                outer = self._list if self._in_item else ()
                self._list = (*outer, *words)[-2 * _HEADING :]
            else:
                self._line = words
        elif piece[0][0] == "\n":
            self._in_item = _ITEM.match(self._text, piece.end()) is not None
            self._list = self._list if self._in_item else ()
            self._line = ()


class _Spans:
    """What is quoted. To be asked for places in rising order."""

    def __init__(self, text: str) -> None:
        spans = sorted([*_fenced(text), *(found.span() for found in _QUOTED.finditer(text))])
        self._spans = iter(spans)
        self._span = next(self._spans, None)

    def hold(self, place: int) -> bool:
        while self._span is not None and self._span[1] <= place:
            self._span = next(self._spans, None)
        return self._span is not None and self._span[0] <= place


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    """Blocks of code. One that is never closed is none."""
    opened = text.find(_FENCE)
    while opened >= 0:
        closed = text.find(_FENCE, opened + len(_FENCE))
        if closed < 0:
            return
        yield opened, closed
        opened = text.find(_FENCE, closed + len(_FENCE))
