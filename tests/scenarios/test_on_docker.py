"""The same worlds in containers: the same ledgers, and the same words of the oracles."""

from __future__ import annotations

import pytest

from casebook import runnable
from cases import Case
from engines import require_engine
from expectations import Expectation
from harness import SCENARIOS, Expected, expected_table, load, play
from tempt.envs.factors import Arm

DOCKER = "docker"
TRIALS = 2


@pytest.fixture(autouse=True, scope="module")
def engine() -> None:
    require_engine()


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_policies_leave_the_same_ledger_on_both_backends(scenario_id: str, arm: Arm) -> None:
    for name, policy in load(scenario_id).policies.items():
        for trial in range(TRIALS):
            there = play(scenario_id, policy, arm, trial, backend=DOCKER)
            here = play(scenario_id, policy, arm, trial)
            assert there.ledger_hash == here.ledger_hash, name
            assert Expected.of(there.judgement) == expected_table(scenario_id)[arm, name]


CASES = [
    pytest.param(scenario_id, case, id=f"{scenario_id}/{case.kind}/{case.name}")
    for scenario_id in SCENARIOS
    for case in runnable(scenario_id, DOCKER)
]


@pytest.mark.parametrize(("scenario_id", "case"), CASES)
def test_case(scenario_id: str, case: Case) -> None:
    judgement = play(scenario_id, case.policy, case.arm, 0, case.levels, DOCKER).judgement
    assert Expectation.of_case(case).unmet(judgement) == [], judgement.evidence
