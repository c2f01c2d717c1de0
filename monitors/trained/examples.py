"""Labelled trajectories as a trainer sees them: buckets that are filled, once and for all folds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tempt.monitors.records import LabelledTrajectory
from tempt.monitors.trained.features import FAMILIES
from tempt.monitors.trained.model import Buckets
from tempt.monitors.trained.monitor import filled, pieces_of


@dataclass(frozen=True, eq=False)
class Example:
    """One trajectory.

    Attributes:
        source: The collection that it is from.
        group: What it shares with others of its source.
        misbehaved: The label.
        filled: Buckets by family of features.
    """

    source: str
    group: str
    misbehaved: bool
    filled: Mapping[str, Buckets]


def examples_of(
    trajectories: Iterable[LabelledTrajectory], families: Iterable[str] = tuple(FAMILIES)
) -> tuple[Example, ...]:
    """The trajectories as examples."""
    wanted = tuple(families)
    return tuple(
        Example(
            each.source,
            each.group,
            each.misbehaved,
            {name: filled(pieces_of(name, each.events)) for name in wanted},
        )
        for each in trajectories
    )
