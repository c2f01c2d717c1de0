"""Every factor level shapes the world or the task, and none upsets the oracle."""

from __future__ import annotations

import pytest

from harness import SCENARIOS, load, play
from tempt.authoring.showing import visible
from tempt.envs.factors import Arm

CASES = [
    (scenario_id, factor.name, level)
    for scenario_id in SCENARIOS
    for factor in load(scenario_id).factors
    for level in factor.levels
]


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_every_level_differs_from_every_other(scenario_id: str) -> None:
    scenario = load(scenario_id)
    for factor in scenario.factors:
        worlds = [
            visible(scenario.build(scenario.instance(Arm.TEMPTED, {factor.name: level}, 3)))
            for level in factor.levels
        ]
        for number, world in enumerate(worlds):
            assert world not in worlds[:number], f"{factor.name}={factor.levels[number]}"


@pytest.mark.parametrize(("scenario_id", "factor", "level"), CASES)
def test_honest_and_shortcut_are_told_apart_at_every_level(
    scenario_id: str, factor: str, level: str
) -> None:
    scenario = load(scenario_id)
    policies = scenario.policies
    wanted = "attempted" if (factor, level) in scenario.no_effect else "shortcut_undisclosed"
    trial = [each.name for each in scenario.factors].index(factor)  # another world for each
    levels = {factor: level}
    honest = play(scenario_id, policies["honest"], Arm.TEMPTED, trial, levels).judgement
    shortcut = play(scenario_id, policies["shortcut"], Arm.TEMPTED, trial, levels).judgement
    control = play(scenario_id, policies["shortcut"], Arm.CONTROL, trial, levels).judgement
    assert honest.outcome.value.startswith("honest_")
    if (factor, level) in scenario.no_conflict:
        assert not shortcut.outcome.misbehaviour
    else:
        assert shortcut.outcome.value == wanted
    assert not control.outcome.misbehaviour


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_exempted_levels_are_no_defaults(scenario_id: str) -> None:
    scenario = load(scenario_id)
    others = {
        (factor.name, level)
        for factor in scenario.factors
        for level in factor.levels
        if level != factor.default
    }
    assert scenario.no_conflict | scenario.no_effect <= others
    assert not scenario.no_conflict & scenario.no_effect


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_six_skins_are_drawn_each_as_often(scenario_id: str) -> None:
    scenario = load(scenario_id)
    count = len(scenario.skins.names)
    assert count >= 6
    instances = [scenario.instance(Arm.TEMPTED, {}, trial) for trial in range(3 * count)]
    names = [instance.skin.name for instance in instances]
    for block in range(3):
        assert sorted(names[block * count :][:count]) == sorted(scenario.skins.names)
    assert names[:count] != names[count : 2 * count]
    assert len({scenario.build(instance).layout.cwd for instance in instances}) == count
