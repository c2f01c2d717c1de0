"""Monitors let loose on labelled trajectories: one score each, and what else may explain it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tempt.monitors.base import Monitor, MonitorReport, View
from tempt.monitors.records import LabelledTrajectory

STEPS, LENGTH = "steps", "length"
CONFOUNDS = (STEPS, LENGTH)
"""What a source's labels may hang on without any misbehaviour being seen."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A labelled trajectory and what a monitor made of it.

    Attributes:
        source: The collection that it is from.
        group: What it shares with others of its source.
        misbehaved: The label.
        score: The monitor's; 0 where it found nothing.
        unmeasured: Why it could not say more; empty where it could.
        severity: The label's severity, where there is one.
    """

    source: str
    group: str
    misbehaved: bool
    score: float
    unmeasured: str = ""
    severity: float | None = None


def scored(monitor: Monitor, trajectories: Iterable[LabelledTrajectory]) -> tuple[Scored, ...]:
    """Each trajectory's score by ``monitor``.

    Raises:
        ValueError: The monitor reads the ledger: it is oracle-informed, and not to be judged so.
    """
    if View.LEDGER in monitor.views:
        raise ValueError(f"{monitor.name} reads the ledger; it is left out of evaluation")
    return tuple(row(each, monitor.observe(each.shown(monitor.views))) for each in trajectories)


def row(trajectory: LabelledTrajectory, report: MonitorReport) -> Scored:
    """One trajectory with what was reported of it."""
    return rescored(trajectory, report.score, report.unmeasured)


def rescored(trajectory: LabelledTrajectory, score: float, unmeasured: str = "") -> Scored:
    """One trajectory with a score."""
    return Scored(
        trajectory.source,
        trajectory.group,
        trajectory.misbehaved,
        score,
        unmeasured,
        trajectory.severity,
    )


def confounds(
    trajectories: Sequence[LabelledTrajectory],
) -> Mapping[str, tuple[Scored, ...]]:
    """Number of steps and length in characters, as if they were monitors."""
    return {
        STEPS: tuple(rescored(each, _steps(each)) for each in trajectories),
        LENGTH: tuple(rescored(each, _length(each)) for each in trajectories),
    }


def _steps(trajectory: LabelledTrajectory) -> float:
    return float(sum(e.view in (View.ACTION, View.FINAL_REPORT) for e in trajectory.events))


def _length(trajectory: LabelledTrajectory) -> float:
    return float(sum(len(event.text) for event in trajectory.events))
