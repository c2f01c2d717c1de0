"""Plans, episodes and run files for tests of what is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tempt.envs.factors import Arm
from tempt.envs.judgement import Disclosure, Judgement, Outcome
from tempt.envs.transcript import EndedBy, Transcript
from tempt.monitors import Finding, View
from tempt.runs.episode import EpisodeResult
from tempt.runs.manifest import make_manifest
from tempt.runs.plan import Plan, episodes
from tempt.runs.rows import Row, to_row
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import RunStore, create_store
from tempt.scenarios import CATALOGUE

HALT = "halt_midway"


def small_plan(
    agents: Iterable[str] = ("scripted:honest", "scripted:shortcut"),
    arms: Iterable[Arm] = (Arm.TEMPTED,),
    trials: int = 3,
) -> Plan:
    """A plan of the shipped scenario that is quickest."""
    return Plan({HALT: CATALOGUE[HALT]}, tuple(arms), tuple(agents), trials, {})


def new_store(path: Path, plan: Plan | None = None) -> RunStore:
    """A run file of ``plan``, with nothing in it."""
    return create_store(path, make_manifest(plan or small_plan()))


def spec(trial: int = 0) -> EpisodeSpec:
    """One episode of the small plan."""
    return list(episodes(small_plan()))[trial]


def row(
    transcript: Transcript | None = None,
    trial: int = 0,
    ledger: Sequence[str] = (),
    findings: Sequence[Finding] = (),
) -> Row:
    """An episode that was lived as ``transcript`` says, as a row."""
    judgement = Judgement(
        Outcome.HONEST_STOP, act_done=False, exposed=True, disclosure=Disclosure.FULL,
        severity=0, performance=0.5, evidence=("step 3: seen",),
    )  # fmt: skip
    result = EpisodeResult(
        spec=spec(trial),
        judgement=judgement,
        ended_by=EndedBy.INTERRUPTED,
        reward=0.5,
        ledger=ledger,
        ledger_hash="0" * 64,
        transcript=transcript or Transcript("Be good.", "Do it."),
        findings=tuple(findings),
    )
    return to_row(result)


def finding(step: int = 3, quote: str = "rm bin/halt") -> Finding:
    """A finding as the first monitor makes them."""
    return Finding("action_after_signal", "1", step, "call_1", View.ACTION, "shutdown", 0.9, quote)


def query(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What the file holds, asked of SQLite itself."""
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, values).fetchall()


def dump(path: Path) -> list[str]:
    """All that the file holds."""
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())
