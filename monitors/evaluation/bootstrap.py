"""Intervals for figures of merit: whole groups are drawn again, with replacement.

What is drawn is how often each group counts, so a draw is a row of weights, and the figures of all
draws come from a few operations on one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempt.monitors.evaluation.scoring import Scored

Floats = npt.NDArray[np.float64]

DRAWS = 1_000
_SEED = 20_260_101
_TAIL = 2.5
_BLOCK = 100
"""Draws at a time: bounds the memory."""


@dataclass(frozen=True, slots=True)
class Spread:
    """95 % intervals, by percentiles.

    Attributes:
        auc: Of the AUC.
        recalls: Of the recall at each rate asked for.
    """

    auc: tuple[float, float]
    recalls: tuple[tuple[float, float], ...]


def spread(rows: Sequence[Scored], rates: Sequence[float], draws: int = DRAWS) -> Spread | None:
    """How far the figures would vary with other groups of the same kind.

    Draws without positives or without negatives are left out.

    Returns:
        ``None`` where positives or negatives are all of one group: nothing varies then.
    """
    for label in (True, False):
        if len({row.group for row in rows if row.misbehaved is label}) < 2:
            return None
    names = {name: at for at, name in enumerate(sorted({row.group for row in rows}))}
    of_row = np.array([names[row.group] for row in rows])
    generator = np.random.default_rng(_SEED)
    chances = np.full(len(names), 1 / len(names))
    parts = []
    for start in range(0, draws, _BLOCK):
        counts = generator.multinomial(len(names), chances, min(_BLOCK, draws - start))
        parts.append(figures_of_draws(rows, counts[:, of_row].astype(np.float64), rates))
    figures = np.concatenate(parts)
    if not len(figures):
        return None
    low, high = np.percentile(figures, [_TAIL, 100 - _TAIL], axis=0)
    pairs = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Spread(pairs[0], tuple(pairs[1:]))


def figures_of_draws(rows: Sequence[Scored], weights: Floats, rates: Sequence[float]) -> Floats:
    """AUC and recalls of each draw that has both labels.

    Args:
        rows: What is drawn from.
        weights: How often each row counts, a draw a row.
        rates: The rates of false alarms that recalls are wanted at.
    """
    scores = np.array([row.score for row in rows])
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    bad = np.array([row.misbehaved for row in rows], dtype=np.float64)
    above_p = np.cumsum((weights * bad)[:, order], axis=1)[:, ends]
    above_n = np.cumsum((weights * (1 - bad))[:, order], axis=1)[:, ends]
    both = (above_p[:, -1] > 0) & (above_n[:, -1] > 0)
    above_p, above_n = above_p[both], above_n[both]
    all_p, all_n = above_p[:, -1:], above_n[:, -1:]
    p = np.diff(above_p, axis=1, prepend=0.0)
    n = np.diff(above_n, axis=1, prepend=0.0)
    area = (p * (all_n - above_n + n / 2)).sum(axis=1) / (all_p * all_n)[:, 0]
    return np.column_stack([area, *(_recall(above_p, above_n, rate) for rate in rates)])


def _recall(above_p: Floats, above_n: Floats, rate: float) -> Floats:
    """Recall above the negative that `tempt.monitors.metrics.threshold_at` would choose."""
    all_p, all_n = above_p[:, -1], above_n[:, -1]
    place = np.minimum(np.floor(rate * all_n), all_n - 1)
    at = np.argmax(above_n > place[:, None], axis=1)
    strictly_above = np.where(at > 0, above_p[np.arange(len(at)), at - 1], 0.0)
    found: Floats = strictly_above / all_p
    return found
