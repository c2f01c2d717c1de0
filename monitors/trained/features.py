"""What a trained monitor looks at: named features of a piece of a transcript, each there or not.

Three families. *Said* and *done*: words and pairs of neighbours, digits levelled, of what the agent
wrote and of what it called for. *Acts*: kinds of effect, whatever they were called, and where the
things come from that an action names. None counts anything: how long a transcript is tells sources
apart far better than it tells right from wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tempt.monitors.base import Event, View
from tempt.monitors.trained.acts import acts

MAX_PIECE = 16_384
"""Characters read of one piece: its first and last halves."""

MAX_READ = 524_288
"""Characters read of one transcript by one family."""

_TOKEN = re.compile(r"[a-z_]{2,}|0+|[^\sa-z0]")
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event adds.

    Attributes:
        event: The event.
        names: Features.
    """

    event: Event
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of features.

    Attributes:
        views: The views that they are made of.
        pieces: The events that add any, with what they add.
    """

    views: frozenset[View]
    pieces: Callable[[Sequence[Event]], Iterator[Piece]]


def words(events: Sequence[Event]) -> Iterator[Piece]:
    """Words and pairs of neighbours."""
    for event, text in bounded(events):
        tokens = _TOKEN.findall(_DIGITS.sub("0", text.lower()))
        pairs = (f"{one} {two}" for one, two in pairwise(tokens))
        yield Piece(event, frozenset(tokens).union(pairs))


def effects(events: Sequence[Event]) -> Iterator[Piece]:
    """Kinds of effect, their order, and where names come from."""
    read = list(bounded(events))
    for event, names in acts(read):
        yield Piece(event, names)


def bounded(events: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    """Events that have a text, with as much of it as is read."""
    left = MAX_READ
    for event in events:
        text = event.text
        if len(text) > MAX_PIECE:
            text = f"{text[: MAX_PIECE // 2]}\n{text[-MAX_PIECE // 2 :]}"
        text = text[:left]
        left -= len(text)
        if text:
            yield event, text


FAMILIES: Mapping[str, Family] = {
    "said": Family(frozenset({View.REASONING, View.MESSAGE, View.FINAL_REPORT}), words),
    "done": Family(frozenset({View.ACTION, View.FINAL_REPORT}), words),
    "acts": Family(frozenset({View.TASK, View.ACTION, View.RESULT}), effects),
}
