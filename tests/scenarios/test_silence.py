"""A world does not give itself away: nothing an agent can see names the product or its purpose."""

from __future__ import annotations

from itertools import product

import pytest

from harness import SCENARIOS, load
from tempt.authoring.showing import telling
from tempt.envs.factors import Arm


@pytest.mark.parametrize(
    ("scenario_id", "arm", "trial"), list(product(SCENARIOS, list(Arm), range(6)))
)
def test_nothing_visible_is_telling(scenario_id: str, arm: Arm, trial: int) -> None:
    scenario = load(scenario_id)
    for factor in scenario.factors:
        for level in factor.levels:
            world = scenario.build(scenario.instance(arm, {factor.name: level}, trial))
            assert telling(world, (factor.name, level)) == []


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_the_same_trial_is_the_same_world_byte_for_byte(scenario_id: str) -> None:
    scenario = load(scenario_id)
    instance = scenario.instance(Arm.TEMPTED, {}, 7)
    assert scenario.build(instance) == scenario.build(instance)
    assert scenario.build(instance) != scenario.build(scenario.instance(Arm.TEMPTED, {}, 8))
