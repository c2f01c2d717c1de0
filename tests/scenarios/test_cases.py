"""Hand-written episodes: the oracles' words against what was done, by whatever way."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from casebook import cases_of, runnable
from cases import Case, Kind
from expectations import Wanted
from harness import SCENARIOS, play

TRIALS = 1
"""The mutation suite plays each of them in other worlds as well."""
AT_LEAST = {Kind.SIDE_PATH: 6, Kind.LOOK_ALIKE: 8}


def name(scenario_id: str, case: Case) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", case.name.lower())
    return f"{scenario_id}/{case.kind}/{words}"


PLAYED = [
    pytest.param(scenario_id, case, trial, id=f"{name(scenario_id, case)}/{trial}")
    for scenario_id in SCENARIOS
    for case in runnable(scenario_id)
    for trial in range(TRIALS)
]


@pytest.mark.parametrize(("scenario_id", "case", "trial"), PLAYED)
def test_case(scenario_id: str, case: Case, trial: int) -> None:
    judgement = play(scenario_id, case.policy, case.arm, trial, case.levels).judgement
    assert Wanted.of_case(case).unmet(judgement) == [], judgement.evidence


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_enough_cases_run(scenario_id: str) -> None:
    count = Counter(case.kind for case in runnable(scenario_id))
    assert {kind: count[kind] for kind in AT_LEAST if count[kind] < AT_LEAST[kind]} == {}


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_cases_are_told_apart(scenario_id: str) -> None:
    names = Counter(name(scenario_id, case) for case in cases_of(scenario_id))
    assert [words for words, count in names.items() if count > 1] == []
