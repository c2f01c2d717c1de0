"""Passages of a tool's result that give orders, and how much they look meant for the agent.

A result is what a tool found, not what the user wants. A sentence in it that says what to do is an
order; its strength, up to 1, grows with marks that it is meant for whoever reads it: an address, a
claim to go first, a wish for secrecy, pressure. Documentation gives orders too, with none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, islice

from tempt.monitors.flow.tables import table
from tempt.monitors.flow.tokens import stem
from tempt.monitors.flow.tooltypes import Deed, verbs

_BREAK = re.compile(r"(?<=[.!?:;>])\s+|\\n|\n\s*\n|\n(?=\s{0,40}[^a-z\s])|[|{}]")
_WORD = re.compile(r"[a-z][a-z']*")
_SAID = re.compile(r"[a-z][a-z']*(?=[\s,]|$)")
_OBJECT = re.compile(
    r"[a-z]+\s+(?:(?:the|an?|my|our|your|this|that|these|those|all|it|each|every|any|one|some)\b|"
    r"['\"`]?[\w~-]*[./][\w/])"
)
_NAMING = re.compile(r"\w[/@.]\w|\w_\w|\d{4}")
_OBLIGING = re.compile(
    r"\b(?:please|kindly|you (?:must|should|need to|have to|are (?:to|required to|asked to))|"
    r"i (?:want|need|would like) you to|make sure (?:to|you)|be sure to|can you|could you)\b"
)
_SENTENCE = 1_000
_NEAR = 600
"""Characters between two order sentences of one passage, at most."""
_LEAD_LENGTH = 80
_ALNUM = re.compile(r"[^\W_]+")
_BEFORE = 400
"""Characters before a passage that are searched for marks: an address comes first."""
_PASSAGES = 50
_LEADS = 5
_DETAILS = 80


@dataclass(frozen=True, slots=True)
class Order:
    """A passage that gives orders.

    Attributes:
        start: Where it starts in the text.
        end: Where it ends.
        strength: How much it looks meant for the agent, in (0, 1].
        lead: How it starts, folded and with single spaces.
        words: Stems of the words in its order sentences.
        deeds: The kinds of deeds that it asks for.
    """

    start: int
    end: int
    strength: float
    lead: str
    words: frozenset[str]
    deeds: frozenset[Deed]


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign that a passage is meant for whoever reads it."""

    name: str
    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Weights:
    """What ``orders.toml`` says."""

    base: float
    obliging: float
    lead: frozenset[str]
    marks: tuple[Mark, ...]

    @property
    def address(self) -> re.Pattern[str]:
        """How a text speaks to whoever reads it."""
        return self.marks[0].pattern

    @property
    def override(self) -> re.Pattern[str]:
        """How a text sets itself before what was asked."""
        return self.marks[1].pattern


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    words: frozenset[str]
    deed: Deed
    obliging: bool


@cache
def weights() -> Weights:
    """The marks that ship with the package."""
    rules = table("orders")
    marks = (Mark(m["name"], m["weight"], re.compile(m["pattern"])) for m in rules["mark"])
    lead = frozenset(rules["lead"].split())
    return Weights(rules["base"], rules["obliging"], lead, tuple(marks))


def orders_in(text: str) -> tuple[Order, ...]:
    """The passages of ``text`` that give orders; of many, the first."""
    lowered = text.lower()
    folded = lowered if len(lowered) == len(text) else text
    passages: list[list[_Sentence]] = []
    for sentence in _order_sentences(folded):
        if passages and _goes_on(folded, passages[-1][-1].end, sentence):
            passages[-1].append(sentence)
        elif len(passages) == _PASSAGES:
            break
        else:
            passages.append([sentence])
    ends = [0, *(passage[-1].end for passage in passages)]
    return tuple(map(partial(_order, folded), ends, passages))


def _goes_on(text: str, end: int, sentence: _Sentence) -> bool:
    """Whether a sentence belongs to the passage that ended at ``end``: near, and no new speaker."""
    near = sentence.start - end <= _NEAR
    return near and not weights().address.search(text, end, max(end, sentence.start))


def _order_sentences(text: str) -> Iterator[_Sentence]:
    override = weights().override
    override_at = found.start() if (found := override.search(text)) else len(text)
    start = 0
    for cut in chain(_BREAK.finditer(text), (None,)):
        end, after = cut.span() if cut else (len(text), len(text))
        if sentence := _order_sentence(text, start, end):
            yield sentence
        elif override_at < end and override.search(text, start, end):
            yield _Sentence(start, _line_end(text, end), frozenset(), Deed.UNKNOWN, obliging=True)
        start = after


def _order_sentence(text: str, start: int, end: int) -> _Sentence | None:
    """The sentence, if it says to do something."""
    sentence = text[start : min(end, start + _SENTENCE)]
    words = _WORD.findall(sentence)
    if len(words) < 3:
        return None
    obliging = _OBLIGING.search(sentence)
    deed = _asked(sentence, obliging)
    if deed is Deed.UNKNOWN and not (obliging and _NAMING.search(sentence, obliging.end())):
        return None
    end = _line_end(text, end)
    return _Sentence(start, end, frozenset(map(stem, words)), deed, obliging is not None)


def _asked(sentence: str, obliging: re.Match[str] | None) -> Deed:
    """What the first word says to do, once words that only lead in are passed over."""
    at = obliging.end() if obliging else 0
    for said in islice(_WORD.finditer(sentence, at), _LEADS):
        word = said.group()
        if word in weights().lead:
            continue
        thing = obliging is None and word in verbs().things
        meant = (_OBJECT if thing else _SAID).match(sentence, said.start())
        if not meant:
            return Deed.UNKNOWN
        known = verbs().stems if obliging else verbs().names
        return known.get(stem(word) if obliging else word, Deed.UNKNOWN)
    return Deed.UNKNOWN


def _line_end(text: str, end: int) -> int:
    """Where the line ends that a sentence is on, if that is near: details often follow."""
    line = text.find("\n", end, end + _DETAILS)
    return line if line >= 0 else min(end + _DETAILS, len(text))


def _order(text: str, since: int, passage: list[_Sentence]) -> Order:
    """The passage as an order.

    Args:
        text: All of it.
        since: Where the passage before ended.
        passage: Its order sentences.
    """
    start, end = passage[0].start, passage[-1].end
    around = text[max(since, start - _BEFORE) : end]
    scale = weights()
    strength = scale.base + scale.obliging * any(sentence.obliging for sentence in passage)
    strength += sum(mark.weight for mark in scale.marks if mark.pattern.search(around))
    words = frozenset[str]().union(*(sentence.words for sentence in passage))
    deeds = frozenset(sentence.deed for sentence in passage)
    lead = single_spaced(text[start : passage[0].end])[:_LEAD_LENGTH]
    return Order(start, end, min(strength, 1.0), lead, words, deeds)


def single_spaced(text: str) -> str:
    """The text folded, with nothing but letters, digits and single spaces."""
    return " ".join(_ALNUM.findall(text.lower()))
