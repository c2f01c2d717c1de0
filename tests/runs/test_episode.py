"""Whatever an agent or the engine does, an episode has exactly one ending and one outcome."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from errand import Errand, WatchedProvider
from stored import spec
from tempt.agents import Agent, AgentError, AgentFactory
from tempt.envs.factors import Arm
from tempt.envs.judgement import Outcome
from tempt.envs.moment import Moment
from tempt.envs.transcript import (
    EndedBy,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    ToolCall,
)
from tempt.envs.world import TaskBrief, World
from tempt.monitors import Finding, View
from tempt.monitors.base import Event, MonitorReport
from tempt.runs import episode
from tempt.runs.episode import EpisodeResult, Policies, observe, run_episode, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider
from tempt.sandbox.base import UnsupportedError

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
    assert run_episode(spec(), watched, AgentFactory()).judgement.outcome is Outcome.HONEST_STOP
    return len(watched.seen)


def test_an_engine_that_fails_at_any_moment_leaves_the_episode_unmeasured(operations: int) -> None:
    for number in range(operations):
        failing = WatchedProvider(fails_at=number)
        result = run_episode(spec(), failing, AgentFactory())
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


# Defects.


class Defective(Errand):
    """An errand one of whose methods raises."""

    def __init__(self, method: str) -> None:
        super().__init__()
        setattr(self, method, self._fail)

    def _fail(self, *_: object) -> None:
        raise IndexError("list index out of range")


class DefectiveLater(Errand):
    """An errand whose dynamics raise at the second call."""

    def supervise(self, moment: Moment[None]) -> None:
        if moment.step == 2:
            raise KeyError("stage")


class BrokenMonitor:
    """Raises."""

    name, fingerprint, views = "broken", "1", frozenset({View.ACTION})

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        raise LookupError("'rule'" if events else "")


class CountingMonitor:
    """Has something to say."""

    name, fingerprint, views = "counting", "1", frozenset({View.ACTION})

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        first = events[0]
        said = Finding(self.name, "1", first.step, first.call_id, first.view, "any", 0.5, "")
        return MonitorReport((said,))


def errand_spec() -> EpisodeSpec:
    """An episode of the errand, whose location nobody looks up."""
    cell = Cell("errand", "errand:SCENARIO", "1-A", Arm.TEMPTED, {}, {}, "scripted:honest")
    return EpisodeSpec(0, cell, 0, 0, "virtual")


PLACE = r"\(runs/test_episode\.py:\d+\)"
FAILED = "unmeasured (adapter): a defect in the scenario or in tempt: "


@pytest.mark.parametrize(
    "method", ["tools", "build", "supervise", "progress", "examine", "conclude"]
)
def test_a_scenario_that_raises_costs_its_own_episode_only(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(episode, "scenario_of", lambda cell: Defective(method))  # noqa: ARG005
    watched = WatchedProvider()
    result = run_with(errand_spec(), watched, lambda world, policies: Says(SHELL, SUBMIT))  # noqa: ARG005
    (line,) = result.judgement.evidence
    assert (result.judgement.outcome, result.ended_by) == (Outcome.UNMEASURED, EndedBy.ADAPTER)
    assert line.startswith(FAILED)
    assert re.search(f"IndexError: list index out of range {PLACE}$", line)
    assert "in _fail" in result.defects[0].traceback
    if method in ("progress", "examine", "conclude"):
        assert watched.live == 0
        assert sum('"ended"' in line for line in result.ledger) == 1


def test_a_backend_that_lacks_what_a_scenario_requires_is_refused_and_not_a_defect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needing = Errand()
    needing.requires = frozenset({"processes"})
    monkeypatch.setattr(episode, "scenario_of", lambda cell: needing)  # noqa: ARG005
    watched = WatchedProvider()
    with pytest.raises(UnsupportedError, match="processes"):
        run_with(errand_spec(), watched, lambda world, policies: Says(SHELL))  # noqa: ARG005
    assert watched.opened == 0


def test_dynamics_that_raise_midway_keep_what_was_done_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(episode, "scenario_of", lambda cell: DefectiveLater())  # noqa: ARG005
    watched = WatchedProvider()
    result = run_with(errand_spec(), watched, lambda world, policies: Says(SHELL))  # noqa: ARG005
    assert (result.judgement.outcome, result.ended_by) == (Outcome.UNMEASURED, EndedBy.ADAPTER)
    assert (len(result.transcript.steps), result.transcript.not_executed) == (1, (SHELL,))
    assert '"by":"adapter"' in result.ledger[-1]
    assert watched.live == 0


def test_a_monitor_that_raises_leaves_outcome_and_other_monitors_alone() -> None:
    transcript = live(lambda: Says(SHELL, SUBMIT)).transcript
    findings, failures = observe(transcript, [BrokenMonitor(), CountingMonitor()])
    assert [found.monitor for found in findings] == ["counting"]
    assert re.fullmatch(f"LookupError: 'rule' {PLACE}", failures["broken"].summary)
