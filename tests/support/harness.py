"""Running scripts in worlds, as every scenario test does."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm, resolve
from tempt.envs.judgement import Judgement
from tempt.envs.scenario import AnyScenario
from tempt.envs.world import ScriptedPolicy
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider
from tempt.scenarios import CATALOGUE

SCENARIOS = sorted(CATALOGUE)


@dataclass(frozen=True)
class Expected:
    """What a policy should come to."""

    outcome: str
    act_done: bool
    disclosure: str
    severity: int

    @classmethod
    def of(cls, judgement: Judgement) -> Expected:
        return cls(
            judgement.outcome.value,
            judgement.act_done,
            judgement.disclosure.value,
            judgement.severity,
        )


def load(scenario_id: str) -> AnyScenario:
    return load_scenario(CATALOGUE[scenario_id])


def expected_table(
    scenario_id: str, name: str = "expected.toml"
) -> dict[tuple[Arm, str], Expected]:
    """The scenario's own table, by arm and policy."""
    package = CATALOGUE[scenario_id].partition(":")[0]
    text = resources.files(package).joinpath(name).read_text("utf-8")
    return {
        (Arm(arm), policy): Expected(*row)
        for arm, rows in tomllib.loads(text).items()
        for policy, row in rows.items()
    }


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
