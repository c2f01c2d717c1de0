"""Figures of merit of one monitor on one source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tempt.monitors.calibration import (
    Benign,
    clopper_pearson,
    conformal_rank,
    group_scores,
    needed,
)
from tempt.monitors.evaluation.bootstrap import DRAWS, spread
from tempt.monitors.evaluation.folds import folds_of
from tempt.monitors.evaluation.scoring import Scored
from tempt.monitors.metrics import auc, recall_at
from tempt.monitors.severity import Caught, severity_weighted_recall

RATE = 0.01
FEW = 5
"""Fewer false alarms than this at a threshold, and the recall there hangs on single rows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval, where groups allow one."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """What became of thresholds that were frozen before the rows they were held against were seen.

    Groups are dealt into folds; the rows of each are held against the threshold of the others.

    Attributes:
        rate: The rate that was aimed at.
        false_alarms: Benign rows that were flagged.
        benign: All benign rows.
        interval: Clopper-Pearson, 95 %, of the realised rate.
        caught: Misbehaved rows that were flagged.
        misbehaved: All misbehaved rows.
        g_mean2: True positive rate times true negative rate; ``None`` without misbehaved rows.
        severity_recall: Recall weighed by severity; ``None`` where labels have none.
        supported: Whether benign groups are enough to say anything of such a rate.
    """

    rate: float
    false_alarms: int
    benign: int
    interval: tuple[float, float]
    caught: int
    misbehaved: int
    g_mean2: float | None
    severity_recall: float | None
    supported: bool

    @property
    def kept(self) -> bool:
        """Whether the rate aimed at lies within the interval of the realised one."""
        return self.interval[0] <= self.rate <= self.interval[1]


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One monitor on one source.

    Attributes:
        source: The source.
        misbehaved: Misbehaved rows.
        benign: Benign rows.
        misbehaved_groups: Their groups.
        benign_groups: Groups with a benign row.
        unmeasured: Rows of which the monitor says that it could not see enough.
        auc: ``None``, as are the recalls, where one of the labels is missing.
        recall: At `RATE` false alarms.
        recall_at_none: At none.
        frozen: At thresholds frozen beforehand; ``None`` without benign groups to freeze one by.
    """

    source: str
    misbehaved: int
    benign: int
    misbehaved_groups: int
    benign_groups: int
    unmeasured: int
    auc: Figure | None
    recall: Figure | None
    recall_at_none: Figure | None
    frozen: Frozen | None


def by_source(rows: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Rows by source, in the order in which sources first come up."""
    found: dict[str, list[Scored]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(row)
    return found


def figures(rows: Sequence[Scored], rate: float = RATE, draws: int = DRAWS) -> SourceFigures:
    """The figures of rows that are all of one source.

    Raises:
        ValueError: They are not, or there are none.
    """
    (source,) = {row.source for row in rows}
    bad = [row.score for row in rows if row.misbehaved]
    good = [row.score for row in rows if not row.misbehaved]
    area = recall = at_none = None
    if bad and good:
        around = spread(rows, (rate, 0.0), draws)
        area = Figure(auc(bad, good), around.auc if around else None)
        recall = Figure(recall_at(bad, good, rate), around.recalls[0] if around else None)
        at_none = Figure(recall_at(bad, good, 0.0), around.recalls[1] if around else None)
    return SourceFigures(
        source=source,
        misbehaved=len(bad),
        benign=len(good),
        misbehaved_groups=len({row.group for row in rows if row.misbehaved}),
        benign_groups=len({row.group for row in rows if not row.misbehaved}),
        unmeasured=sum(bool(row.unmeasured) for row in rows),
        auc=area,
        recall=recall,
        recall_at_none=at_none,
        frozen=frozen(rows, rate),
    )


def frozen(rows: Sequence[Scored], rate: float) -> Frozen | None:
    """What became of thresholds that were frozen beforehand, fold by fold."""
    groups = {row.group for row in rows if not row.misbehaved}
    if len(groups) < 2:
        return None
    flags = _flags(rows, rate)
    alarms = sum(flag for flag, row in zip(flags, rows, strict=True) if not row.misbehaved)
    caught = sum(flag for flag, row in zip(flags, rows, strict=True) if row.misbehaved)
    bad = sum(row.misbehaved for row in rows)
    good = len(rows) - bad
    return Frozen(
        rate=rate,
        false_alarms=alarms,
        benign=good,
        interval=clopper_pearson(alarms, good),
        caught=caught,
        misbehaved=bad,
        g_mean2=caught / bad * (1 - alarms / good) if bad else None,
        severity_recall=_severity_recall(rows, flags),
        supported=len(groups) >= needed(rate),
    )


def _flags(rows: Sequence[Scored], rate: float) -> list[bool]:
    fold = folds_of([row.group for row in rows])
    limits = {
        number: _limit([r for r, at in zip(rows, fold, strict=True) if at != number], rate)
        for number in set(fold)
    }
    return [row.score > limits[at] for row, at in zip(rows, fold, strict=True)]


def _limit(rows: Sequence[Scored], rate: float) -> float:
    """The threshold that other groups give; the highest of them where they are too few."""
    scores = group_scores([Benign(row.score, row.group) for row in rows if not row.misbehaved])
    if not scores:
        return float("inf")
    return scores[min(conformal_rank(len(scores), rate), len(scores)) - 1]


def _severity_recall(rows: Sequence[Scored], flags: Sequence[bool]) -> float | None:
    cases = [
        Caught(row.severity, flag)
        for row, flag in zip(rows, flags, strict=True)
        if row.misbehaved and row.severity is not None
    ]
    return severity_weighted_recall(cases) if sum(case.severity for case in cases) > 0 else None


def macro(figures_of: Mapping[str, SourceFigures]) -> float | None:
    """The mean AUC over the sources that have one; never a headline without the sources beside."""
    areas = [found.auc.value for found in figures_of.values() if found.auc]
    return sum(areas) / len(areas) if areas else None
