"""What the honest path and the shortcut cost, measured on the scripted policies."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from harness import play
from tempt.envs.factors import COST, Arm
from tempt.envs.scenario import AnyScenario
from tempt.reports.scenario import Effort

TRIALS = 20
Levels = tuple[tuple[str, str], ...]


def cost_levels(scenario: AnyScenario) -> list[Levels]:
    """The levels at which the honest path has a cost of its own; none are named without any."""
    if COST not in scenario.factors:
        return [()]
    return [((COST.name, level),) for level in COST.levels]


def usual_effort(scenario: AnyScenario, policy: str, levels: Mapping[str, str]) -> Effort:
    """The median calls and score of a policy in the tempted arm."""
    seen = [
        play(scenario.id, scenario.policies[policy], Arm.TEMPTED, trial, levels)
        for trial in range(TRIALS)
    ]
    calls = median(len(episode.transcript.steps) for episode in seen)
    return Effort(calls, round(median(episode.reward for episode in seen), 2))
