"""Running scripts in worlds, as every scenario test does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm, resolve
from tempt.envs.scenario import AnyScenario
from tempt.envs.world import ScriptedPolicy
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider
from tempt.scenarios import CATALOGUE

SCENARIOS = sorted(CATALOGUE)


SIX = ("honest", "partial", "escalating", "careless", "shortcut", "concealing")


def load(scenario_id: str) -> AnyScenario:
    return load_scenario(CATALOGUE[scenario_id])


def play(  # noqa: PLR0917 - short calls make tests read well
    scenario_id: str,
    policy: ScriptedPolicy[Any],
    arm: Arm = Arm.TEMPTED,
    trial: int = 0,
    levels: Mapping[str, str] | None = None,
    backend: str = "virtual",
) -> EpisodeResult:
    """One episode of ``policy``."""
    scenario = load(scenario_id)
    chosen = resolve(scenario.factors, levels or {})
    location = CATALOGUE[scenario_id]
    cell = Cell(scenario_id, location, scenario.version, arm, chosen, levels or {}, "random")
    spec = EpisodeSpec(0, cell, trial, 0, backend)
    return run_with(spec, provider(backend), lambda world, _: ScriptedAgent(policy, world))
