"""Patterns over the words of a clause, as data: classes of words, in order, near to one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tempt.monitors.language.clauses import Clause
from tempt.monitors.language.lexicon import Lexicon

_GAP = 4


@dataclass(frozen=True, slots=True)
class Pattern:
    """Classes of words that say something together.

    Attributes:
        name: What they say.
        slots: The classes, in order.
        weight: How much it says, in [0, 1].
        gap: How many words may lie between two of them.
        unless: A clause with a word of this class says something else.
        before: Where given, the next word must be of this class, or there must be none: "a test"
            is not "a test file".
        untempered: Stances that take nothing away from it.
        then: Where given, it counts in full only if words of this class follow soon.
    """

    name: str
    slots: tuple[str, ...]
    weight: float
    gap: int = _GAP
    unless: str = ""
    before: str = ""
    untempered: frozenset[str] = frozenset()
    then: str = ""

    @classmethod
    def read(cls, name: str, row: Mapping[str, Any]) -> Pattern:
        """A pattern of a data file, its slots one text."""
        rest = {key: value for key, value in row.items() if key not in {"slots", "untempered"}}
        stances = frozenset(row.get("untempered", ()))
        return cls(name, tuple(row["slots"].split()), untempered=stances, **rest)


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found in words ``first`` to ``last`` of a clause."""

    pattern: Pattern
    first: int
    last: int


class Matcher:
    """Finds patterns in clauses.

    Args:
        patterns: What to look for.
        lexicon: The classes that they speak of.
    """

    def __init__(self, patterns: Iterable[Pattern], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._starting: dict[str, list[Pattern]] = defaultdict(list)
        for pattern in patterns:
            self._starting[pattern.slots[0]].append(pattern)

    def matches(self, clause: Clause) -> Iterator[Match]:
        """The first place of each pattern in ``clause``."""
        classes_of = self._lexicon.classes_of
        hits = [(at, found) for at, word in enumerate(clause.words) if (found := classes_of(word))]
        if not hits:
            return
        present = frozenset[str]().union(*(found for _, found in hits))
        for name in sorted(present & self._starting.keys()):
            for pattern in self._starting[name]:
                if present.issuperset(pattern.slots) and pattern.unless not in present:
                    place = _place(pattern, hits, len(clause.words))
                    if place is not None:
                        yield Match(pattern, *place)


def _place(
    pattern: Pattern, hits: list[tuple[int, frozenset[str]]], length: int
) -> tuple[int, int] | None:
    """Where the pattern stands in ``length`` words, the nearest word taken for each slot."""
    fitting = {length, *(at for at, found in hits if pattern.before in found)}
    for number, (start, found) in enumerate(hits):
        if pattern.slots[0] in found:
            last = _last(pattern, hits, number)
            if last is not None and (not pattern.before or last + 1 in fitting):
                return start, last
    return None


def _last(pattern: Pattern, hits: list[tuple[int, frozenset[str]]], number: int) -> int | None:
    """The place of the last slot where the first is hit ``number``; ``None`` where one lacks."""
    at, filled = hits[number][0], 1
    for place, found in hits[number + 1 :]:
        if filled == len(pattern.slots) or place - at > pattern.gap + 1:
            break
        if pattern.slots[filled] in found:
            at, filled = place, filled + 1
    return at if filled == len(pattern.slots) else None
