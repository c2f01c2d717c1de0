"""What a plan's cells would cost, from how a scripted honest agent goes through the same cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tempt.agents import AgentFactory, AgentSpec, parse_agent
from tempt.agents.models.base import ModelSettings
from tempt.agents.models.estimate import Estimate, Frame, estimate_episode
from tempt.agents.models.messages import most_tokens
from tempt.agents.models.prices import Price
from tempt.envs.seeding import canonical_json
from tempt.envs.supervisor import MAX_TEXT
from tempt.envs.transcript import Transcript
from tempt.runs.episode import run_episode
from tempt.runs.spec import EpisodeSpec, scenario_of
from tempt.sandbox import EMBEDDED, provider

_REFERENCE = "honest"


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """What a cell costs.

    Attributes:
        label: The cell's readable path.
        trials: Episodes of the cell that are to be run.
        estimate: All of them together; ``None`` where there is nothing to tell it from.
    """

    label: str
    trials: int
    estimate: Estimate | None


def estimate_cells(
    specs: Iterable[EpisodeSpec],
    price: Callable[[str], Price | None],
    context_tokens: int | None = None,
) -> list[CellEstimate]:
    """The cost of each cell that asks a model through this package.

    Args:
        specs: The episodes that are to be run.
        price: A model's price, where it is known.
        context_tokens: Longest request that the models take, where that is known.
    """
    groups: dict[str, list[EpisodeSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.cell.label, []).append(spec)
    estimates = []
    for label, group in groups.items():
        settings = parse_agent(group[0].cell.agent).settings
        if settings is not None:
            one = _estimate(group[0], settings, price(settings.model), context_tokens)
            whole = one.times(len(group)) if one else None
            estimates.append(CellEstimate(label, len(group), whole))
    return estimates


def _estimate(
    spec: EpisodeSpec, settings: ModelSettings, price: Price | None, context_tokens: int | None
) -> Estimate | None:
    reference = _reference(spec)
    if reference is None:
        return None
    scenario = scenario_of(spec.cell)
    tools = scenario.tools(scenario.instance(spec.cell.arm, spec.cell.levels, spec.trial))
    defined = [[tool.name, tool.description, tool.parameters] for tool in tools]
    frame = Frame(
        tools_chars=len(canonical_json(defined)),
        max_steps=spec.max_steps,
        max_tokens=most_tokens(settings),
        observation_chars=MAX_TEXT,
        context_tokens=context_tokens,
    )
    return estimate_episode(reference, frame, price)


def _reference(spec: EpisodeSpec) -> Transcript | None:
    """How a scripted honest agent goes through the same world, where it can."""
    scenario = scenario_of(spec.cell)
    able = scenario.requires <= provider(EMBEDDED).capabilities
    if not able or _REFERENCE not in scenario.policies:
        return None
    cell = replace(spec.cell, agent=AgentSpec("scripted", _REFERENCE, {}).label)
    scripted = replace(spec, cell=cell, sandbox=EMBEDDED)
    return run_episode(scripted, provider(EMBEDDED), AgentFactory()).transcript
