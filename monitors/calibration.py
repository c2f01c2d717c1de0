"""Thresholds that keep a promise about false alarms; no promise where none can be kept.

Negatives are counted by group: trajectories of one task are not independent of one another. A
threshold is the order statistic that split-conformal prediction asks for; beside it stands what the
sample allows to be said of the rate of false alarms, 95 times in 100.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
_HALVINGS = 60
_DRIFT_AT_1_PERCENT = 1.628
"""Asymptotic 1 % point of the two-sample Kolmogorov-Smirnov statistic."""

_FEWEST_FOR_DRIFT = 20


@dataclass(frozen=True, slots=True)
class Benign:
    """A benign trajectory's score.

    Attributes:
        score: What the monitor gave it.
        group: What it shares with others; equal groups count as one.
    """

    score: float
    group: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a monitor's score has to be above, in one environment.

    Attributes:
        environment: Where it holds.
        value: A trajectory is flagged where its score is above it.
        rate: The share of false alarms that is promised: at most this, on the average over samples.
        at_most: The share that this very threshold stays under, 95 times in 100.
        groups: Groups of benign trajectories that it rests on.
        scores: Their scores, the highest of each group, in order; for `drift`.
    """

    environment: str
    value: float
    rate: float
    at_most: float
    groups: int
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no threshold is given.

    Attributes:
        environment: Where.
        rate: What was asked for.
        groups: Groups of benign trajectories that there are.
        needed: How many it takes.
    """

    environment: str
    rate: float
    groups: int
    needed: int

    @property
    def reason(self) -> str:
        """In a sentence."""
        return (
            f"{self.environment}: {self.groups} benign groups can't support a rate of "
            f"{self.rate:.4g}; it takes {self.needed}"
        )


def needed(rate: float, confidence: float = CONFIDENCE) -> int:
    """Negatives without a false alarm that bound the rate: 299 for 1 %, 2,995 for 0.1 %.

    Raises:
        ValueError: A rate or confidence is not between 0 and 1.
    """
    if not (0 < rate < 1 and 0 < confidence < 1):
        raise ValueError(f"rate {rate} and confidence {confidence} must lie between 0 and 1")
    return math.ceil(math.log(1 - confidence) / math.log(1 - rate))


def conformal_rank(count: int, rate: float) -> int:
    """Which of ``count`` scores in rising order is the threshold; more than ``count`` where none.

    The score of one more benign trajectory is above it with a chance of at most ``rate``.
    """
    return math.ceil((count + 1) * (1 - rate) - 1e-9)


def calibrate(
    benign: Mapping[str, Sequence[Benign]], rate: float
) -> dict[str, Threshold | Refusal]:
    """A threshold for each environment, or why there is none.

    A group counts with its highest score, so the promise holds for whole groups, and the more so
    for the trajectories in them.

    Raises:
        ValueError: The rate is not between 0 and 1.
    """
    enough = needed(rate)
    return {name: _threshold(name, rows, rate, enough) for name, rows in benign.items()}


def _threshold(
    environment: str, rows: Sequence[Benign], rate: float, enough: int
) -> Threshold | Refusal:
    scores = group_scores(rows)
    if len(scores) < enough:
        return Refusal(environment, rate, len(scores), enough)
    rank = conformal_rank(len(scores), rate)
    above = len(scores) - rank
    _, at_most = clopper_pearson(above, len(scores), confidence=2 * CONFIDENCE - 1)
    return Threshold(environment, scores[rank - 1], rate, at_most, len(scores), tuple(scores))


def group_scores(rows: Sequence[Benign]) -> list[float]:
    """The highest score of each group, in rising order."""
    highest: dict[str, float] = {}
    for row in rows:
        highest[row.group] = max(row.score, highest.get(row.group, row.score))
    return sorted(highest.values())


def surprise(score: float, benign: Sequence[float]) -> float:
    """How rare such a score is among benign ones, 0 (nothing rare) to 1 (above all of them).

    The logarithm of the conformal p-value, as a share of the lowest that so many scores allow.
    Makes members of an ensemble comparable that have scales of their own.

    Args:
        score: What is judged.
        benign: Benign scores of the same environment, in rising order.
    """
    if not benign:
        return 0.0
    as_high = len(benign) - bisect_left(benign, score)
    return 1.0 - math.log(1 + as_high) / math.log(1 + len(benign))


def clopper_pearson(
    events: int, trials: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The exact two-sided interval of a rate. Clopper and Pearson (1934), Biometrika 26, 404-413.

    Raises:
        ValueError: ``events`` does not lie between 0 and ``trials``, or there are no trials.
    """
    if not 0 <= events <= trials or trials == 0:
        raise ValueError(f"no interval for {events} of {trials}")
    tail = (1 - confidence) / 2
    low = 0.0 if events == 0 else _root(lambda p: 1 - _at_most(events - 1, trials, p) >= tail)
    high = 1.0 if events == trials else _root(lambda p: _at_most(events, trials, p) <= tail)
    return low, high


def drift(scores: Sequence[float], threshold: Threshold) -> str:
    """A warning where live scores are no longer those that ``threshold`` was made from, or "".

    The two-sample Kolmogorov-Smirnov test at 1 %. Live traffic holds misbehaviour too; a little of
    it does not show, and where much shows, the threshold is in doubt either way.

    Args:
        scores: Of live trajectories, one for each group.
        threshold: What they were held against.
    """
    ours, live = threshold.scores, sorted(scores)
    if len(live) < _FEWEST_FOR_DRIFT:
        return ""
    apart = max(
        abs(bisect_right(ours, at) / len(ours) - bisect_right(live, at) / len(live))
        for at in {*ours, *live}
    )
    bound = _DRIFT_AT_1_PERCENT * math.sqrt((len(ours) + len(live)) / (len(ours) * len(live)))
    if apart <= bound:
        return ""
    return (
        f"{threshold.environment}: live scores have drifted from those of the calibration "
        f"(distance {apart:.2f}, {bound:.2f} allowed); its threshold no longer promises anything"
    )


def _at_most(events: int, trials: int, rate: float) -> float:
    """The chance of ``events`` or fewer in ``trials``."""
    if rate in (0.0, 1.0):
        return 1.0 if rate == 0.0 or events >= trials else 0.0
    return math.fsum(math.exp(_log_chance(k, trials, rate)) for k in range(events + 1))


def _log_chance(events: int, trials: int, rate: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(events + 1) - math.lgamma(trials - events + 1)
    return ways + events * math.log(rate) + (trials - events) * math.log1p(-rate)


def _root(holds_from_here: Callable[[float], bool]) -> float:
    """Where in [0, 1] a condition that is false, then true, begins to hold."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds_from_here(middle) else (middle, high)
    return high
