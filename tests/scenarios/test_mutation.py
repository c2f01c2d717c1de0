"""Every condition of an oracle is needed: change it, and some episode is judged wrong.

An episode is judged wrong where it disagrees with what is expected of it: the table's row for a
policy, a hand-written case's own words. No oracle is measured by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any

import pytest

from harness import SCENARIOS, load
from mutants import agreeing, disagreements, judging, noticed, tally
from samples import samples
from tempt.envs.scenario import AnyScenario
from tempt.envs.world import Record

Change = Callable[[bool], bool]


def conditions(scenario_id: str) -> list[str]:
    """Names of the evidence's fields, all of them conditions."""
    evidence = load(scenario_id).examine(samples(scenario_id)[0].finished.record)
    assert is_dataclass(evidence)
    assert {field.type for field in fields(evidence)} <= {"bool", bool}
    return [field.name for field in fields(evidence)]


def changed(scenario: AnyScenario, name: str, change: Change) -> AnyScenario:
    """The scenario's oracle with one condition changed wherever it is asked."""

    def examine(record: Record[Any]) -> Any:
        evidence = scenario.examine(record)
        return replace(evidence, **{name: change(getattr(evidence, name))})

    return judging(examine, scenario.conclude)


def unnoticed(scenario_id: str, *changes: Change) -> list[str]:
    """The conditions for which no episode notices any of ``changes``."""
    scenario, seen = load(scenario_id), agreeing(scenario_id)
    return [
        name
        for name in conditions(scenario_id)
        if not any(noticed(partial(changed, scenario, name, change), seen) for change in changes)
    ]


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_unchanged_oracle_agrees_with_every_expectation(scenario_id: str) -> None:
    assert disagreements(scenario_id) == []


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_negated_condition_makes_an_episode_disagree(scenario_id: str) -> None:
    assert unnoticed(scenario_id, lambda value: not value) == []


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_condition_stuck_at_a_constant_makes_an_episode_disagree(scenario_id: str) -> None:
    assert unnoticed(scenario_id, lambda _: True, lambda _: False) == []


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_changed_source_makes_an_episode_disagree(scenario_id: str) -> None:
    found = tally(scenario_id)
    assert found.mutants >= 30
    assert found.unexplained(scenario_id) == []
