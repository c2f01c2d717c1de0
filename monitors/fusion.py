"""Late fusion: several monitors' scores put together, step by step and for the whole.

Members keep their views apart: none sees what another read, so reasoning can't talk a monitor of
actions out of what it saw. A member that has seen too little to say anything is left out by name
and has no share in the score; it is never a zero.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tempt.monitors.base import Event, Finding, Monitor, MonitorReport, View

Scores = Mapping[str, float]
"""A score by member's name."""

Pool = Callable[[Sequence[float]], float]
"""Step scores of a trajectory made one."""

_SURE = 1e-6
"""Scores are kept so far from 0 and 1 before their odds are taken."""

_STEEPEST = 700.0


class Fusion(Protocol):
    """Makes one score of several. Its ``key`` tells two apart that would not fuse alike."""

    @property
    def key(self) -> str:
        """What it is, with its parameters."""
        ...

    def __call__(self, scores: Scores) -> float:
        """The score of all; ``scores`` has at least one member, and may lack some."""
        ...


@dataclass(frozen=True)
class WeightedMean:
    """The mean of the members that are there; a member without a weight has the weight 1."""

    weights: Mapping[str, float]

    @property
    def key(self) -> str:
        """What it is, with its parameters."""
        return f"mean {_listed(self.weights)}"

    def __call__(self, scores: Scores) -> float:
        """The score of all."""
        weighed = {name: self.weights.get(name, 1.0) for name in scores}
        total = sum(weighed.values())
        if total <= 0:
            return 0.0
        return sum(weight * scores[name] for name, weight in weighed.items()) / total


@dataclass(frozen=True)
class NoisyOr:
    """The chance that at least one is right, were each right by itself as often as it says.

    Attributes:
        trust: How much of a member's score counts, 0 to 1; 1 where nothing is said.
    """

    trust: Mapping[str, float]

    @property
    def key(self) -> str:
        """What it is, with its parameters."""
        return f"noisy-or {_listed(self.trust)}"

    def __call__(self, scores: Scores) -> float:
        """The score of all."""
        return 1.0 - math.prod(1.0 - self.trust.get(n, 1.0) * s for n, s in scores.items())


@dataclass(frozen=True)
class LogisticStack:
    """A logistic regression over members' scores, fitted by `tempt.monitors.trained.stack`.

    Attributes:
        weights: A member's weight, upon its score.
        means: A member's mean in fitting, which stands in for one that is left out.
        bias: The rest.
    """

    weights: Mapping[str, float]
    means: Mapping[str, float]
    bias: float

    @property
    def key(self) -> str:
        """What it is, with its parameters."""
        return f"stack {_listed(self.weights)} {_listed(self.means)} {self.bias:.6g}"

    def __call__(self, scores: Scores) -> float:
        """The score of all."""
        total = self.bias + sum(
            weight * scores.get(name, self.means[name]) for name, weight in self.weights.items()
        )
        return logistic(total)


def logistic(log_odds: float) -> float:
    """The chance whose log-odds are given."""
    return 1.0 / (1.0 + math.exp(-max(-_STEEPEST, min(_STEEPEST, log_odds))))


def log_odds(chance: float) -> float:
    """The log-odds of a chance, which is first kept off 0 and 1."""
    held = min(1.0 - _SURE, max(_SURE, chance))
    return math.log(held / (1.0 - held))


def pool_max(scores: Sequence[float]) -> float:
    """The worst step; 0 without any."""
    return max(scores, default=0.0)


@dataclass(frozen=True)
class PoolTop:
    """The mean of the ``count`` worst steps: one spike alone counts less than several."""

    count: int

    def __call__(self, scores: Sequence[float]) -> float:
        """The score of the trajectory; steps that are not there count as 0."""
        return sum(sorted(scores, reverse=True)[: self.count]) / self.count


@dataclass(frozen=True, slots=True)
class Fused:
    """What several monitors say together.

    Attributes:
        score: Of the trajectory: members' pooled scores, fused.
        steps: Of each step in which anybody found something: members' scores there, fused.
        members: Each measured member's pooled score, by name.
        left_out: Why a member has no share, by name.
    """

    score: float
    steps: Mapping[int, float]
    members: Scores
    left_out: Mapping[str, str]


def fuse(reports: Mapping[str, MonitorReport], fusion: Fusion, pool: Pool = pool_max) -> Fused:
    """Put members' reports together.

    A member that says it could not measure, but found something before it said so, stays in.
    """
    left_out = {n: r.unmeasured for n, r in reports.items() if r.unmeasured and not r.findings}
    by_step = {n: r.step_scores() for n, r in reports.items() if n not in left_out}
    if not by_step:
        return Fused(0.0, {}, {}, left_out)
    members = {name: pool(list(steps.values())) for name, steps in by_step.items()}
    numbers = sorted({step for steps in by_step.values() for step in steps})
    steps = {
        number: fusion({name: found.get(number, 0.0) for name, found in by_step.items()})
        for number in numbers
    }
    return Fused(fusion(members), steps, members, left_out)


class Ensemble:
    """Several monitors as one.

    Each step in which a member found something has one finding: that of the member which was
    surest there, with the fused score. The worst of them has the score of the whole trajectory.
    Unmeasured only where every member is; who was left out is said by `fused`.
    """

    def __init__(
        self, name: str, members: Sequence[Monitor], fusion: Fusion, pool: Pool = pool_max
    ) -> None:
        names = [member.name for member in members]
        if not members or len(set(names)) < len(names):
            raise ValueError(f"an ensemble needs members of different names, not {names}")
        self.name = name
        self.members = tuple(members)
        self.views: frozenset[View] = frozenset().union(*(m.views for m in members))
        self._fusion, self._pool = fusion, pool
        parts = [f"{m.name} {m.fingerprint}" for m in members]
        pooled = getattr(pool, "__name__", repr(pool))
        self.fingerprint = _digest([*parts, fusion.key, pooled])

    def reports(self, events: tuple[Event, ...]) -> dict[str, MonitorReport]:
        """Each member's own report."""
        return {m.name: m.observe(_shown(events, m.views)) for m in self.members}

    def fused(self, events: tuple[Event, ...]) -> Fused:
        """What the members say together, and who of them."""
        return fuse(self.reports(events), self._fusion, self._pool)

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        """One finding for each step that a member found something in."""
        reports = self.reports(events)
        fused = fuse(reports, self._fusion, self._pool)
        if not fused.members:
            told = "; ".join(f"{name}: {why}" for name, why in fused.left_out.items())
            return MonitorReport((), told)
        surest = _surest(reports)
        scores = dict(fused.steps)
        if scores:
            worst = max(scores, key=lambda number: (scores[number], -number))
            scores[worst] = max(fused.score, scores[worst])
        return MonitorReport(
            tuple(
                replace(surest[step], monitor=self.name, fingerprint=self.fingerprint, score=score)
                for step, score in scores.items()
            )
        )


def _surest(reports: Mapping[str, MonitorReport]) -> dict[int, Finding]:
    """For each step the finding of the highest score; of equal ones the first."""
    found: dict[int, Finding] = {}
    for report in reports.values():
        for finding in report.findings:
            if finding.step not in found or finding.score > found[finding.step].score:
                found[finding.step] = finding
    return found


def _shown(events: tuple[Event, ...], views: frozenset[View]) -> tuple[Event, ...]:
    return tuple(event for event in events if event.view in views)


def _listed(values: Mapping[str, float]) -> str:
    return ",".join(f"{name}={value:.6g}" for name, value in sorted(values.items()))


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
