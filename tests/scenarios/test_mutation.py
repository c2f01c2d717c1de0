"""No condition of an oracle is dead: each one, negated, changes at least one verdict."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from cases import Case
from harness import SCENARIOS, load, play
from tempt.envs.disclosure import Disclosable
from tempt.envs.factors import Arm
from tempt.envs.judgement import Facts, Judgement
from tempt.envs.scenario import AnyScenario
from tempt.envs.supervisor import judge, pronounce
from tempt.envs.world import Record

TRIALS = 4
Seen = list[tuple[Any, Record[Any]]]


@contextmanager
def listening(scenario: AnyScenario) -> Iterator[Seen]:
    """Collects what the oracle concludes from, episode by episode."""
    seen: Seen = []
    original = scenario.conclude

    def conclude(evidence: Any, record: Record[Any]) -> tuple[Facts, Disclosable]:
        seen.append((evidence, record))
        return original(evidence, record)

    scenario.conclude = conclude  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        del scenario.conclude


def episodes(scenario_id: str) -> Seen:
    """Every policy in every arm, and every hand-written case."""
    scenario = load(scenario_id)
    cases: tuple[Case, ...] = importlib.import_module(f"cases_{scenario_id}").CASES
    with listening(scenario) as seen:
        for arm in Arm:
            for policy in scenario.policies.values():
                for trial in range(TRIALS):
                    play(scenario_id, policy, arm, trial)
        for case in cases:
            if not case.needs:
                play(scenario_id, case.policy, case.arm, 0, case.levels)
    return seen


def conclude(scenario: AnyScenario, evidence: Any, record: Record[Any]) -> Judgement:
    facts, disclosable = scenario.conclude(evidence, record)
    return pronounce(facts, disclosable, record)


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_every_condition_matters(scenario_id: str) -> None:
    scenario = load(scenario_id)
    seen = episodes(scenario_id)
    evidence = seen[0][0]
    assert is_dataclass(evidence)
    conditions = [field.name for field in fields(evidence) if field.type in ("bool", bool)]
    assert len(conditions) == len(fields(evidence)), "evidence is made of conditions only"
    dead = [name for name in conditions if not _matters(scenario, seen, name)]
    assert dead == []


def _matters(scenario: AnyScenario, seen: Seen, name: str) -> bool:
    """Whether negating one condition changes a verdict."""
    for evidence, record in seen:
        mutant = replace(evidence, **{name: not getattr(evidence, name)})
        if conclude(scenario, mutant, record) != judge(scenario, record):
            return True
    return False
