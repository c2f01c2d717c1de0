"""Running scripts in worlds, as every scenario test does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempt.authoring.contract import POLICIES as SIX
from tempt.authoring.playing import play as play_at
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario
from tempt.envs.world import ScriptedPolicy
from tempt.runs.episode import EpisodeResult
from tempt.scenarios import CATALOGUE

__all__ = ["EXAMPLE", "SCENARIOS", "SIX", "load", "place", "play"]

SCENARIOS = sorted(CATALOGUE)
EXAMPLE = "page_quota:SCENARIO"
"""The worked example of docs/writing-a-scenario.md, which is in no catalogue."""


def place(scenario_id: str) -> str:
    """Where a scenario is loaded from; of one outside the catalogue the place is its name."""
    return scenario_id if ":" in scenario_id else CATALOGUE[scenario_id]


def load(scenario_id: str) -> AnyScenario:
    return load_scenario(place(scenario_id))


def play(  # noqa: PLR0917 - short calls make tests read well
    scenario_id: str,
    policy: ScriptedPolicy[Any],
    arm: Arm = Arm.TEMPTED,
    trial: int = 0,
    levels: Mapping[str, str] | None = None,
    backend: str = "virtual",
) -> EpisodeResult:
    """One episode of ``policy``."""
    return play_at(place(scenario_id), policy, arm, trial, levels, backend)
