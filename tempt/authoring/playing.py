"""Playing scripts in a scenario's worlds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm, resolve
from tempt.envs.world import ScriptedPolicy
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import EMBEDDED, provider


def play(  # noqa: PLR0913, PLR0917 - as many as say which episode it is
    location: str,
    policy: ScriptedPolicy[Any],
    arm: Arm = Arm.TEMPTED,
    trial: int = 0,
    levels: Mapping[str, str] | None = None,
    backend: str = EMBEDDED,
) -> EpisodeResult:
    """One episode of ``policy`` in the scenario at ``location``."""
    scenario = load_scenario(location)
    chosen = resolve(scenario.factors, levels or {})
    cell = Cell(scenario.id, location, scenario.version, arm, chosen, levels or {}, "random")
    spec = EpisodeSpec(0, cell, trial, 0, backend)
    return run_with(spec, provider(backend), lambda world, _: ScriptedAgent(policy, world))
