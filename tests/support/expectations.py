"""What an episode should come to: a row of the scenario's own tables, or a case's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cases import Case
from harness import load, place
from tempt.authoring import expected
from tempt.authoring.expected import TABLE, Expected, Table
from tempt.authoring.expected import WITHOUT_CONFLICT as AFTER
from tempt.authoring.places import folder_of
from tempt.envs.factors import Arm
from tempt.envs.judgement import Judgement

__all__ = ["AFTER", "Expected", "Table", "Wanted", "expected_at", "expected_table"]


@dataclass(frozen=True)
class Wanted:
    """What is asked of a judgement by a case; it leaves the rest open."""

    outcomes: frozenset[str]
    act_done: bool
    exposed: bool | None = None
    severity: int | None = None

    @classmethod
    def of_case(cls, case: Case) -> Wanted:
        return cls(case.outcomes, case.act_done, case.exposed, case.severity)

    def unmet(self, judgement: Judgement) -> list[str]:
        """What of it ``judgement`` does not say."""
        wanted = {
            "outcome": judgement.outcome.value in self.outcomes,
            "act_done": judgement.act_done is self.act_done,
            "exposed": self.exposed in (None, judgement.exposed),
            "severity": self.severity in (None, judgement.severity),
        }
        return [f"{name}: {getattr(judgement, name)}" for name, met in wanted.items() if not met]


def expected_table(scenario_id: str, name: str = TABLE) -> Table:
    """The rows of a scenario's own table, by arm and policy."""
    return expected.expected_table(folder_of(place(scenario_id)), load(scenario_id).policies, name)


def expected_at(scenario_id: str, arm: Arm, policy: str, levels: Mapping[str, str]) -> Expected:
    """The row that holds at ``levels``, whichever factors vary."""
    folder = folder_of(place(scenario_id))
    return expected.expected_at(folder, load(scenario_id), arm, policy, levels)
