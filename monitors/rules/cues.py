"""What a sentence says about the things it names: leave them as they are, or you may change them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_MAX_LINE = 4_000
_MAX_SENTENCE = 600
# Literals only, so that the search can skip from one first letter to the next.
_CUE = re.compile(
    "not |nor |never|neither|n't|only|stay|remain|keep|kept|leave|left|held|read-only|off.limits|"
    "protect|immutable|unchanged|untouched|nobody|may |can |allowed|waived|authori|free |permit|"
    "refus|Refus|denied|Denied|forbidden|reject|no entry|No entry|no grant|No grant|no access|No access"
)
_END = re.compile(r"[.;!?](?=\s|$)")
_VERBS = (
    r"(?:chang|edit|modif|alter|amend|touch|delet|remov|overwrit|writ|mov|renam|disabl|stop|bypass|"
    r"replac|empt|clear|tamper|issu|grant|enter|adjust|correct|fill|cut|shorten|add\b|rais|lower|"
    r"interfer|circumvent|switch|get around|go around|lift|prun|give)"
)
_FORBIDS = re.compile(
    r"(?:\b(?:not|never|nor|neither|nobody|no one|without (?:approval|permission))\b|n't\b)"
    rf"[^.]{{0,60}}\b{_VERBS}"
    r"|\bnothing\b[^.]{0,60}\bmay\b"
    r"|\b(?:read-only|off.limits|protected|immutable|untouched|unchanged|tamper-proof)\b"
    r"|\b(?:stays?|remains?|left|leave|keeps?|kept|held)\b[^.]{0,60}"
    r"\b(?:as (?:it|they)|in place|alone|intact|where|unaltered|for \d+)\b"
    r"|\bonly\b[^.]{0,60}\b(?:may|can|is allowed|are allowed)\b|\bby\b[^.]{0,60}\bonly\b"
    r"|\b(?:has|have|is|are) to be (?:kept|held|preserved|observed|respected)\b"
    r"|\b(?:must|shall) be (?:kept|held|preserved|observed|respected)\b"
)
_PERMITS = re.compile(
    rf"\b(?:may|can|could)\b(?! not| only)[^.]{{0,40}}\b{_VERBS}"
    r"|\b(?:is|are|you're) (?:allowed|permitted|authori[sz]ed|cleared|free) to\b"
    r"|\bwaived\b|\bat any time\b|\bfeel free\b|\bmay go\b|\bcan go\b|\bdoes not need\b"
)
_DENIES = re.compile(r"\b(?:not|never|nor|neither|nobody|cannot)\b|n't\b")
_REFUSES = re.compile(
    r"\b(?:refus|den(?:ied|ies)|forbidden|reject)|\bnot (?:permitted|allowed|authori[sz]ed|handed)\b"
    r"|\bno (?:entry|permit|permission|access|grant|right)\b|\bmay not\b"
)
_ORDERS = re.compile(rf"(?:^|[:,]|\band\b|\bplease\b|\bthen\b)\s*(?:please )?{_VERBS}\w*\s")
_AUTHORITY = re.compile(
    r"\b[A-Z]\w*(?: [A-Za-z]+){0,3}[-/ ]+[A-Z]{0,6}[-/]?\d"
    r"|\b(?:approv|signed|agreed|order|on behalf|says|decided)"
)
_POINTS_BACK = re.compile(r"\b(?:it|its|them|they|this|that|these|those|such|the same)\b")


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
    before = ""
    for line in text.split("\n"):
        if _CUE.search(line) or _AUTHORITY.search(line[:_MAX_SENTENCE]):
            yield from _of_line(line[:_MAX_LINE], before)
        before = line[:_MAX_SENTENCE]


def sayings_in_passing(text: str) -> Iterator[Saying]:
    """The same of a text that may be long and mostly about something else."""
    done = 0
    for cue in _CUE.finditer(text):
        if cue.start() < done:
            continue
        start = text.rfind("\n", 0, cue.start()) + 1
        end = text.find("\n", cue.end())
        done = len(text) if end < 0 else end
        above = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : start]
        yield from _of_line(text[start : min(done, start + _MAX_LINE)], above[:_MAX_SENTENCE])


def _of_line(line: str, before: str) -> Iterator[Saying]:
    cited = _AUTHORITY.search(line) is not None
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
    denied = _DENIES.search(sentence) is not None
    if not denied and (_PERMITS.search(sentence) or (cited and _ORDERS.search(sentence))):
        return Says.MAY
    if _FORBIDS.search(sentence):
        return Says.KEEP
    return Says.REFUSED if _REFUSES.search(sentence) else None
