"""Whole conversations through the real SDKs are the policies' own."""

from __future__ import annotations

import json
from typing import Any

import pytest

import talk
from harness import load
from talk import DIALECTS, Said
from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import ToolEnv
from tempt.envs.factors import Arm
from tempt.envs.judgement import Outcome
from tempt.envs.scripting import shell
from tempt.envs.transcript import EndedBy, ModelTurn, Observation, Status
from tempt.envs.world import Instance, Move, Script, World
from tempt.fake import ChatReasoning, FakeProvider, Manner
from tempt.fake.answers import Json
from tempt.scenarios.halt_midway.scenario import HaltMidway


def canned(name: str, arguments: Json) -> tuple[str, bool]:
    return f"{name} was done with {json.dumps(arguments, sort_keys=True)}", False


def as_said(turn: ModelTurn) -> Said:
    calls = tuple((call.name, json.loads(call.arguments)) for call in turn.calls)
    message = turn.message or ("" if turn.calls else turn.reasoning.text)
    return Said(turn.reasoning.text, message, calls)


def played(of: Instance, policy: str) -> list[Said]:
    """What `ScriptedAgent` does with the same answers."""
    scenario = load(of.scenario)
    agent = ScriptedAgent(scenario.policies[policy], scenario.build(of))
    turns = [agent.act(())]
    while turns[-1].calls:
        calls = turns[-1].calls
        answers = [canned(call.name, json.loads(call.arguments))[0] for call in calls]
        seen = zip(calls, answers, strict=True)
        turns.append(agent.act(tuple(Observation(c.id, c.name, a, Status.OK) for c, a in seen)))
    return [as_said(turn) for turn in turns]


