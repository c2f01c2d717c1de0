"""How sure a model was of its words: features of a message's tokens, with no claim about them.

The entropy of a place is that of the likeliest tokens that the provider gave, the rest taken as one
more. Shares of places with much of it have been linked to forks in reasoning; no figures are known
that tell misbehaviour by it, so nothing here is a monitor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tempt.envs.transcript import ModelTurn, TokenChance

FORK = 1.0
"""Entropy in bits from which a place counts as a fork: as even as a choice between two."""
_LAST = 8


@dataclass(frozen=True, slots=True)
class EntropyFeatures:
    """Of one message.

    Attributes:
        tokens: Number of its tokens.
        mean: Mean entropy of a place, in bits.
        highest: Highest entropy of a place, in bits.
        forks: Share of places with at least `FORK` bits.
        before_calls: Mean entropy of the last few places where calls follow; ``None`` otherwise.
        mean_logprob: Mean natural logarithm of the chances of the tokens that were chosen.
    """

    tokens: int
    mean: float
    highest: float
    forks: float
    before_calls: float | None
    mean_logprob: float


def entropy_features(turn: ModelTurn) -> EntropyFeatures | None:
    """The features of a turn's message; ``None`` where nothing is known of its tokens."""
    if not turn.chances:
        return None
    bits = [entropy(token) for token in turn.chances]
    return EntropyFeatures(
        tokens=len(bits),
        mean=fmean(bits),
        highest=max(bits),
        forks=sum(each >= FORK for each in bits) / len(bits),
        before_calls=fmean(bits[-_LAST:]) if turn.calls else None,
        mean_logprob=fmean(token.logprob for token in turn.chances),
    )


def entropy(token: TokenChance) -> float:
    """The entropy of a place in bits: at least what its known chances make."""
    known = [math.exp(min(chance, 0.0)) for _, chance in token.others]
    rest = max(0.0, 1.0 - sum(known))
    return _entropy([*known, rest])


def _entropy(chances: Sequence[float]) -> float:
    return -sum(chance * math.log2(chance) for chance in chances if chance > 0.0) + 0.0
