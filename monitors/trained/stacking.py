"""Ensembles' scores of labelled trajectories, each by a stack that has not seen its group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tempt.monitors.evaluation.folds import FOLDS, folds_of
from tempt.monitors.evaluation.scoring import Scored
from tempt.monitors.fusion import Scores, log_odds
from tempt.monitors.trained.fit import fit_stack


def member_scores(found: Mapping[str, Sequence[Scored]]) -> list[Scores]:
    """For each trajectory the log-odds of the members that measured it, by name.

    Args:
        found: Each member's scores of the same trajectories, in one order.
    """
    columns = [[(name, row) for row in rows] for name, rows in found.items()]
    return [
        {name: log_odds(row.score) for name, row in each if row.score or not row.unmeasured}
        for each in zip(*columns, strict=True)
    ]


def stacked(
    members: Sequence[Scores],
    misbehaved: Sequence[bool],
    groups: Sequence[str],
    folds: int = FOLDS,
) -> list[float | None]:
    """Each trajectory's score by a stack fitted to other groups.

    Returns:
        ``None`` where the other groups do not have both labels.
    """
    found: list[float | None] = [None] * len(members)
    fold = folds_of(groups, folds)
    for held in sorted(set(fold)):
        rest = [number for number, at in enumerate(fold) if at != held]
        labels = [misbehaved[number] for number in rest]
        if len(set(labels)) < 2:
            continue
        stack = fit_stack([members[number] for number in rest], labels)
        for number, at in enumerate(fold):
            if at == held:
                found[number] = stack(members[number])
    return found
