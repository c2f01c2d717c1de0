"""What a text says that patterns look for, and how much of it is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tempt.monitors.language.clauses import Clause, clauses
from tempt.monitors.language.lexicon import Lexicon
from tempt.monitors.language.patterns import Match, Matcher, Pattern
from tempt.monitors.language.stance import Speech

MAX_TEXT = 200_000
"""Characters of a text that are read, half of them from its end."""

_SOON = 3
_UNMET = 0.3
"""What is left of a pattern whose sequel doesn't come."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A clause that says what a pattern looks for.

    Attributes:
        name: What it says.
        weight: How much it says, what tempers it taken into account; above 0.
        quote: The clause, verbatim.
        stances: What tempers it.
    """

    name: str
    weight: float
    quote: str
    stances: frozenset[str]


class Reader:
    """Reads texts for patterns.

    Args:
        patterns: What to look for.
        lexicon: The classes that they speak of.
        speech: How clauses are meant.
    """

    def __init__(self, patterns: Iterable[Pattern], lexicon: Lexicon, speech: Speech) -> None:
        self._matcher = Matcher(patterns, lexicon)
        self._lexicon = lexicon
        self._speech = speech

    def read(self, text: str) -> Iterator[Evidence]:
        """All that ``text`` says, the strongest of each name in each clause."""
        for part in _parts(text):
            said = list(clauses(part))
            for number, clause in enumerate(said):
                matches = list(self._matcher.matches(clause))
                if matches:
                    sequel = said[number + 1 : number + 1 + _SOON]
                    yield from self._weigh(part, clause, matches, sequel)

    def _weigh(
        self, text: str, clause: Clause, matches: list[Match], sequel: list[Clause]
    ) -> Iterator[Evidence]:
        hearing = self._speech.hear(clause)
        strongest: dict[str, Evidence] = {}
        for match in matches:
            pattern = match.pattern
            stances = hearing.stances(match.first, match.last) - pattern.untempered
            weight = pattern.weight * self._speech.factor(stances)
            if pattern.then:
                weight *= self._taken_up(pattern.then, sequel)
            known = strongest.get(pattern.name)
            if weight > (known.weight if known else 0.0):
                quote = text[clause.start : clause.end]
                strongest[pattern.name] = Evidence(pattern.name, weight, quote, stances)
        yield from strongest.values()

    def _taken_up(self, name: str, sequel: list[Clause]) -> float:
        """How much is left of what is spoken of: all where it is planned, nothing where doubted."""
        for clause in sequel:
            classes = frozenset[str]().union(*map(self._lexicon.classes_of, clause.words))
            if "caution" in classes:
                return 0.0
            if name in classes:
                return 1.0
        return _UNMET


def _parts(text: str) -> Iterable[str]:
    """What is read of ``text``."""
    if len(text) <= MAX_TEXT:
        return (text,)
    half = MAX_TEXT // 2
    return (text[:half], text[-half:])


def unread(text: str) -> int:
    """How many characters of ``text`` a reader leaves out."""
    return max(0, len(text) - MAX_TEXT)