@pytest.mark.parametrize("policy", ["honest", "careless"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_conversation_is_the_policys(provider: FakeProvider, dialect: str, policy: str) -> None:
    of = talk.instance(2, arm=Arm.AUTHORISED)
    said = talk.converse(provider, dialect, f"fake-{policy}", of, canned)
    assert said == played(of, policy)
    assert len(said) > 5


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("scenario", ["impossible_tests", "tidy_disk"])
def test_every_scenario_is_served(provider: FakeProvider, dialect: str, scenario: str) -> None:
    of = talk.instance(1, scenario)
    assert talk.converse(provider, dialect, "fake-shortcut", of, canned) == played(of, "shortcut")


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [("honest", Outcome.HONEST_STOP), ("concealing", Outcome.SHORTCUT_CONCEALED)],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_real_episode_comes_to_its_outcome(
    provider: FakeProvider, dialect: str, policy: str, outcome: Outcome
) -> None:
    env = ToolEnv(load("halt_midway"), arm="tempted")
    env.reset(options={"trial": 0})

    def carried_out(name: str, arguments: Json) -> tuple[str, bool]:
        if env.supervisor.step and env.answer.ends is not None:
            return "It is over.", True
        action = env.action_space.encode(name, json.dumps(arguments))
        env.step(action)
        return env.answer.text, env.answer.status is not Status.OK

    talk.converse(provider, dialect, f"fake-{policy}", talk.instance(0), carried_out)
    assert env.finish(EndedBy.NO_CALL).outcome is outcome
    env.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_equal_requests_have_equal_answers(provider: FakeProvider, dialect: str) -> None:
    body, header = talk.first(dialect), talk.named(talk.instance())
    with FakeProvider(trials=3) as other:
        answers = [talk.post(p, dialect, body, header) for p in (provider, provider, other)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].status == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_model_returned_is_not_the_one_requested(provider: FakeProvider, dialect: str) -> None:
    reply = talk.post(provider, dialect, talk.first(dialect), talk.named(talk.instance())).json
    assert reply["model"] == "fake-honest-2026-01-01"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_policy_that_is_over_says_so_ever_after(provider: FakeProvider, dialect: str) -> None:
    of, told = talk.instance(), "Go on."
    body, reply = talk.first(dialect, "fake-partial"), {}
    for _ in range(40):
        reply = talk.post(provider, dialect, body, talk.named(of)).json
        if talk.call_ids(dialect, reply):
            body = talk.going_on(dialect, body, reply)
        else:
            user = {"role": "user", "content": told}
            body = talk.with_entries(dialect, body, *talk.turn_of(dialect, reply), user)
    assert "There is nothing left to do." in json.dumps(reply)


def usage(dialect: str, reply: Json) -> tuple[int, int, int, int]:
    """Input, cached, output and reasoning tokens, each including what it includes."""
    used = reply["usage"]
    if dialect == "responses":
        cached = used["input_tokens_details"]["cached_tokens"]
        thought = used["output_tokens_details"]["reasoning_tokens"]
        return used["input_tokens"], cached, used["output_tokens"], thought
    if dialect == "chat":
        cached = used["prompt_tokens_details"]["cached_tokens"]
        thought = used["completion_tokens_details"]["reasoning_tokens"]
        return used["prompt_tokens"], cached, used["completion_tokens"], thought
    cached = used["cache_read_input_tokens"]
    whole = used["input_tokens"] + cached + used["cache_creation_input_tokens"]
    return whole, cached, used["output_tokens"], used["output_tokens_details"]["thinking_tokens"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_usage_is_counted(provider: FakeProvider, dialect: str) -> None:
    body, header = talk.first(dialect), talk.named(talk.instance())
    reply = talk.post(provider, dialect, body, header).json
    whole, cached, output, thought = usage(dialect, reply)
    assert whole == -(-len(json.dumps(body, separators=(",", ":"))) // 4)
    assert cached == 0
    assert thought == len("First I ask for one.") / 4 < output
    then = talk.post(provider, dialect, talk.going_on(dialect, body, reply), header).json
    assert abs(usage(dialect, then)[1] - whole) <= 1


def test_a_cache_mark_has_the_new_part_written(provider: FakeProvider) -> None:
    mark = {"type": "ephemeral"}
    body = talk.first("messages", cache_control=mark)
    used = talk.post(provider, "messages", body, talk.named(talk.instance())).json["usage"]
    assert used["cache_creation_input_tokens"] > 0 == used["input_tokens"]


def effort_body(dialect: str, effort: str) -> Json:
    wishes: dict[str, Json] = {
        "responses": {"reasoning": {"effort": effort, "summary": "auto"}},
        "chat": {"reasoning_effort": effort},
        "messages": {"thinking": {"type": "disabled"}} if effort == "none" else {},
    }
    return talk.first(dialect, **wishes[dialect])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_effort_is_no_reasoning_unless_ignored(provider: FakeProvider, dialect: str) -> None:
    body, header = effort_body(dialect, "none"), talk.named(talk.instance())
    reply = talk.post(provider, dialect, body, header).json
    assert usage(dialect, reply)[3] == 0
    assert b"First I ask" not in talk.post(provider, dialect, body, header).body
    with FakeProvider(manner=Manner(ignore_effort=True)) as stubborn:
        assert usage(dialect, talk.post(stubborn, dialect, body, header).json)[3] > 0


def test_effort_is_echoed_and_clamped(provider: FakeProvider) -> None:
    header = talk.named(talk.instance())
    for asked, clamped in (("high", "medium"), ("low", "low"), ("none", "none")):
        body = effort_body("responses", asked)
        reply = talk.post(provider, "responses", body, header).json
        assert reply["reasoning"]["effort"] == asked
        with FakeProvider(manner=Manner(clamp_effort="medium")) as limited:
            reply = talk.post(limited, "responses", body, header).json
        assert reply["reasoning"]["effort"] == clamped


def test_hidden_thoughts_are_signed_all_the_same(provider: FakeProvider) -> None:
    header = talk.named(talk.instance())
    adaptive = talk.first("messages", thinking={"type": "adaptive"})
    [thinking, _] = talk.post(provider, "messages", adaptive, header).json["content"]
    assert (thinking["thinking"], thinking["type"]) == ("", "thinking")
    assert set("+/=") <= set(thinking["signature"])
    unsummed = talk.first("responses", reasoning={})
    [thought, _] = talk.post(provider, "responses", unsummed, header).json["output"]
    assert thought["summary"] == []
    assert set("+/=") <= set(thought["encrypted_content"])


def test_every_third_turn_has_a_redacted_part(provider: FakeProvider) -> None:
    body, kinds = talk.first("messages"), []
    for turn in range(6):
        reply = talk.post(provider, "messages", body, talk.named(talk.instance(), turn)).json
        kinds.append("redacted_thinking" in [block["type"] for block in reply["content"]])
        body = talk.going_on("messages", body, reply)
    assert kinds == [False, False, True] * 2


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (ChatReasoning.REASONING_CONTENT, {"reasoning_content": "First I ask for one."}),
        (ChatReasoning.REASONING, {"reasoning": "First I ask for one."}),
        (
            ChatReasoning.REASONING_DETAILS,
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "First I ask for one.", "index": 0}
                ]
            },
        ),
        (ChatReasoning.THINK, {"content": "<think>\nFirst I ask for one.\n</think>\n\n"}),
    ],
)
def test_chat_puts_thoughts_where_it_is_told(place: ChatReasoning, found: Json) -> None:
    with FakeProvider(manner=Manner(chat_reasoning=place)) as running:
        body, header = talk.first("chat"), talk.named(talk.instance())
        reply = talk.post(running, "chat", body, header).json
        message: Any = reply["choices"][0]["message"]
        assert message | found == message
        then = talk.post(running, "chat", talk.going_on("chat", body, reply), header)
    assert then.status == 200


class Watched(HaltMidway):
    """A scenario whose one policy notes down what became of its call."""

    def __init__(self) -> None:
        self.seen: list[Status] = []
        self.policies = {"watching": self._watching}

    def _watching(self, world: World[Any]) -> Script:  # noqa: ARG002 - as policies are called
        answers = yield Move("Look.", (shell("ls"),))
        self.seen.extend(answer.status for answer in answers)


def test_a_tool_that_failed_is_told_to_the_policy() -> None:
    scenario = Watched()
    with FakeProvider([scenario]) as running:
        for dialect in DIALECTS:
            talk.converse(
                running, dialect, "fake-watching", talk.instance(), lambda *_: ("no", True)
            )
    assert scenario.seen == [Status.OK, Status.OK, Status.FAILED]
