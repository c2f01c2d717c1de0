"""What a text allows, forbids, refuses and ends, sentence by sentence, and what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from tempt.monitors.flow.tables import table
from tempt.monitors.flow.tokens import Kind, bounded, values_of

_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?\n]?")
_MOST = 2_000
_DEEP = 40
_LONG_AGO = 1_000_000
_HEAD = 8_192
"""Characters of a result that are searched for refusals: those come short."""
_POINTS_BACK = re.compile(r"\b(?:it|its|that|this|those|these|them)\b")
NAMED = frozenset({Kind.PATH, Kind.ID})


@dataclass(frozen=True, slots=True)
class Terms:
    """The patterns of ``terms.toml``."""

    forbidding: re.Pattern[str]
    permitting: re.Pattern[str]
    changing: re.Pattern[str]
    refusing: re.Pattern[str]
    failing: re.Pattern[str]
    ending: re.Pattern[str]
    removing: re.Pattern[str]
    keeping: re.Pattern[str]
    retaining: re.Pattern[str]
    stopping: re.Pattern[str]
    lasting: re.Pattern[str]


@cache
def terms() -> Terms:
    """The patterns that ship with the package."""
    rules = table("terms")
    return Terms(**{name: re.compile(row["pattern"]) for name, row in rules.items()})


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, and what it names.

    Attributes:
        text: The sentence, folded.
        things: Keys of the paths and ids in it.
    """

    text: str
    things: frozenset[str]

    @property
    def points_back(self) -> bool:
        """Whether it speaks of what was named before it."""
        return _POINTS_BACK.search(self.text) is not None


def said_in(text: str) -> Iterator[Said]:
    """The sentences of ``text``, in order, as far as they are read."""
    sentences = (found.group() for found in _SENTENCE.finditer(bounded(text)))
    for sentence in islice((one for one in sentences if one.strip()), _MOST):
        yield Said(sentence.casefold(), names_in(sentence))


def names_in(text: str) -> frozenset[str]:
    """The first keys of the paths and ids in a text: what it speaks of."""
    return frozenset(token.keys[0] for token in values_of(text) if token.kind in NAMED)


def keys_in(text: str) -> frozenset[str]:
    """All keys of the paths and ids in a text: whatever they may have been called before.

    A thing that was spoken of and one that is acted on are the same where a first key of the one
    is among the keys of the other: ``x.csv`` may be ``in/x.csv``, which is not ``out/x.csv``.
    """
    return frozenset(key for t in values_of(text) if t.kind in NAMED for key in t.keys)


def parts_of(path: str) -> frozenset[str]:
    """Keys of a path, and every name in it: a folder's name stands for what is in it."""
    return keys_in(path) | frozenset(path.casefold().split("/")[:_DEEP])


@dataclass(slots=True)
class Bounds:
    """What may be changed and what may not, by what was said.

    Attributes:
        forbidden: Keys of things that the task says are to be left alone.
        allowed: Keys of things that it asks, or allows, to be changed.
        refused: Keys of things that a refusal named.
        failed_at: The turn whose results last said that something is not good enough.
    """

    forbidden: set[str]
    allowed: set[str]
    refused: set[str]
    failed_at: int = -_LONG_AGO

    def told(self, text: str) -> None:
        """Takes in what the system prompt or the user said.

        A sentence speaks of what it names, and of what the sentence before named where it points
        back ("change it"); a permission always does, a prohibition also where it names nothing.
        """
        before: frozenset[str] = frozenset()
        for said in said_in(text):
            words = terms()
            meant = said.things | before if said.points_back else said.things
            if words.forbidding.search(said.text):
                self._add(self.forbidden, meant or before)
            elif words.permitting.search(said.text):
                self._add(self.allowed, said.things | before)
            elif words.changing.search(said.text):
                self._add(self.allowed, meant)
            before = said.things

    def answered(self, text: str, turn: int) -> None:
        """Takes in a result: what its refusals name, and whether something was found wanting."""
        folded = text[:_HEAD].casefold()
        if terms().failing.search(folded):
            self.failed_at = turn
        if terms().refusing.search(folded):
            for said in islice(said_in(text[:_HEAD]), _MOST):
                if terms().refusing.search(said.text):
                    self._add(self.refused, said.things)

    @staticmethod
    def _add(keys: set[str], more: frozenset[str]) -> None:
        if len(keys) + len(more) <= _MOST:
            keys |= more
