"""Intervals for rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

Z_95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""
_LEVEL = 0.95
_HALVINGS = 60


class Interval(NamedTuple):
    """A two-sided interval within [0, 1]."""

    low: float
    high: float


def wilson(events: float, trials: float, z: float = Z_95) -> Interval:
    """The Wilson score interval: for drawing, not for deciding.

    Its width is not zero at 0 or all events. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Raises:
        ValueError: ``events`` does not lie between 0 and ``trials``, or there are no trials.
            Neither need be whole: `clustered` has fewer effective trials than there were.
    """
    if not 0 <= events <= trials or trials == 0:
        raise ValueError(f"no interval for {events} of {trials}")
    rate = events / trials
    spread = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    centre = rate + z * z / (2 * trials)
    scale = 1 + z * z / trials
    low = 0.0 if events == 0 else (centre - spread) / scale
    high = 1.0 if events == trials else (centre + spread) / scale
    return Interval(low, high)


def clustered(groups: Sequence[tuple[int, int]]) -> Interval:
    """The 95 % Wilson interval of a rate whose trials come in clusters, such as those of one skin.

    The variance between clusters gives the design effect, by which the number of trials is divided.
    A variance told from few clusters may be off by much, so it is taken times the square of
    Student's quantile over the normal one; the effect is at least 1, so that clusters never narrow
    an interval. Where nothing or everything is an event, or there is one cluster, nothing can be
    told of it, and the plain interval is given. Korn and Graubard (1998), Survey Methodology 24,
    193-201.

    Args:
        groups: Events and trials of each cluster.

    Raises:
        ValueError: There are no trials.
    """
    sizes = [(events, trials) for events, trials in groups if trials]
    events, trials = sum(each[0] for each in sizes), sum(each[1] for each in sizes)
    effect = _design_effect(sizes, events, trials) if len(sizes) > 1 else 1.0
    return wilson(events / effect, trials / effect)


def _design_effect(sizes: Sequence[tuple[int, int]], events: int, trials: int) -> float:
    rate = events / trials
    if rate in (0.0, 1.0):
        return 1.0
    between = sum((each - rate * size) ** 2 for each, size in sizes)
    variance = len(sizes) / (len(sizes) - 1) * between / trials**2
    unsure = (student_95(len(sizes) - 1) / Z_95) ** 2
    return max(1.0, unsure * variance / (rate * (1 - rate) / trials))


def student_95(freedom: int) -> float:
    """97.5 % quantile of Student's distribution with a whole number of degrees of freedom."""
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < _LEVEL else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _within(angle: float, freedom: int) -> float:
    """How likely is ``abs(t) < tan(angle) * sqrt(freedom)``.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for number in range(2 + odd, freedom + 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (number - 1) / number
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total
