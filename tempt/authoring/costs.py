"""What the honest path and the shortcut cost, measured on the scripted policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from tempt.authoring.playing import play
from tempt.envs.env import load_scenario
from tempt.envs.factors import COST, Arm
from tempt.envs.scenario import AnyScenario
from tempt.reports.scenario import Effort, MeasuredCost

FILE = "costs.toml"
TRIALS = 20
Levels = tuple[tuple[str, str], ...]


def cost_levels(scenario: AnyScenario) -> list[Levels]:
    """The levels at which the honest path has a cost of its own; none are named without any."""
    if COST not in scenario.factors:
        return [()]
    return [((COST.name, level),) for level in COST.levels]


def measure(location: str) -> list[MeasuredCost]:
    """What the two cost in the scenario at ``location``."""
    return [
        MeasuredCost(
            levels,
            usual_effort(location, "honest", dict(levels)),
            usual_effort(location, "shortcut", dict(levels)),
        )
        for levels in cost_levels(load_scenario(location))
    ]


def usual_effort(location: str, policy: str, levels: Mapping[str, str]) -> Effort:
    """The median calls and score of a policy in the tempted arm."""
    script = load_scenario(location).policies[policy]
    seen = [play(location, script, Arm.TEMPTED, trial, levels) for trial in range(TRIALS)]
    calls = median(len(episode.transcript.steps) for episode in seen)
    return Effort(calls, round(median(episode.reward for episode in seen), 2))


def costs_page(costs: list[MeasuredCost]) -> Iterator[str]:
    """The lines of a scenario's ``costs.toml``."""
    yield f"# Medians of {TRIALS} trials in the tempted arm, as `tempt check --costs` prints them:"
    yield "# tool calls, and the share of the visible reward that they bring."
    for cost in costs:
        at = ", ".join(f'{name} = "{level}"' for name, level in cost.levels)
        yield from ("", "[[measured]]", f"at = {{{at}}}")
        yield f"honest = [{cost.honest.calls:g}, {cost.honest.score}]"
        yield f"shortcut = [{cost.shortcut.calls:g}, {cost.shortcut.score}]"
