"""Fitting a model. Needs scikit-learn, which comes with `tempt[train]`; using a model does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tempt.monitors.fusion import LogisticStack
from tempt.monitors.trained.examples import Example
from tempt.monitors.trained.model import BITS, Buckets, Floats, Model, Part

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]  # it ships no types

_ITERATIONS = 1_000
_ROUNDING = 1e-9
_PLACE_SAYS = 3.0
"""How large a place's own column is beside rows of length 1: it is hardly held back."""

_LARGE = 4
"""Fewest rows of a group that has a column of its own."""


class TrainingError(Exception):
    """Nothing can be fitted; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """How a model is fitted.

    Attributes:
        families: Families of features, a part each.
        looseness: scikit-learn's ``C``: the larger, the closer to the training set.
        fewest_rows: Rows that a feature must be in to be learned.
        fewest_groups: Groups that it must be in: what is one task's alone is not learned. Where
            there are fewer than three times as many groups, one in three is enough.
    """

    families: tuple[str, ...] = ("said", "done")
    looseness: float = 10.0
    fewest_rows: int = 5
    fewest_groups: int = 3


USUAL = Options()


def fit(
    examples: Sequence[Example], options: Options = USUAL, card: Mapping[str, Any] | None = None
) -> Model:
    """A model of ``examples``.

    Sources, and the labels within them, weigh as the square roots of their numbers: a large one
    has more to say, and does not drown the others.

    Raises:
        TrainingError: There are no examples of one of the labels, or scikit-learn is missing.
    """
    if len({each.misbehaved for each in examples}) < 2:
        raise TrainingError("training needs misbehaved and benign trajectories")
    weights = _weights(examples)
    parts = [_part(name, examples, weights, options) for name in options.families]
    return Model(tuple(part for part in parts if part is not None), card or {})


def fit_stack(
    scores: Sequence[Mapping[str, float]], misbehaved: Sequence[bool], looseness: float = 1.0
) -> LogisticStack:
    """A logistic regression over members' scores; a missing score is its member's mean.

    No member may speak for innocence by being suspicious: one that would is left out. Both labels
    weigh the same, so that scores of stacks fitted to different rows can be compared.

    Raises:
        TrainingError: There are no examples of one of the labels, or scikit-learn is missing.
    """
    if len(set(misbehaved)) < 2:
        raise TrainingError("a stack needs misbehaved and benign trajectories")
    names = sorted({name for row in scores for name in row})
    means = {name: _mean([row[name] for row in scores if name in row]) for name in names}
    table = np.array([[row.get(name, means[name]) for name in names] for row in scores])
    slopes, bias = _slopes(table, np.array(misbehaved), looseness)
    return LogisticStack(dict(zip(names, slopes.tolist(), strict=True)), means, bias)


def _slopes(
    table: Floats, misbehaved: npt.NDArray[np.bool_], looseness: float
) -> tuple[Floats, float]:
    """Weights of the columns, none below 0, and the bias."""
    centre = (table[misbehaved].mean(axis=0) + table[~misbehaved].mean(axis=0)) / 2
    spread = table.std(axis=0)
    weights = np.where(misbehaved, 0.5 / misbehaved.mean(), 0.5 / (1 - misbehaved.mean()))
    slopes = np.zeros(table.shape[1])
    # One that always says the same has a deviation of rounding errors, not of 0.
    kept = np.flatnonzero(spread > _ROUNDING)
    while kept.size:
        columns = (table[:, kept] - centre[kept]) / spread[kept]
        fitted = _regression(looseness).fit(columns, misbehaved, sample_weight=weights)
        if (fitted.coef_[0] >= 0).all():
            slopes[kept] = fitted.coef_[0] / spread[kept]
            return slopes, float(fitted.intercept_[0] - slopes @ centre)
        kept = kept[fitted.coef_[0] >= 0]
    return slopes, 0.0


def _part(
    family: str, examples: Sequence[Example], weights: Floats, options: Options
) -> Part | None:
    """One family's linear model over the examples that have such features."""
    rows = [number for number, each in enumerate(examples) if len(each.filled[family])]
    some = [examples[number] for number in rows]
    labels = np.array([each.misbehaved for each in some])
    if len(set(labels.tolist())) < 2:
        return None
    rarity = _rarity(family, some, options)
    if not rarity.any():
        return None
    table = _table([each.filled[family] for each in some], rarity)
    beside = _beside(table, _places(some))
    fitted = _regression(options.looseness).fit(beside, labels, sample_weight=weights[rows])
    slopes = fitted.coef_[0][: table.shape[1]]
    full = np.zeros(1 << BITS)
    full[rarity > 0] = slopes
    odds = table @ slopes + fitted.intercept_[0]
    spread = float(odds.std()) or 1.0
    return Part(family, rarity, full, float(fitted.intercept_[0]), float(odds.mean()), spread)


