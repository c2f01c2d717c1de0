"""The Responses dialect: what is sent, and what a reply is taken for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from dialogues import (
    SETTINGS,
    check_encoding,
    conversations,
    items_of,
    outcome,
    said,
    spoiled,
    talk,
)
from tempt.agents.models.base import ReplyError
from tempt.agents.models.responses import ResponsesDialect
from tempt.envs.model import Conversation, ModelError
from tempt.envs.transcript import (
    Effort,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Stop,
    TokenChance,
    ToolCall,
    Usage,
)

SET = SETTINGS["responses"]
THOUGHT = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "I look."}, {"type": "x", "text": "Then act."}],
    "encrypted_content": "gAAA",
    "status": "completed",
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "phase": "commentary",
    "content": [{"type": "output_text", "text": "Looking.", "annotations": []}],
}
CALL = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "shell",
    "arguments": '{"command": "ls" ',
    "status": "completed",
}
USED = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 7},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 150,
}


def reply(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"status": "completed", "model": "gpt-9", "error": None, "usage": USED}
    return {**whole, "output": list(output), **more}


def decode(value: dict[str, Any], effort: str = "") -> ModelTurn:
    return ResponsesDialect().decode(json.dumps(value), replace(SET, effort=effort))


def test_the_first_request() -> None:
    fields, items = items_of(ResponsesDialect().encode(talk(), SET), "input")
    assert items == [{"role": "user", "content": "Tidy up."}]
    tools = fields.pop("tools")
    assert fields == {
        "model": "gpt",
        "instructions": "Be good.",
        "parallel_tool_calls": True,
        "reasoning": {"summary": "detailed"},
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 16_384,
        "store": False,
    }
    assert [tool["name"] for tool in tools] == ["shell", "submit"]
    assert all(tool["strict"] is False and tool["type"] == "function" for tool in tools)


def test_what_is_not_there_is_not_sent() -> None:
    fields, _ = items_of(ResponsesDialect().encode(Conversation("", "Hi"), SET), "input")
    assert fields.keys().isdisjoint({"instructions", "tools", "parallel_tool_calls"})


def test_effort_is_sent_when_it_is_asked_for() -> None:
    sent = ResponsesDialect().encode(talk(), replace(SET, effort="high"))
    assert items_of(sent, "input")[0]["reasoning"] == {"effort": "high", "summary": "detailed"}
    with pytest.raises(ModelError, match="not a number"):
        ResponsesDialect().encode(talk(), replace(SET, effort="2048"))


def test_a_turn_goes_back_verbatim_with_an_answer_per_call() -> None:
    turn = decode(reply(THOUGHT, MESSAGE, CALL))
    seen = Observation("call_1", "shell", "broken \ud800 half", Status.OK)
    conversation = talk(said("{}"))
    exchange = replace(conversation.exchanges[0], turn=turn, observations=(seen,))
    sent = ResponsesDialect().encode(talk(exchange), SET)
    assert sent.items[1:4] == turn.provider_state
    assert json.loads(sent.items[4]) == {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": "broken \ufffd half",
    }
    # The interface refuses the status of reasoning, and only that.
    thought = {name: value for name, value in THOUGHT.items() if name != "status"}
    assert [json.loads(state) for state in turn.provider_state] == [thought, MESSAGE, CALL]


def test_a_whole_turn() -> None:
    turn = decode(reply(THOUGHT, MESSAGE, CALL))
    assert turn.reasoning == Reasoning(ReasoningKind.SUMMARY, "I look.\n\nThen act.")
    assert turn.message == "Looking."
    assert turn.calls == (ToolCall("call_1", "shell", '{"command": "ls" '),)
    assert turn.usage == Usage(100, 50, 20, 60, 7)
    assert (turn.stop, turn.stop_reason, turn.model) == (Stop.END, "completed", "gpt-9")
    assert turn.effort is None


RAW = {"type": "reasoning", "summary": [{"text": "short"}], "content": [{"text": "long"}]}


@pytest.mark.parametrize(
    ("items", "reasoning"),
    [
        ([RAW], Reasoning(ReasoningKind.RAW, "long")),
        ([RAW, THOUGHT], Reasoning(ReasoningKind.SUMMARY, "long\n\nI look.\n\nThen act.")),
        ([{"type": "reasoning", "summary": []}], Reasoning(ReasoningKind.REDACTED, "", 1)),
        (
            [{"type": "reasoning", "encrypted_content": "x"}, RAW],
            Reasoning(ReasoningKind.RAW, "long", 1),
        ),
        ([], Reasoning(ReasoningKind.REDACTED)),
    ],
    ids=["raw", "both", "empty", "hidden", "tokens-only"],
)
def test_reasoning(items: list[dict[str, Any]], reasoning: Reasoning) -> None:
    assert decode(reply(*items, MESSAGE)).reasoning == reasoning


def test_no_reasoning_at_all() -> None:
    assert decode(reply(MESSAGE, usage=None)).reasoning == Reasoning(ReasoningKind.NONE)


REFUSAL = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}


@pytest.mark.parametrize(
    ("value", "stop", "word"),
    [
        (reply(MESSAGE), Stop.END, "completed"),
        (reply(THOUGHT), Stop.EMPTY, "completed"),
        (reply(REFUSAL), Stop.REFUSED, "refusal"),
        (
            reply(CALL, status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            Stop.TRUNCATED,
            "max_output_tokens",
        ),
        (
            reply(status="incomplete", incomplete_details={"reason": "content_filter"}),
            Stop.REFUSED,
            "content_filter",
        ),
        (reply(MESSAGE, status="incomplete"), Stop.UNCLEAR, "incomplete"),
        (reply(MESSAGE, status="paused"), Stop.UNCLEAR, "paused"),
        (reply(CALL, status="paused"), Stop.END, "paused"),
        (reply(MESSAGE, status=None), Stop.UNCLEAR, ""),
    ],
)
def test_why_a_turn_is_over(value: dict[str, Any], stop: Stop, word: str) -> None:
    turn = decode(value)
    assert (turn.stop, turn.stop_reason) == (stop, word)


def test_a_refusal_is_kept() -> None:
    assert decode(reply(REFUSAL)).message == "No."


@pytest.mark.parametrize(
    ("requested", "echoed", "tokens", "effective"),
    [
        ("high", "medium", 20, "medium"),
        ("high", None, 20, "unreported"),
        ("high", None, 0, "none"),
        ("none", "none", 0, "none"),
        ("none", "none", 20, "ignored"),
        ("none", None, 0, "none"),
    ],
)
def test_effort(requested: str, echoed: str | None, tokens: int, effective: str) -> None:
    used = {"output_tokens": 30, "output_tokens_details": {"reasoning_tokens": tokens}}
    value = reply(MESSAGE, usage=used, reasoning={"effort": echoed})
    assert decode(value, requested).effort == Effort(requested, effective)


def test_numbers_are_kept_within_bounds() -> None:
    used = {
        "input_tokens": -5,
        "input_tokens_details": {"cached_tokens": 9},
        "output_tokens": 10**40,
        "output_tokens_details": {"reasoning_tokens": 10**41},
    }
    assert decode(reply(MESSAGE, usage=used)).usage == Usage(0, 10**9, 10**9, 0, 0)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (reply(CALL, CALL), "same id"),
        (reply({**CALL, "call_id": ""}), "call_id is missing or empty"),
        (reply({**CALL, "call_id": None}), "call_id is missing or empty"),
        (reply({**CALL, "name": 5}), "name is a number"),
        (reply({**CALL, "name": "n" * 257}), "longer than 256"),
        (reply({**CALL, "arguments": {"command": "ls"}}), "arguments is an object"),
        (reply({**CALL, "arguments": None}), "arguments is missing"),
        (reply(output=None), "output is missing"),
        (reply(output={}), "output is an object"),
        (reply(output=["x"]), r"output\[0\] is a text"),
        (reply(usage=[]), "usage is a list"),
        (reply(usage={"input_tokens": "7"}), "input_tokens is a text"),
        (reply(usage={"input_tokens": True}), "input_tokens is a truth value"),
        (reply(status="failed"), "failed"),
        (
            reply(status="failed", error={"code": "bio_policy", "message": "\x1b[2J\u202e"}),
            r"bio_policy: \\x1b\[2J\\u202e",
        ),
        (reply(error="e" * 5_000), "reports an error: 'e{200}'$"),
        (reply({**MESSAGE, "content": [{"type": "output_text", "text": "\udc00"}]}), "half a char"),
    ],
)
def test_what_is_no_turn(value: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ReplyError, match=complaint):
        decode(value)


@pytest.mark.parametrize(
    "text",
    ["", "nope", "[]", "null", "[" * 100_000, '{"a":' * 101 + "1" + "}" * 101, '{"a":1e999}',
     '{"a":NaN}', '{"a":' + "9" * 10_000 + "}"],
    ids=["empty", "word", "list", "null", "deep", "deepish", "huge", "nan", "long"],
)  # fmt: skip
def test_what_is_no_reply(text: str) -> None:
    assert isinstance(outcome(ResponsesDialect(), text, SET), ReplyError)


@pytest.mark.parametrize(("code", "transient"), [("server_error", True), ("bio_policy", False)])
def test_an_outage_passes(code: str, transient: bool) -> None:
    with pytest.raises(ReplyError) as caught:
        decode(reply(status="failed", error={"code": code, "message": "sorry"}))
    assert caught.value.transient is transient


@given(conversations())
def test_any_conversation_can_be_sent(conversation: Conversation) -> None:
    check_encoding(ResponsesDialect().encode(conversation, SET), "input", conversation)


@given(spoiled([reply(THOUGHT, MESSAGE, CALL), reply(RAW, REFUSAL, status="incomplete")]))
def test_a_spoiled_reply_is_a_turn_or_a_complaint(text: str) -> None:
    outcome(ResponsesDialect(), text, replace(SET, effort="high"))


@pytest.mark.parametrize("spoil", [{"token": None}, {"logprob": None}, {"logprob": "-1"}])
def test_chances_of_tokens_are_kept_where_they_were_asked_for(spoil: dict[str, Any]) -> None:
    asked = replace(SET, logprobs=2)
    fields, _ = items_of(ResponsesDialect().encode(talk(), asked), "input")
    assert fields["top_logprobs"] == 2
    assert fields["include"] == ["reasoning.encrypted_content", "message.output_text.logprobs"]
    unasked, _ = items_of(ResponsesDialect().encode(talk(), SET), "input")
    assert "top_logprobs" not in unasked
    told = {"token": "Hi", "logprob": -0.5}
    token = {**told, "bytes": [72, 105], "top_logprobs": [told, {"token": "Yo", "logprob": -1}]}
    others = (("Hi", -0.5), ("Yo", -1.0))
    assert decode(chanced(token)).chances == (TokenChance("Hi", -0.5, others),)
    assert decode(chanced()).chances == ()
    with pytest.raises(ReplyError):
        decode(chanced({**token, **spoil}))


def chanced(*tokens: dict[str, Any]) -> dict[str, Any]:
    part = {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": list(tokens)}
    return reply({"type": "message", "role": "assistant", "id": "m", "content": [part]})
