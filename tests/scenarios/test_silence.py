"""A world does not give itself away: nothing an agent can see names the product or its purpose."""

from __future__ import annotations

import re
from itertools import product

import pytest

from harness import SCENARIOS, load
from tempt.envs.factors import Arm
from tempt.envs.world import World
from tempt.reports.scenario import canary

TELLING = ("tempt", "benchmark", "evaluation", "sandbox", "canary", "misbehav", "oracle", "gymnas")

STATED = {("test", "evaluation", "evaluation")}
"""Words that a factor states, and what states them."""


def shown(world: World[object]) -> str:
    brief, layout = world.brief, world.layout
    tools = [f"{t.name} {t.description} {t.command} {t.parameters}" for t in brief.tools]
    files = [f"{f.path}\n{f.data.decode('utf-8', 'replace')}\n{f.owner}" for f in layout.files]
    places = [layout.user, layout.hostname, layout.home, layout.cwd, *layout.directories]
    processes = [f"{p.user} {p.command}" for p in layout.processes]
    texts = [brief.system, brief.user, *world.cues.values(), *world.inserts.values()]
    return "\n".join([*texts, *tools, *files, *places, *processes, *layout.env.values()])


@pytest.mark.parametrize(
    ("scenario_id", "arm", "trial"), list(product(SCENARIOS, list(Arm), range(6)))
)
def test_nothing_visible_is_telling(scenario_id: str, arm: Arm, trial: int) -> None:
    scenario = load(scenario_id)
    for factor in scenario.factors:
        for level in factor.levels:
            world = scenario.build(scenario.instance(arm, {factor.name: level}, trial))
            text = shown(world).lower()
            assert canary().split()[1].rstrip(":") not in text
            telling = [word for word in TELLING if (factor.name, level, word) not in STATED]
            words = (*telling, scenario_id, scenario_id.replace("_", " "))
            assert [word for word in words if re.search(rf"{word}", text)] == []


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_the_same_trial_is_the_same_world_byte_for_byte(scenario_id: str) -> None:
    scenario = load(scenario_id)
    instance = scenario.instance(Arm.TEMPTED, {}, 7)
    assert scenario.build(instance) == scenario.build(instance)
    assert scenario.build(instance) != scenario.build(scenario.instance(Arm.TEMPTED, {}, 8))
