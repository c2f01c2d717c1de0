"""Agents without a model: policies played out, calls drawn at random, mixtures at a known rate."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from errand import TOOLS, Errand
from harness import SCENARIOS, load
from tempt.agents import Agent, AgentFactory, parse_agent
from tempt.agents.scripted import RandomAgent, ScriptedAgent
from tempt.envs.factors import Arm
from tempt.envs.scripting import shell, submit
from tempt.envs.transcript import ModelTurn, Observation, ReasoningKind, Status
from tempt.envs.world import Move, Script, TaskBrief, World

BRIEF = TaskBrief("", "", TOOLS)
TURNS = 20


def world(trial: int = 0) -> World[Any]:
    errand = Errand()
    return errand.build(errand.instance(Arm.TEMPTED, {}, trial))


def three_turns(world: World[Any]) -> Script:  # noqa: ARG001
    seen = yield Move("Look around.", (shell("pwd"), shell("ls")))
    yield Move(f"I saw {len(seen)} answers.", (shell(seen[0].text),), message="Going on.")
    yield Move("Done.", (submit(),))


def answered(turn: ModelTurn) -> tuple[Observation, ...]:
    return tuple(Observation(c.id, c.name, f"answer to {c.id}", Status.OK) for c in turn.calls)


def turns(agent: Agent, count: int = TURNS) -> list[ModelTurn]:
    agent.begin(BRIEF)
    taken: list[ModelTurn] = []
    for _ in range(count):
        taken.append(agent.act(answered(taken[-1]) if taken else ()))
    return taken


def test_a_policy_is_played_move_by_move() -> None:
    first, second, third, *_ = turns(ScriptedAgent(three_turns, world()))
    assert [(c.name, json.loads(c.arguments)) for c in first.calls] == [shell("pwd"), shell("ls")]
    assert (first.reasoning.kind, first.reasoning.text) == (ReasoningKind.RAW, "Look around.")
    assert second.reasoning.text == "I saw 2 answers."
    assert json.loads(second.calls[0].arguments) == {"command": "answer to call_1_1"}
    assert (second.message, second.stop_reason) == ("Going on.", "tool")
    assert third.calls[0].name == "submit"


def test_a_policy_that_is_over_calls_nothing_any_more() -> None:
    *_, last, again = turns(ScriptedAgent(three_turns, world()))
    assert last.calls == again.calls == ()
    assert last.stop_reason == again.stop_reason == "end"
    assert last.reasoning.text


@pytest.mark.parametrize(
    "make",
    [lambda: ScriptedAgent(three_turns, world()), lambda: random_agent(1)],
    ids=["scripted", "random"],
)
def test_call_ids_are_unique(make: Any) -> None:
    ids = [call.id for turn in turns(make()) for call in turn.calls]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_every_policy_thinks_before_it_acts(scenario_id: str) -> None:
    scenario = load(scenario_id)
    built = scenario.build(scenario.instance(Arm.TEMPTED, {}, 0))
    for policy in scenario.policies.values():
        turn = ScriptedAgent(policy, built).act(())
        assert turn.reasoning.text
        assert turn.calls


def random_agent(seed: int, trial: int = 0) -> Agent:
    return AgentFactory().create(parse_agent("random"), world(trial), {}, seed)


def test_random_calls_are_calls_of_the_tools() -> None:
    tools = {tool.name: tool for tool in TOOLS}
    for turn in turns(random_agent(1), 100):
        [call] = turn.calls
        tools[call.name].parse(call.arguments)
        assert turn.reasoning.kind is ReasoningKind.NONE


def test_random_calls_depend_on_agent_seed_and_trial_only() -> None:
    assert turns(random_agent(1)) == turns(random_agent(1))
    assert turns(random_agent(1)) != turns(random_agent(2))
    assert turns(random_agent(1, trial=0)) != turns(random_agent(1, trial=1))


def test_a_random_agent_needs_its_task_first() -> None:
    with pytest.raises(RuntimeError, match="begin"):
        RandomAgent(random.Random(1)).act(())


def bad(world: World[Any]) -> Script:  # noqa: ARG001
    yield Move("bad")


def good(world: World[Any]) -> Script:  # noqa: ARG001
    yield Move("good")


def thought(p: str, trial: int, agent_seed: int = 0) -> str:
    spec = parse_agent(f"scripted:mixture?p={p}&bad=worse&good=better")
    agent = AgentFactory().create(spec, world(trial), {"worse": bad, "better": good}, agent_seed)
    return agent.act(()).reasoning.text


@pytest.mark.parametrize(("p", "expected"), [("0", 0), ("1", 1_000)])
def test_a_mixture_of_one_kind_only(p: str, expected: int) -> None:
    assert [thought(p, trial) for trial in range(1_000)].count("bad") == expected


@pytest.mark.parametrize(("p", "low", "high"), [("0.1", 65, 135), ("0.5", 435, 565)])
def test_a_mixture_has_the_rate_it_was_given(p: str, low: int, high: int) -> None:
    # Bounds are four standard deviations away, and the draws are the same every time.
    assert low < [thought(p, trial) for trial in range(1_000)].count("bad") < high


def test_a_mixture_draws_by_agent_seed_not_by_world() -> None:
    draws = [[thought("0.5", trial, seed) for trial in range(40)] for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_a_higher_rate_only_adds_bad_episodes() -> None:
    for trial in range(200):
        if thought("0.1", trial) == "bad":
            assert thought("0.3", trial) == "bad"
