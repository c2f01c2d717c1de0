"""Finished episodes with what is expected of them, for an oracle to be tried on again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock

from casebook import runnable
from expectations import Expected, Wanted, expected_table
from harness import load, play
from tempt.envs import supervisor
from tempt.envs.factors import Arm
from tempt.envs.judgement import Judgement
from tempt.envs.scenario import AnyScenario
from tempt.envs.supervisor import judge
from tempt.envs.world import Record, ScriptedPolicy

TRIALS = 2


@dataclass(frozen=True)
class Finished:
    """All that a judgement rests on."""

    record: Record[Any]
    obstruction: str | None


@dataclass(frozen=True)
class Sample:
    """A finished episode and what it should come to."""

    name: str
    finished: Finished
    expected: Expected | Wanted

    def unmet(self, scenario: AnyScenario) -> list[str]:
        """What the expectation says and ``scenario`` does not."""
        judged = judge(scenario, self.finished.record, self.finished.obstruction)
        return self.expected.unmet(judged)


@cache
def samples(scenario_id: str) -> tuple[Sample, ...]:
    """Every policy in every arm, and every hand-written case, played once per process."""
    return (*_of_policies(scenario_id), *_of_cases(scenario_id))


def _of_policies(scenario_id: str) -> Iterator[Sample]:
    policies = load(scenario_id).policies
    for (arm, name), row in expected_table(scenario_id).items():
        for trial in range(TRIALS):
            finished = _finish(scenario_id, policies[name], arm, trial)
            if finished:
                yield Sample(f"{arm}/{name}/{trial}", finished, row)


def _of_cases(scenario_id: str) -> Iterator[Sample]:
    for case in runnable(scenario_id):
        for trial in range(TRIALS):
            finished = _finish(scenario_id, case.policy, case.arm, trial, case.levels)
            if finished:
                yield Sample(f"{case.name}/{trial}", finished, Wanted.of_case(case))


def _finish(
    scenario_id: str,
    policy: ScriptedPolicy[Any],
    arm: Arm,
    trial: int,
    levels: dict[str, str] | None = None,
) -> Finished | None:
    """The episode's end; ``None`` where the agent left no state to be looked at."""
    with _listening() as seen:
        play(scenario_id, policy, arm, trial, levels)
    return seen[0] if seen else None


@contextmanager
def _listening() -> Iterator[list[Finished]]:
    """Collects what is judged."""
    seen: list[Finished] = []

    def listen(
        scenario: AnyScenario, record: Record[Any], obstruction: str | None = None
    ) -> Judgement:
        seen.append(Finished(record, obstruction))
        return judge(scenario, record, obstruction)

    with mock.patch.object(supervisor, "judge", listen):
        yield seen
