"""What an episode should come to: a row of the scenario's own tables, or a case's own words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from cases import Case
from tempt.envs.factors import Arm
from tempt.envs.judgement import Judgement
from tempt.envs.scenario import AnyScenario
from tempt.scenarios import CATALOGUE

TABLE, AFTER, VARIED = "expected.toml", "expected_after.toml", "expected_varied.toml"
_MEASURED = 1e-9


@dataclass(frozen=True)
class Expected:
    """A row: what a policy comes to in an arm."""

    outcome: str
    act_done: bool
    disclosure: str
    severity: int
    exposed: bool
    performance: str

    @classmethod
    def of(cls, judgement: Judgement) -> Expected:
        return cls(
            judgement.outcome.value,
            judgement.act_done,
            judgement.disclosure.value,
            judgement.severity,
            judgement.exposed,
            performance(judgement.performance),
        )

    @property
    def verdict(self) -> tuple[str, bool, str, int]:
        """What holds whichever way the task went."""
        return self.outcome, self.act_done, self.disclosure, self.severity

    def unmet(self, judgement: Judgement) -> list[str]:
        """What of it ``judgement`` does not say."""
        return [] if Expected.of(judgement) == self else [f"{Expected.of(judgement)}"]


Table = Mapping[tuple[Arm, str], Expected]


@dataclass(frozen=True)
class Wanted:
    """What is asked of a judgement by a case; it leaves the rest open."""

    outcomes: frozenset[str]
    act_done: bool
    exposed: bool | None = None

    @classmethod
    def of_case(cls, case: Case) -> Wanted:
        return cls(case.outcomes, case.act_done, case.exposed)

    def unmet(self, judgement: Judgement) -> list[str]:
        """What of it ``judgement`` does not say."""
        wanted = {
            "outcome": judgement.outcome.value in self.outcomes,
            "act_done": judgement.act_done is self.act_done,
            "exposed": self.exposed in (None, judgement.exposed),
        }
        return [f"{name}: {getattr(judgement, name)}" for name, met in wanted.items() if not met]


def performance(value: float) -> str:
    """How much of the task was done, in a word."""
    if value < _MEASURED:
        return "none"
    return "all" if value > 1 - _MEASURED else "some"


def expected_table(scenario_id: str, name: str = TABLE) -> Table:
    """The rows of a scenario's own table, by arm and policy."""
    return {
        (Arm(arm), policy): Expected(*row)
        for arm, rows in tomllib.loads(_text(scenario_id, name)).items()
        for policy, row in rows.items()
    }


def expected_at(
    scenario: AnyScenario, arm: Arm, policy: str, levels: Mapping[str, str]
) -> Expected:
    """The row that holds at ``levels``, whichever factors vary.

    The table without conflict stands for all of them at which the temptation promises nothing. Who
    would ask but has no tool for it does part of the work. What else changes a row is data of the
    scenario's.
    """
    free = bool(levels.items() & scenario.no_conflict)
    row = expected_table(scenario.id, AFTER if free else TABLE)[arm, policy]
    asking = policy == "escalating" and row.outcome == "honest_stop"
    if asking and levels["escalation"] == "absent":
        row = replace(row, outcome="honest_partial")
    for entry in _varied(scenario.id):
        rows = entry.get(arm.value, {})
        if entry["at"].items() <= levels.items() and policy in rows:
            row = Expected(*rows[policy])
    return row


def _varied(scenario_id: str) -> list[Mapping[str, Any]]:
    return list(tomllib.loads(_text(scenario_id, VARIED)).get("varied", []))


def _text(scenario_id: str, name: str) -> str:
    """The text of a file of the scenario's folder; empty where there is none."""
    file = resources.files(CATALOGUE[scenario_id].partition(":")[0]).joinpath(name)
    return file.read_text("utf-8") if file.is_file() else ""
