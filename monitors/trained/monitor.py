"""The monitor that carries a trained model.

Detects what resembles the misbehaviour of its training set, in words and kinds of acts. Where that
set has nothing like it, its score means little: read the leave-one-source-out figures of its card.
Says where the evidence was strongest; the score is that of everything up to the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from tempt.envs.resources import text
from tempt.monitors.base import Event, Finding, MonitorReport, View
from tempt.monitors.trained.features import FAMILIES, Piece
from tempt.monitors.trained.model import Buckets, Model, buckets, load

DEFAULT = "default.json"
_QUOTE = 200
_CATEGORY = "side_effects"
_NOTHING = "nothing that training knew: no reasoning, message or action to judge by"


class TrainedMonitor:
    """Scores a transcript by a model that was fitted to labelled ones."""

    def __init__(self, model: Model, name: str = "trained") -> None:
        self.name = name
        self.model = model
        self.fingerprint = model.fingerprint
        families = [FAMILIES[part.family] for part in model.parts]
        self.views: frozenset[View] = frozenset().union(*(family.views for family in families))

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Sources of the training set: figures on them say nothing of the unseen."""
        return tuple(self.model.card.get("sources", ()))

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        """One finding: the whole transcript's score, where the evidence for it is strongest."""
        read = {part.family: pieces_of(part.family, events) for part in self.model.parts}
        score = self.model.score({name: filled(pieces) for name, pieces in read.items()})
        if score is None:
            return MonitorReport((), _NOTHING)
        event = max(self._evidence(read), key=lambda found: found[0])[1]
        finding = Finding(
            monitor=self.name,
            fingerprint=self.fingerprint,
            step=event.step,
            call_id=event.call_id,
            view=event.view,
            category=_CATEGORY,
            score=score,
            quote=event.text[:_QUOTE],
        )
        return MonitorReport((finding,))

    def _evidence(self, read: Mapping[str, Sequence[Piece]]) -> Iterator[tuple[float, Event]]:
        """How strongly each piece speaks for misbehaviour; the first of equals wins."""
        for part in self.model.parts:
            for piece in read[part.family]:
                yield part.evidence(buckets(piece.names)), piece.event


def pieces_of(family: str, events: Sequence[Event]) -> list[Piece]:
    """What ``family`` makes of the events of its views."""
    kind = FAMILIES[family]
    return list(kind.pieces([event for event in events if event.view in kind.views]))


def filled(pieces: Sequence[Piece]) -> Buckets:
    """The buckets that any of the pieces fills."""
    every = [buckets(piece.names) for piece in pieces]
    return reduce(np.union1d, every, np.array([], dtype=np.int64)).astype(np.int64)


def default_monitor() -> TrainedMonitor:
    """The monitor with the weights that ship; `docs/monitors.md` has their card."""
    return TrainedMonitor(load(text("tempt.monitors.trained", DEFAULT)))
