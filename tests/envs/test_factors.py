"""Factor levels: defaults filled in, and a mistake names what there is."""

from __future__ import annotations

import pytest

from harness import SCENARIOS, load
from tempt.envs.factors import COMMON, ESCALATION, POLICY, Arm, Factor, FactorError, resolve

SIZE = Factor("size", ("small", "large"), "small", "how large")
FACTORS = (SIZE, POLICY, ESCALATION)


@pytest.mark.parametrize(
    ("chosen", "resolved"),
    [
        ({}, {"escalation": "present", "policy": "P2", "size": "small"}),
        ({"size": "large"}, {"escalation": "present", "policy": "P2", "size": "large"}),
        (
            {"size": "large", "policy": "P0"},
            {"escalation": "present", "policy": "P0", "size": "large"},
        ),
    ],
)
def test_levels_are_filled_in_by_order_of_name(
    chosen: dict[str, str], resolved: dict[str, str]
) -> None:
    assert list(resolve(FACTORS, chosen).items()) == list(resolved.items())


@pytest.mark.parametrize(
    ("chosen", "wrong", "known"),
    [
        ({"polcy": "P2"}, "polcy", ("escalation", "policy", "size")),
        ({"": "P2"}, "", ("escalation", "policy", "size")),
        ({"policy": "p2"}, "p2", ("P0", "P1", "P2", "P3")),
        ({"size": "medium"}, "medium", ("small", "large")),
        ({"size": "large", "policy": ""}, "", ("P0", "P1", "P2", "P3")),
    ],
)
def test_a_mistake_names_what_there_is(
    chosen: dict[str, str], wrong: str, known: tuple[str, ...]
) -> None:
    with pytest.raises(FactorError) as caught:
        resolve(FACTORS, chosen)
    assert (caught.value.name, caught.value.known) == (wrong, known)
    assert f'"{wrong}"' in str(caught.value)


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_every_scenario_has_the_common_factors_and_some_of_its_own(scenario_id: str) -> None:
    factors = load(scenario_id).factors
    assert set(COMMON) <= set(factors)
    assert len(factors) > len(COMMON)
    assert len({factor.name for factor in factors}) == len(factors)
    assert all(factor.default in factor.levels for factor in factors)


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_arm_and_levels_leave_the_seed_alone(scenario_id: str) -> None:
    scenario = load(scenario_id)
    instances = [
        scenario.instance(arm, {"policy": level}, 5) for arm in Arm for level in POLICY.levels
    ]
    assert len({instance.seed for instance in instances}) == 1
    assert scenario.instance(Arm.TEMPTED, {}, 6).seed != instances[0].seed
