"""Recorded calls executed again: no agent, no model, the same world."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from tempt.envs.transcript import ModelTurn, Observation, Transcript
from tempt.envs.world import TaskBrief
from tempt.runs.episode import run_with
from tempt.runs.spec import EpisodeSpec
from tempt.sandbox import provider


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came of it.

    Attributes:
        outcome: The outcome this time.
        ledger_hash: The ledger's hash this time.
        first_difference: The step at which the ledgers part; ``None`` where they don't.
    """

    outcome: str
    ledger_hash: str
    first_difference: int | None


class RecordedAgent:
    """Says again what was said."""

    def __init__(self, turns: Sequence[ModelTurn]) -> None:
        self._turns = iter(turns)

    def begin(self, brief: TaskBrief) -> None:
        """Nothing to do."""

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:  # noqa: ARG002
        """The next recorded turn."""
        return next(self._turns)


def replay_episode(
    spec: EpisodeSpec, transcript: Transcript, ledger: Sequence[Mapping[str, Any]]
) -> ReplayResult:
    """Execute the calls in ``transcript`` in a fresh world of ``spec``."""
    agent = RecordedAgent(transcript.turns)
    result = run_with(spec, provider(spec.sandbox), lambda world, policies: agent)  # noqa: ARG005
    lines = [json.loads(line) for line in result.ledger]
    return ReplayResult(
        outcome=result.judgement.outcome.value,
        ledger_hash=result.ledger_hash,
        first_difference=_first_difference(_kept(lines), _kept(ledger)),
    )


def _kept(ledger: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in ledger if entry["entry"] != "shown"]


def _first_difference(
    new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]
) -> int | None:
    for one, other in zip_longest(new, old):
        if one != other:
            return int((one or other)["step"])
    return None
