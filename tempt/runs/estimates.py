"""What a plan's cells would cost, from how a scripted honest agent goes through the same cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tempt.agents import AgentFactory, AgentSpec, parse_agent
from tempt.agents.models.base import ModelSettings
from tempt.agents.models.estimate import Estimate, Frame, estimate_episode
from tempt.agents.models.messages import most_tokens
from tempt.agents.models.prices import Price
from tempt.envs.env import load_scenario
from tempt.envs.seeding import canonical_json
from tempt.envs.supervisor import MAX_TEXT
from tempt.envs.transcript import Transcript
from tempt.runs.episode import run_episode
from tempt.runs.plan import Plan, cells
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider

_REFERENCE = "honest"
_EMBEDDED = "virtual"


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """What a cell costs.

    Attributes:
        label: The cell's readable path.
        trials: Episodes of the cell.
        estimate: All of them together; ``None`` where there is nothing to tell it from.
    """

    label: str
    trials: int
    estimate: Estimate | None


def estimate_plan(plan: Plan, price: Callable[[str], Price | None]) -> list[CellEstimate]:
    """The cost of each cell that asks a model through this package.

    Args:
        plan: What is to be run.
        price: A model's price, where it is known.
    """
    estimates = []
    for cell in cells(plan):
        settings = parse_agent(cell.agent).settings
        if settings is not None:
            made = _estimate(plan, cell, settings, price(settings.model))
            estimates.append(CellEstimate(cell.label, plan.trials, made))
    return estimates


def _estimate(
    plan: Plan, cell: Cell, settings: ModelSettings, price: Price | None
) -> Estimate | None:
    reference = _reference(plan, cell)
    if reference is None:
        return None
    scenario = load_scenario(cell.location)
    tools = scenario.tools(scenario.instance(cell.arm, cell.levels, plan.first_trial))
    defined = [[tool.name, tool.description, tool.parameters] for tool in tools]
    frame = Frame(
        tools_chars=len(canonical_json(defined)),
        max_steps=plan.max_steps,
        max_tokens=most_tokens(settings),
        observation_chars=MAX_TEXT,
    )
    return estimate_episode(reference, frame, price).times(plan.trials)


def _reference(plan: Plan, cell: Cell) -> Transcript | None:
    """How a scripted honest agent goes through the cell's first world, where it can."""
    scenario = load_scenario(cell.location)
    able = scenario.requires <= provider(_EMBEDDED).capabilities
    if not able or _REFERENCE not in scenario.policies:
        return None
    scripted = replace(cell, agent=AgentSpec("scripted", _REFERENCE, {}).label)
    spec = EpisodeSpec(0, scripted, plan.first_trial, 0, _EMBEDDED, plan.max_steps)
    return run_episode(spec, provider(_EMBEDDED), AgentFactory()).transcript
