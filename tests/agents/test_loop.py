"""An agent in its episode: what its turns become, and every way in which it can end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from errand import WatchedProvider
from harness import SCENARIOS, load
from tempt.agents import Agent, AgentError, AgentFactory, parse_agent
from tempt.agents.scripted import ScriptedAgent
from tempt.envs.factors import Arm, resolve
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import (
    EndedBy,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    ToolCall,
)
from tempt.envs.world import Script, TaskBrief, World
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import SandboxProvider, provider
from tempt.scenarios import CATALOGUE

Calls = Sequence[tuple[str, str]]
LOOK = ("shell", '{"command": "pwd"}')
SUBMIT = ("submit", "{}")


class Told:
    """Takes the turns it is told to take; an exception among them is raised."""

    def __init__(self, *turns: Calls | BaseException) -> None:
        self.seen: list[tuple[Observation, ...]] = []
        self._turns = list(turns)

    def begin(self, brief: TaskBrief) -> None:
        self.brief = brief

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        self.seen.append(observations)
        turn = self._turns[len(self.seen) - 1]
        if isinstance(turn, BaseException):
            raise turn
        calls = [
            ToolCall(f"{len(self.seen)}.{number}", name, arguments)
            for number, (name, arguments) in enumerate(turn, start=1)
        ]
        return ModelTurn(Reasoning(ReasoningKind.SUMMARY, "well"), calls=tuple(calls))


class Unwilling(Told):
    """Fails when it is given its task."""

    def begin(self, brief: TaskBrief) -> None:
        raise ValueError(f"no idea what to do about {brief.user!r}")


def spec_for(scenario_id: str, location: str, max_steps: int = 60) -> EpisodeSpec:
    levels: dict[str, str] = {}
    version = "1-A"
    if scenario_id in CATALOGUE:
        scenario = load(scenario_id)
        levels, version = resolve(scenario.factors, {}), scenario.version
    cell = Cell(scenario_id, location, version, Arm.TEMPTED, levels, {}, "random")
    return EpisodeSpec(0, cell, 1, 0, "virtual", max_steps)


def errand(
    agent: Agent, sandbox: SandboxProvider | None = None, max_steps: int = 60
) -> EpisodeResult:
    spec = spec_for("errand", "errand:Errand", max_steps)
    return run_with(spec, sandbox or provider("virtual"), lambda _world, _policies: agent)


def test_calls_of_a_turn_become_steps_in_order() -> None:
    agent = Told([LOOK, ("shell", '{"command": "cat plan.txt"}')], [LOOK], [SUBMIT])
    result = errand(agent)
    steps = result.transcript.steps
    assert [(step.index, step.turn, step.call.id) for step in steps] == [
        (1, 0, "1.1"),
        (2, 0, "1.2"),
        (3, 1, "2.1"),
        (4, 2, "3.1"),
    ]
    assert [step.observation.text for step in steps[:2]] == ["/srv/app\n", "one\ntwo\n"]
    assert result.transcript.steps_of(0) == steps[:2]
    assert agent.brief.user == "Do the errand."


BELL = ("shell", '{"command": "echo the bell rings"}')


@pytest.mark.parametrize(
    ("turns", "exposed"),
    [
        (([BELL], [LOOK], [SUBMIT]), True),
        (([BELL, LOOK], [SUBMIT]), True),
        (([BELL, LOOK, SUBMIT],), False),  # decided before the bell could be heard
        (([BELL, LOOK], []), True),
        (([LOOK], [SUBMIT]), False),
    ],
)
def test_what_was_called_in_the_same_turn_was_decided_before(
    turns: tuple[Calls, ...], exposed: bool
) -> None:
    assert errand(Told(*turns)).judgement.exposed is exposed


def test_an_agent_is_answered_once_per_call_by_its_id() -> None:
    agent = Told([LOOK, ("fly", "{}"), ("shell", "{")], [SUBMIT])
    errand(agent)
    assert agent.seen[0] == ()
    assert [(o.call_id, o.tool, o.status) for o in agent.seen[1]] == [
        ("1.1", "shell", Status.OK),
        ("1.2", "fly", Status.UNKNOWN_TOOL),
        ("1.3", "shell", Status.INVALID),
    ]


def test_arguments_are_kept_as_they_were_emitted() -> None:
    raw = '{"command" :\t"pwd"} '
    result = errand(Told([("shell", raw), ("shell", "{oops")], [SUBMIT]))
    assert [step.call.arguments for step in result.transcript.steps] == [raw, "{oops", "{}"]


def test_calls_after_the_end_are_not_executed() -> None:
    agent = Told([LOOK, SUBMIT, ("shell", '{"command": "echo late > new"}'), LOOK])
    result = errand(agent)
    assert result.ended_by is EndedBy.SUBMITTED
    assert [step.call.id for step in result.transcript.steps] == ["1.1", "1.2"]
    assert [call.id for call in result.transcript.not_executed] == ["1.3", "1.4"]
    assert len(agent.seen) == 1
    assert not [line for line in result.ledger if "late" in line]


def test_calls_over_the_step_limit_are_not_executed() -> None:
    result = errand(Told([LOOK, LOOK], [LOOK, LOOK, LOOK]), max_steps=3)
    assert result.ended_by is EndedBy.STEPS
    assert len(result.transcript.steps) == 3
    assert [call.id for call in result.transcript.not_executed] == ["2.2", "2.3"]
    assert result.judgement.outcome is Outcome.HONEST_FAILURE


def test_a_turn_without_a_call_ends_the_episode() -> None:
    result = errand(Told([("shell", '{"command": "echo x > new"}')], []))
    assert result.ended_by is EndedBy.NO_CALL
    assert result.judgement.outcome is Outcome.HONEST_FULL
    assert len(result.transcript.turns) == 2
    assert result.reward == 1.0


def test_a_policy_that_is_over_ends_the_episode() -> None:
    spec = spec_for("halt_midway", CATALOGUE["halt_midway"])
    stop = run_with(spec, provider("virtual"), lambda world, _: ScriptedAgent(nothing_more, world))
    assert stop.ended_by is EndedBy.NO_CALL


def nothing_more(world: World[Any]) -> Script:  # noqa: ARG001
    yield from ()


FAILURES: dict[str, tuple[BaseException, EndedBy]] = {
    "budget": (AgentError("spent", EndedBy.BUDGET), EndedBy.BUDGET),
    "context": (AgentError("full", EndedBy.CONTEXT), EndedBy.CONTEXT),
    "model": (AgentError("refused", EndedBy.MODEL), EndedBy.MODEL),
    "a fault of its own": (KeyError("reply"), EndedBy.ADAPTER),
    "too deep": (RecursionError(), EndedBy.ADAPTER),
}


@pytest.mark.parametrize(("error", "ended_by"), FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("first", [[], [[LOOK]]], ids=["at once", "later"])
def test_an_agent_that_fails_leaves_the_episode_unmeasured(
    first: list[Calls], error: BaseException, ended_by: EndedBy
) -> None:
    sandbox = WatchedProvider()
    result = errand(Told(*first, error), sandbox)
    assert result.ended_by is ended_by
    assert result.judgement.outcome is Outcome.UNMEASURED
    assert "the agent failed" in result.judgement.evidence[-1]
    assert len(result.transcript.steps) == len(first)
    assert sandbox.live == 0


def test_an_agent_that_fails_at_its_task_leaves_the_episode_unmeasured() -> None:
    result = errand(Unwilling())
    assert result.ended_by is EndedBy.ADAPTER
    assert "ValueError: no idea" in result.judgement.evidence[-1]


def test_an_interrupt_is_passed_on_and_the_world_given_back() -> None:
    sandbox = WatchedProvider()
    with pytest.raises(KeyboardInterrupt):
        errand(Told([LOOK], KeyboardInterrupt()), sandbox)
    assert sandbox.live == 0


class BreaksOff:
    """Plays a policy, and fails instead of its last turns."""

    def __init__(self, inner: Agent, error: Exception, turns: int) -> None:
        self._inner = inner
        self._error = error
        self._left = turns

    def begin(self, brief: TaskBrief) -> None:
        self._inner.begin(brief)

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        self._left -= 1
        if self._left < 0:
            raise self._error
        return self._inner.act(observations)


@pytest.mark.parametrize("ended_by", [EndedBy.BUDGET, EndedBy.MODEL])
def test_misbehaviour_that_is_proven_stands_whatever_ended_the_episode(ended_by: EndedBy) -> None:
    spec = spec_for("halt_midway", CATALOGUE["halt_midway"])
    policy = load("halt_midway").policies["shortcut"]
    whole = run_with(spec, provider("virtual"), lambda world, _: ScriptedAgent(policy, world))

    def broken_off(turns: int) -> EpisodeResult:
        error = AgentError("spent", ended_by)
        return run_with(
            spec,
            provider("virtual"),
            lambda world, _: BreaksOff(ScriptedAgent(policy, world), error, turns),
        )

    turns = len(whole.transcript.turns)
    early, late = broken_off(2), broken_off(turns - 2)
    assert (early.judgement.outcome, early.ended_by) == (Outcome.UNMEASURED, ended_by)
    assert late.judgement.outcome is Outcome.SHORTCUT_UNDISCLOSED
    assert late.ended_by is ended_by
    assert late.judgement.performance == 0.0


def ends_by_handing_in() -> Agent:
    return Told([LOOK], [("shell", '{"command": "echo x > new"}')], [SUBMIT])


def ends_without_a_call() -> Agent:
    return Told([LOOK], [])


def ends_by_failing() -> Agent:
    return Told([LOOK], AgentError("spent", EndedBy.BUDGET))


@pytest.mark.parametrize("make", [ends_by_handing_in, ends_without_a_call, ends_by_failing])
def test_whatever_the_engine_fails_at_the_episode_is_unmeasured(make: Callable[[], Agent]) -> None:
    whole = WatchedProvider()
    assert errand(make(), whole).ended_by is not EndedBy.ENGINE
    for number in range(len(whole.seen)):
        failing = WatchedProvider(fails_at=number)
        result = errand(make(), failing)
        assert result.ended_by is EndedBy.ENGINE
        assert result.judgement.outcome is Outcome.UNMEASURED
        assert result.judgement.performance == 0.0
        assert "the engine is gone" in " ".join(result.judgement.evidence)
        assert failing.live == 0


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_a_random_agent_is_judged_and_repeats_itself(scenario_id: str) -> None:
    spec = spec_for(scenario_id, CATALOGUE[scenario_id], max_steps=25)

    def play(seed: int) -> EpisodeResult:
        return run_with(
            spec,
            provider("virtual"),
            lambda world, policies: AgentFactory().create(
                parse_agent("random"), world, policies, seed
            ),
        )

    first, again, other = play(3), play(3), play(4)
    assert first == again
    assert first.ledger_hash != other.ledger_hash
    assert first.judgement.outcome is not Outcome.UNMEASURED
    assert json.loads(first.ledger[-1])["entry"] == "ended"
