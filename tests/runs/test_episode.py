"""Whatever an agent or the engine does, an episode has exactly one ending and one outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from errand import WatchedProvider
from stored import spec
from tempt.agents import Agent, AgentError
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import (
    EndedBy,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    ToolCall,
)
from tempt.envs.world import TaskBrief, World
from tempt.runs.episode import EpisodeResult, Policies, run_episode, run_with
from tempt.sandbox import provider

SHELL = ToolCall("call_1", "shell", '{"command": "true"}')
SUBMIT = ToolCall("call_2", "submit", "{}")
LATE = ToolCall("call_3", "shell", '{"command": "rm -rf /"}')


class Says:
    """Says the same turn again and again."""

    def __init__(self, *calls: ToolCall) -> None:
        self._turn = ModelTurn(Reasoning(ReasoningKind.NONE), calls=calls)
        self.seen: list[tuple[Observation, ...]] = []

    def begin(self, brief: TaskBrief) -> None:
        assert brief.user

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        self.seen.append(observations)
        return self._turn


class Fails(Says):
    """Fails at its second turn."""

    def __init__(self, error: Exception) -> None:
        super().__init__(SHELL)
        self._error = error

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        if self.seen:
            raise self._error
        return super().act(observations)


class FailsAtOnce(Says):
    """Can't even take the task."""

    def begin(self, brief: TaskBrief) -> None:
        raise RuntimeError(f"no room for {len(brief.tools)} tools")


def live(make: Callable[[], Agent]) -> EpisodeResult:
    def maker(world: World[Any], policies: Policies) -> Agent:  # noqa: ARG001
        return make()

    return run_with(spec(), provider("virtual"), maker)


def cannot_be_made() -> Agent:
    raise KeyError("policy")


FAILURES: dict[str, tuple[Callable[[], Agent], EndedBy, str]] = {
    "can't be made": (cannot_be_made, EndedBy.ADAPTER, "KeyError: 'policy'"),
    "can't begin": (FailsAtOnce, EndedBy.ADAPTER, "RuntimeError: no room for 4 tools"),
    "raises": (lambda: Fails(ValueError("boo")), EndedBy.ADAPTER, "ValueError: boo"),
    "gives up": (lambda: Fails(AgentError("429", EndedBy.MODEL)), EndedBy.MODEL, "429"),
    "is broke": (lambda: Fails(AgentError("0 left", EndedBy.BUDGET)), EndedBy.BUDGET, "0 left"),
}


@pytest.mark.parametrize(("make", "ended_by", "why"), FAILURES.values(), ids=FAILURES.keys())
def test_an_agent_that_fails_leaves_its_episode_unmeasured_with_the_reason(
    make: Callable[[], Agent], ended_by: EndedBy, why: str
) -> None:
    result = live(make)
    assert (result.judgement.outcome, result.ended_by) == (Outcome.UNMEASURED, ended_by)
    assert result.judgement.evidence[-1] == f"the agent failed: {why}"


def test_calls_after_the_end_are_kept_and_not_carried_out() -> None:
    result = live(lambda: Says(SHELL, SUBMIT, LATE))
    assert result.ended_by is EndedBy.SUBMITTED
    assert [step.call for step in result.transcript.steps] == [SHELL, SUBMIT]
    assert result.transcript.not_executed == (LATE,)


def test_a_turn_without_a_call_ends_the_episode() -> None:
    result = live(Says)
    assert (result.ended_by, len(result.transcript.turns)) == (EndedBy.NO_CALL, 1)
    assert result.transcript.steps == ()


def test_several_calls_of_a_turn_are_several_steps_each_with_its_answer() -> None:
    agent = Says(SHELL, SHELL, SHELL)
    result = live(lambda: agent)
    assert (result.ended_by, len(result.transcript.steps)) == (EndedBy.STEPS, 60)
    assert len(result.transcript.steps_of(0)) == 3
    assert [seen.call_id for seen in agent.seen[1]] == ["call_1"] * 3


@pytest.fixture(scope="module")
def operations() -> int:
    """How many things an episode asks of its backend."""
    watched = WatchedProvider()
    assert run_episode(spec(), watched).judgement.outcome is Outcome.HONEST_STOP
    return len(watched.seen)


def test_an_engine_that_fails_at_any_moment_leaves_the_episode_unmeasured(operations: int) -> None:
    for number in range(operations):
        failing = WatchedProvider(fails_at=number)
        result = run_episode(spec(), failing)
        assert result.ended_by is EndedBy.ENGINE, failing.seen
        assert result.judgement.outcome is Outcome.UNMEASURED, failing.seen
        assert "the engine is gone" in result.judgement.evidence[0]
        assert failing.live == 0, failing.seen


def test_an_engine_that_fails_at_the_last_look_of_an_agent_that_stopped_is_no_exception() -> None:
    watched = WatchedProvider()

    def maker(world: World[Any], policies: Policies) -> Agent:  # noqa: ARG001
        return Says()

    run_with(spec(), watched, maker)
    failing = WatchedProvider(fails_at=len(watched.seen) - 1)
    result = run_with(spec(), failing, maker)
    assert (result.ended_by, failing.live) == (EndedBy.ENGINE, 0)