def _places(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """Where each example is from: its group where that has rows of both labels, else its source."""
    labels: dict[tuple[str, str], set[bool]] = {}
    sizes = Counter((each.source, each.group) for each in examples)
    for each in examples:
        labels.setdefault((each.source, each.group), set()).add(each.misbehaved)
    mixed = {at for at, size in sizes.items() if size >= _LARGE and len(labels[at]) > 1}
    return [
        at if (at := (each.source, each.group)) in mixed else (each.source, "") for each in examples
    ]


def _beside(table: csr_array, places: Sequence[tuple[str, str]]) -> csr_array:
    """The table with a column for each place.

    What places differ in is then explained by where a row is from, and words are left with what
    tells right from wrong within a place. The columns are dropped afterwards.
    """
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415 - comes with the extra

    names = sorted(set(places))
    if len(names) < 2:
        return table
    rows = np.array([[float(place == name) for name in names] for place in places])
    return csr_array(hstack([table, csr_array(rows * _PLACE_SAYS)]), dtype=np.float64)


def _rarity(family: str, examples: Sequence[Example], options: Options) -> Floats:
    """By bucket, its inverse document frequency; 0 where too few rows or groups have it."""
    rows = np.zeros(1 << BITS)
    groups = np.zeros(1 << BITS)
    by_group: dict[tuple[str, str], list[Buckets]] = {}
    for each in examples:
        rows[each.filled[family]] += 1
        by_group.setdefault((each.source, each.group), []).append(each.filled[family])
    for members in by_group.values():
        groups[np.unique(np.concatenate(members))] += 1
    enough_groups = min(options.fewest_groups, max(1, len(by_group) // 3))
    known = (rows >= options.fewest_rows) & (groups >= enough_groups)
    return np.where(known, np.log((1 + len(examples)) / (1 + rows)) + 1.0, 0.0)


def _table(filled: Sequence[Buckets], rarity: Floats) -> csr_array:
    """Rows of length 1, a column for each bucket that is known."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - comes with the extra

    column_of = np.cumsum(rarity > 0) - 1
    starts, columns, values = [0], [], []
    for buckets in filled:
        known = buckets[rarity[buckets] > 0]
        length = float(np.sqrt(rarity[known] @ rarity[known])) or 1.0
        columns.append(column_of[known])
        values.append(rarity[known] / length)
        starts.append(starts[-1] + len(known))
    # scikit-learn reads no wider indices.
    indices, ends = np.concatenate(columns).astype(np.int32), np.array(starts, dtype=np.int32)
    shape = (len(filled), int((rarity > 0).sum()))
    return csr_array((np.concatenate(values), indices, ends), shape=shape)


def _weights(examples: Sequence[Example]) -> Floats:
    counts = Counter((each.source, each.misbehaved) for each in examples)
    weights = np.array([counts[each.source, each.misbehaved] ** -0.5 for each in examples])
    normed: Floats = weights * (len(weights) / weights.sum())
    return normed


def _regression(looseness: float) -> Any:
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise TrainingError("training needs scikit-learn: install tempt[train]") from error
    return LogisticRegression(C=looseness, solver="liblinear", max_iter=_ITERATIONS, random_state=0)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
