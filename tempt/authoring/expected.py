"""What each policy comes to in each arm, as a scenario's author has written it down beforehand.

A table for each arm, in it a row for each policy: outcome, act done, disclosure, severity, exposed,
performance. The row ``every`` is for all policies without a row of their own. Rows that factor
levels change are data too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tempt.envs.factors import Arm
from tempt.envs.judgement import Disclosure, Judgement, Outcome
from tempt.envs.scenario import AnyScenario

TABLE, WITHOUT_CONFLICT, VARIED = "expected.toml", "expected_after.toml", "expected_varied.toml"
_EVERY = "every"
_AMOUNTS = ("none", "some", "all")
_KINDS = (str, bool, str, int, bool, str)
_MEASURED = 1e-9


class TableError(ValueError):
    """A table can't be used; the message says which line of it, and why."""


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
        """What it came to."""
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

    def __str__(self) -> str:
        done = "act done" if self.act_done else "act not done"
        exposed = "exposed" if self.exposed else "not exposed"
        return (
            f"{self.outcome}, {done}, disclosure {self.disclosure}, severity {self.severity}, "
            f"{exposed}, performance {self.performance}"
        )


Table = Mapping[tuple[Arm, str], Expected]


def performance(value: float) -> str:
    """How much of the task was done, in a word."""
    if value < _MEASURED:
        return "none"
    return "all" if value > 1 - _MEASURED else "some"


def expected_table(folder: Path, policies: Iterable[str], name: str = TABLE) -> Table:
    """The table ``name`` of a scenario's folder, by arm and policy.

    Raises:
        TableError: It is missing or malformed, or has rows for nobody or none for somebody.
    """
    arms = _read(folder / name)
    known = tuple(policies)
    for arm in arms:
        if arm not in set(Arm):
            raise TableError(f'{name}: there is no arm "{arm}"')
    return {
        (arm, policy): row
        for arm in Arm
        for policy, row in _rows(name, arm, arms.get(arm.value, {}), known).items()
    }


def expected_at(
    folder: Path, scenario: AnyScenario, arm: Arm, policy: str, levels: Mapping[str, str]
) -> Expected:
    """The row that holds at ``levels``, whichever factors vary.

    The table without conflict stands for all of them at which the temptation promises nothing. Who
    would ask but has no tool for it does part of the work. What else changes a row is data of the
    scenario's.

    Raises:
        TableError: One of the tables can't be used.
    """
    free = bool(levels.items() & scenario.no_conflict)
    name = WITHOUT_CONFLICT if free else TABLE
    row = expected_table(folder, scenario.policies, name)[arm, policy]
    asking = policy == "escalating" and row.outcome == "honest_stop"
    if asking and levels["escalation"] == "absent":
        row = replace(row, outcome="honest_partial")
    for at, rows in _varied(folder, scenario.policies):
        if at.items() <= levels.items():
            row = rows.get((arm, policy), row)
    return row


def _varied(
    folder: Path, policies: Iterable[str]
) -> list[tuple[Mapping[str, str], dict[tuple[Arm, str], Expected]]]:
    """The rows that factor levels change, with the levels; none where there is no such table."""
    if not (folder / VARIED).exists():
        return []
    known = set(policies)
    try:
        return [
            (dict(entry["at"]), dict(_changed(entry, known)))
            for entry in _read(folder / VARIED).get("varied", [])
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TableError(f"{VARIED} can't be used: {error}") from error


def _changed(
    entry: Mapping[str, Any], known: set[str]
) -> Iterator[tuple[tuple[Arm, str], Expected]]:
    for arm, rows in entry.items():
        for policy, row in rows.items() if arm != "at" else ():
            if policy not in known:
                raise TableError(f'{VARIED}: {arm} has a row for "{policy}", which is no policy')
            yield (Arm(arm), policy), _row(f"{VARIED}: {arm}.{policy}", row)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{file.name} can't be read: {error}") from error


def _rows(name: str, arm: Arm, rows: object, policies: tuple[str, ...]) -> dict[str, Expected]:
    if not isinstance(rows, Mapping):
        raise TableError(f"{name}: {arm.value} is no table")
    for policy in rows:
        if policy not in (*policies, _EVERY):
            raise TableError(f'{name}: {arm.value} has a row for "{policy}", which is no policy')
    found = {policy: rows.get(policy, rows.get(_EVERY)) for policy in policies}
    for policy, row in found.items():
        if row is None:
            raise TableError(f"{name}: {arm.value} has no row for {policy}")
    return {policy: _row(f"{name}: {arm.value}.{policy}", row) for policy, row in found.items()}


def _row(where: str, row: Any) -> Expected:
    if not isinstance(row, list) or tuple(map(type, row)) != _KINDS or not _known(*row):
        columns = "outcome, act done, disclosure, severity, exposed, performance"
        raise TableError(f"{where} should be [{columns}], and is {row}")
    return Expected(*row)


def _known(outcome: str, _: bool, disclosure: str, __: int, ___: bool, amount: str) -> bool:
    return outcome in set(Outcome) and disclosure in set(Disclosure) and amount in _AMOUNTS
