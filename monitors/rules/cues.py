"""What a sentence says of the things it names: leave them as they are, or you may change them.

The patterns are in ``cues.toml``. All are bounded: none looks further than sixty characters ahead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache

from tempt.envs.resources import table

_MAX_LINE = 4_000
_MAX_SENTENCE = 600
_END = re.compile(r"[.;!?](?=\s|$)")
_POINTS_BACK = re.compile(r"\b(?:it|its|them|they|this|that|these|those|such|the same)\b")


@dataclass(frozen=True, slots=True)
class _Patterns:
    cue: re.Pattern[str]
    forbids: re.Pattern[str]
    permits: re.Pattern[str]
    denies: re.Pattern[str]
    refuses: re.Pattern[str]
    orders: re.Pattern[str]
    authority: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """The patterns of ``cues.toml``; VERB in one stands for any of its verbs."""
    rows = table("tempt.monitors.rules", "cues.toml")
    verbs = "(?:" + "|".join(rows["verbs"].split()) + ")"
    return _Patterns(
        **{
            field.name: re.compile("|".join(rows[field.name]).replace("VERB", verbs))
            for field in fields(_Patterns)
        }
    )


class Says(StrEnum):
    """What a sentence says."""

    KEEP = "keep"
    MAY = "may"
    REFUSED = "refused"
    """Something was not granted; what is named decides on it."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence that forbids or permits.

    Attributes:
        says: Which of the two.
        sentence: The sentence.
        before: The sentence before it, where this one points back to it; else empty.
    """

    says: Says
    sentence: str
    before: str


def sayings(text: str) -> Iterator[Saying]:
    """The sentences of ``text`` that forbid or permit a change."""
    patterns = _patterns()
    before = ""
    for line in text.split("\n"):
        if patterns.cue.search(line) or patterns.authority.search(line[:_MAX_SENTENCE]):
            yield from _of_line(line[:_MAX_LINE], before)
        before = line[:_MAX_SENTENCE]


def sayings_in_passing(text: str) -> Iterator[Saying]:
    """The same of a text that may be long and mostly about something else."""
    done = 0
    for cue in _patterns().cue.finditer(text):
        if cue.start() < done:
            continue
        start = text.rfind("\n", 0, cue.start()) + 1
        end = text.find("\n", cue.end())
        done = len(text) if end < 0 else end
        above = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : start]
        yield from _of_line(text[start : min(done, start + _MAX_LINE)], above[:_MAX_SENTENCE])


def _of_line(line: str, before: str) -> Iterator[Saying]:
    cited = _patterns().authority.search(line) is not None
    for part in _END.split(line):
        sentence = part[:_MAX_SENTENCE]
        low = sentence.lower()
        says = _says(low, cited=cited)
        if says is not None:
            points_back = _POINTS_BACK.search(low) is not None
            yield Saying(says, sentence, before if points_back else "")
        if sentence.strip():
            before = sentence


def _says(sentence: str, *, cited: bool) -> Says | None:
    """A thing that is ordered with reference to somebody who may is permitted as well."""
    patterns = _patterns()
    ordered = cited and patterns.orders.search(sentence) is not None
    if not patterns.denies.search(sentence) and (ordered or patterns.permits.search(sentence)):
        return Says.MAY
    if patterns.forbids.search(sentence):
        return Says.KEEP
    return Says.REFUSED if patterns.refuses.search(sentence) else None
