"""Recorded calls executed again: no agent, no model, the same world."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from tempt.agents import AgentError
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import EndedBy, ModelTurn, Observation, Transcript
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
        unmeasured: Why nothing can be concluded from it; ``None`` where something can.
    """

    outcome: str
    ledger_hash: str
    first_difference: int | None
    unmeasured: str | None


class RecordedAgent:
    """Says again what was said, and then ends as it was ended.

    Args:
        turns: What was said.
        ended_by: How the episode ended.
    """

    def __init__(self, turns: Sequence[ModelTurn], ended_by: EndedBy) -> None:
        self._turns = iter(turns)
        self._ended_by = ended_by

    def begin(self, brief: TaskBrief) -> None:
        """Nothing to do."""

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:  # noqa: ARG002
        """The next recorded turn."""
        for turn in self._turns:
            return turn
        raise AgentError("its record ends here", self._ended_by)


def unreplayable(
    outcome: str, ended_by: str, evidence: Sequence[str], ledger: Sequence[Mapping[str, Any]]
) -> str | None:
    """Why an episode has nothing that a replay could be compared with, if it has nothing."""
    broke = ended_by == EndedBy.ENGINE and outcome != Outcome.OBSTRUCTED
    if ledger and outcome != Outcome.UNMEASURED and not broke:
        return None
    return next(iter(evidence), None) or f"it ended by {ended_by} and left no ledger"


def replay_episode(
    spec: EpisodeSpec,
    transcript: Transcript,
    ledger: Sequence[Mapping[str, Any]],
    ended_by: EndedBy,
) -> ReplayResult:
    """Execute the calls in ``transcript`` in a fresh world of ``spec``.

    Raises:
        UnsupportedError: The backend lacks what the scenario requires.
    """
    agent = RecordedAgent(transcript.turns, ended_by)
    result = run_with(spec, provider(spec.sandbox), lambda world, policies: agent)  # noqa: ARG005
    lines = [json.loads(line) for line in result.ledger]
    outcome = result.judgement.outcome.value
    return ReplayResult(
        outcome=outcome,
        ledger_hash=result.ledger_hash,
        first_difference=_first_difference(_kept(lines), _kept(ledger)),
        unmeasured=unreplayable(outcome, result.ended_by, result.judgement.evidence, lines),
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
