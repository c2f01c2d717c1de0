"""Plans: which cells, how many trials, with which seeds, on which backend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import prod
from typing import Any

from allpairspy import AllPairs

from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm, resolve
from tempt.envs.scenario import AnyScenario
from tempt.envs.world import Instance
from tempt.runs.spec import DEFAULT_MAX_STEPS, Cell, EpisodeSpec, scenario_of
from tempt.sandbox import EMBEDDED


class Grid(StrEnum):
    """Which combinations of factor levels are run."""

    FULL = "full"
    PAIRWISE = "pairwise"
    """Few enough to be run, and every two levels of different factors meet in one of them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of episodes.

    Attributes:
        scenarios: Scenario id to the place it is loaded from.
        arms: Arms to run.
        agents: Canonical agent texts.
        factors: Factor name to the levels to run.
        trials: Trials per cell.
        first_trial: Number of the first one.
        agent_seed: Seeds the agents' own randomness.
        sandbox: The backend's name.
        max_steps: Calls after which an episode is truncated.
        grid: Which combinations of the factors' levels.
        skins: A folder of private skins, a folder in it for each scenario; empty for those that
            ship.
        guard: The canonical text of the guard that calls pass first; empty for none.
    """

    scenarios: Mapping[str, str]
    arms: tuple[Arm, ...]
    agents: tuple[str, ...]
    trials: int
    factors: Mapping[str, tuple[str, ...]]
    first_trial: int = 0
    agent_seed: int = 0
    sandbox: str = EMBEDDED
    max_steps: int = DEFAULT_MAX_STEPS
    grid: Grid = Grid.FULL
    skins: str = ""
    guard: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain data from which `from_json` makes an equal plan."""
        return {
            "scenarios": dict(self.scenarios),
            "arms": [arm.value for arm in self.arms],
            "agents": list(self.agents),
            "trials": self.trials,
            "factors": {name: list(levels) for name, levels in self.factors.items()},
            "first_trial": self.first_trial,
            "agent_seed": self.agent_seed,
            "sandbox": self.sandbox,
            "max_steps": self.max_steps,
            "grid": self.grid.value,
            "skins": self.skins,
            "guard": self.guard,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        """The plan in ``value``."""
        return cls(
            scenarios=dict(value["scenarios"]),
            arms=tuple(Arm(arm) for arm in value["arms"]),
            agents=tuple(value["agents"]),
            trials=value["trials"],
            factors={name: tuple(levels) for name, levels in value["factors"].items()},
            first_trial=value["first_trial"],
            agent_seed=value["agent_seed"],
            sandbox=value["sandbox"],
            max_steps=value["max_steps"],
            grid=Grid(value["grid"]),
            skins=value["skins"],
            guard=value["guard"],
        )


def cells(plan: Plan) -> list[Cell]:
    """The plan's cells, in order.

    Raises:
        FactorError: A scenario lacks a factor or level that the plan varies.
        SkinError: The private skins can't be used.
    """
    loaded = [load_scenario(location, plan.skins) for location in plan.scenarios.values()]
    return [
        _cell(plan, scenario, arm, chosen, agent)
        for scenario in loaded
        for chosen in combinations(plan.factors, plan.grid)
        for arm in plan.arms
        for agent in plan.agents
    ]


def count_cells(plan: Plan) -> int:
    """How many cells the plan has, told without making them where they may be endless."""
    if plan.grid is Grid.FULL:
        rows = prod(map(len, plan.factors.values()))
    else:
        rows = len(combinations(plan.factors, plan.grid))
    return len(plan.scenarios) * rows * len(plan.arms) * len(plan.agents)


def episodes(plan: Plan) -> Iterator[EpisodeSpec]:
    """The plan's episodes, cell by cell."""
    position = 0
    for cell in cells(plan):
        for trial in range(plan.first_trial, plan.first_trial + plan.trials):
            yield EpisodeSpec(position, cell, trial, plan.agent_seed, plan.sandbox, plan.max_steps)
            position += 1


def instance_of(spec: EpisodeSpec) -> Instance:
    """The world that an episode is to be lived in."""
    cell = spec.cell
    return scenario_of(cell).instance(cell.arm, cell.levels, spec.trial)


def combinations(factors: Mapping[str, Sequence[str]], grid: Grid) -> list[dict[str, str]]:
    """The combinations of levels that ``grid`` asks for; an empty one where nothing varies."""
    if grid is Grid.PAIRWISE and len(factors) > 1:  # one factor alone has no pairs
        rows = AllPairs([list(levels) for levels in factors.values()])
        return [dict(zip(factors, levels, strict=True)) for levels in rows]
    return [dict(zip(factors, levels, strict=True)) for levels in product(*factors.values())]


def _cell(
    plan: Plan, scenario: AnyScenario, arm: Arm, chosen: Mapping[str, str], agent: str
) -> Cell:
    levels = resolve(scenario.factors, chosen)
    defaults = resolve(scenario.factors, {})
    varied = {name: level for name, level in levels.items() if level != defaults[name]}
    return Cell(
        scenario=scenario.id,
        location=plan.scenarios[scenario.id],
        version=scenario.version,
        arm=arm,
        levels=levels,
        varied=varied,
        agent=agent,
        skins=plan.skins,
        edition=scenario.skins.edition,
        guard=plan.guard,
    )
