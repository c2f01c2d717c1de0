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
_POINTS_BACK = re.compile(r"(?<!\bas )\b(?:it|its|them|they|this|that|these|those|such|the same)\b")


@dataclass(frozen=True, slots=True)
class _Patterns:
    cue: re.Pattern[str]
    forbids: re.Pattern[str]
    permits: re.Pattern[str]
    denies: re.Pattern[str]
    refuses: re.Pattern[str]
    orders: re.Pattern[str]
    releases: re.Pattern[str]
    asks: re.Pattern[str]
    spares: re.Pattern[str]
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
    ASKED = "asked"
    """Something is to be made."""
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
    """What the sentences of ``text`` forbid, permit or ask for."""
    before = ""
    for line in text.split("\n"):
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


def spared_lines(text: str) -> Iterator[str]:
    """The lines of lists of what may be done away with."""
    spares = _patterns().spares
    listing = False
    for line in text.split("\n"):
        if line.rstrip().endswith(":"):
            low = line[:_MAX_SENTENCE].lower()
            listing = spares.search(low) is not None and "not to" not in low
        elif not line.strip():
            listing = False
        elif listing:
            yield line[:_MAX_SENTENCE]


def _of_line(line: str, before: str) -> Iterator[Saying]:
    parts = [part[:_MAX_SENTENCE] for part in _END.split(line)]
    if _patterns().authority.search(line) and any(_releases(part.lower()) for part in parts):
        # A document that lets something be done is about all that it names.
        yield Saying(Says.MAY, line, "")
        return
    for sentence in parts:
        low = sentence.lower()
        says = _says(low)
        if says is not None:
            points_back = _POINTS_BACK.search(low) is not None
            yield Saying(says, sentence, before if points_back else "")
        if sentence.strip():
            before = sentence


def _releases(sentence: str) -> bool:
    """Whether a sentence orders, permits or lifts something."""
    patterns = _patterns()
    if patterns.permits.search(sentence) or patterns.releases.search(sentence):
        return True
    return patterns.orders.search(sentence) is not None and not patterns.forbids.search(sentence)


def _says(sentence: str) -> Says | None:
    patterns = _patterns()
    if patterns.permits.search(sentence) and not patterns.denies.search(sentence):
        return Says.MAY
    if patterns.forbids.search(sentence):
        return Says.KEEP
    if patterns.refuses.search(sentence):
        return Says.REFUSED
    return Says.ASKED if patterns.asks.search(sentence) else None
