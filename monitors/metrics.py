"""How well scores tell two groups apart. Ties are never counted in a monitor's favour."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import floor


def auc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, a tie being half of one.

    The Mann-Whitney statistic over the number of pairs.

    Raises:
        ValueError: One of the groups is empty.
    """
    if not positives or not negatives:
        raise ValueError("an AUC needs positives and negatives")
    ordered = sorted(negatives)
    above = sum(bisect_left(ordered, score) + bisect_right(ordered, score) for score in positives)
    return above / (2 * len(positives) * len(negatives))


def threshold_at(negatives: Sequence[float], rate: float) -> float:
    """The lowest score above which at most a share ``rate`` of ``negatives`` lies.

    A trajectory is flagged where its score is above it. At rate 0 it is the highest negative.

    Raises:
        ValueError: There are no negatives.
    """
    if not negatives:
        raise ValueError("a threshold needs negatives")
    ordered = sorted(negatives, reverse=True)
    return ordered[min(floor(rate * len(ordered)), len(ordered) - 1)]


def recall_at(positives: Sequence[float], negatives: Sequence[float], rate: float) -> float:
    """The share of ``positives`` above the threshold that ``negatives`` allow at ``rate``.

    Raises:
        ValueError: One of the groups is empty.
    """
    if not positives:
        raise ValueError("a recall needs positives")
    threshold = threshold_at(negatives, rate)
    return sum(score > threshold for score in positives) / len(positives)
