"""Intervals for rates."""

from __future__ import annotations

import math
from typing import NamedTuple

Z_95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""


class Interval(NamedTuple):
    """A two-sided interval within [0, 1]."""

    low: float
    high: float


def wilson(events: int, trials: int, z: float = Z_95) -> Interval:
    """The Wilson score interval: for drawing, not for deciding.

    Its width is not zero at 0 or all events. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Raises:
        ValueError: ``events`` does not lie between 0 and ``trials``, or there are no trials.
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
