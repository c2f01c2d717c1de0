"""The Messages dialect: what is sent, and what a reply is taken for."""

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
from tempt.agents.models.messages import MessagesDialect, most_tokens
from tempt.envs.model import Conversation, Exchange
from tempt.envs.transcript import (
    Effort,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Stop,
    ToolCall,
    Usage,
)

SET = SETTINGS["messages"]
CACHED = {"type": "ephemeral"}
THOUGHT = {"type": "thinking", "thinking": "I look.", "signature": "sig1"}
OMITTED = {"type": "thinking", "thinking": "", "signature": "sig2"}
REDACTED = {"type": "redacted_thinking", "data": "xx"}
TEXT = {"type": "text", "text": "Looking.", "citations": None}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "shell", "input": {"command": "ls ä"}}
USED = {
    "input_tokens": 10,
    "cache_read_input_tokens": 60,
    "cache_creation_input_tokens": 7,
    "output_tokens": 50,
    "output_tokens_details": {"thinking_tokens": 20},
}


def reply(*content: dict[str, Any], stop: Any = "end_turn", **more: Any) -> dict[str, Any]:
    whole = {"type": "message", "role": "assistant", "model": "claude-9", "usage": USED}
    return {**whole, "content": list(content), "stop_reason": stop, **more}


def decode(value: dict[str, Any], effort: str = "") -> ModelTurn:
    return MessagesDialect().decode(json.dumps(value), replace(SET, effort=effort))


def test_the_first_request() -> None:
    fields, items = items_of(MessagesDialect().encode(talk(), SET), "messages")
    assert items == [{"role": "user", "content": "Tidy up."}]
    tools = fields.pop("tools")
    assert fields == {
        "model": "claude",
        "max_tokens": 16_384,
        "cache_control": CACHED,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "system": [{"type": "text", "text": "Be good.", "cache_control": CACHED}],
    }
    assert [tool["name"] for tool in tools] == ["shell", "submit"]
    assert all(tool["input_schema"]["type"] == "object" for tool in tools)


@pytest.mark.parametrize(
    ("effort", "thinking", "config", "tokens"),
    [
        ("max", {"type": "adaptive", "display": "summarized"}, {"effort": "max"}, 16_384),
        ("none", {"type": "disabled"}, None, 16_384),
        (
            "2048",
            {"type": "enabled", "budget_tokens": 2_048, "display": "summarized"},
            None,
            16_384,
        ),
        (
            "16384",
            {"type": "enabled", "budget_tokens": 16_384, "display": "summarized"},
            None,
            32_768,
        ),
    ],
)
def test_effort_asked_for(
    effort: str, thinking: dict[str, Any], config: dict[str, str] | None, tokens: int
) -> None:
    settings = replace(SET, effort=effort)
    fields, _ = items_of(MessagesDialect().encode(talk(), settings), "messages")
    assert fields["thinking"] == thinking
    assert fields.get("output_config") == config
    assert fields["max_tokens"] == tokens == most_tokens(settings)


def test_a_turn_goes_back_verbatim_with_all_answers_in_one_message() -> None:
    second = {**CALL, "id": "toolu_2"}
    turn = decode(reply(THOUGHT, REDACTED, TEXT, CALL, second, stop="tool_use"))
    seen = (
        Observation("toolu_1", "shell", "a \ud800", Status.OK),
        Observation("toolu_2", "shell", "", Status.TIMEOUT),
    )
    sent = MessagesDialect().encode(talk(Exchange(turn, seen)), SET)
    assert sent.items[1:2] == turn.provider_state
    assert json.loads(sent.items[1]) == {
        "role": "assistant",
        "content": [THOUGHT, REDACTED, TEXT, CALL, second],
    }
    assert json.loads(sent.items[2]) == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a \ufffd"},
            {
                "type": "tool_result",
                "tool_use_id": "toolu_2",
                "content": "(timeout)",
                "is_error": True,
            },
        ],
    }


def test_items_are_the_same_from_turn_to_turn() -> None:
    first = said('{"role":"assistant"}', Observation("a", "shell", "x", Status.OK))
    second = said('{"role":"assistant","n":2}')
    longer = MessagesDialect().encode(talk(first, second), SET)
    shorter = MessagesDialect().encode(talk(first), SET)
    assert longer.items[: len(shorter.items)] == shorter.items
    assert (longer.head, longer.tail) == (shorter.head, shorter.tail)


def test_a_text_without_text_is_not_sent_back() -> None:
    blank = {"type": "text", "text": " \n"}
    turn = decode(reply(blank, CALL, stop="tool_use"))
    assert [json.loads(state)["content"] for state in turn.provider_state] == [[CALL]]
    assert decode(reply(blank)).provider_state == ()
    assert decode(reply(blank)).stop is Stop.EMPTY


def test_a_whole_turn() -> None:
    turn = decode(reply(THOUGHT, TEXT, CALL, stop="tool_use"))
    assert turn.reasoning == Reasoning(ReasoningKind.SUMMARY, "I look.")
    assert turn.message == "Looking."
    assert turn.calls == (ToolCall("toolu_1", "shell", '{"command":"ls ä"}'),)
    assert turn.usage == Usage(77, 50, 20, 60, 7)
    assert (turn.stop, turn.stop_reason, turn.model) == (Stop.END, "tool_use", "claude-9")
    assert turn.effort is None


@pytest.mark.parametrize(
    ("blocks", "reasoning"),
    [
        ([THOUGHT, OMITTED, REDACTED], Reasoning(ReasoningKind.SUMMARY, "I look.", 2)),
        ([THOUGHT, TEXT, THOUGHT], Reasoning(ReasoningKind.SUMMARY, "I look.\n\nI look.")),
        ([OMITTED, TEXT], Reasoning(ReasoningKind.REDACTED, "", 1)),
        ([REDACTED, TEXT], Reasoning(ReasoningKind.REDACTED, "", 1)),
        ([TEXT], Reasoning(ReasoningKind.REDACTED)),
    ],
    ids=["all", "twice", "omitted", "redacted", "tokens-only"],
)
def test_reasoning(blocks: list[dict[str, Any]], reasoning: Reasoning) -> None:
    assert decode(reply(*blocks)).reasoning == reasoning


def test_no_reasoning_at_all() -> None:
    assert decode(reply(TEXT, usage={})).reasoning == Reasoning(ReasoningKind.NONE)


@pytest.mark.parametrize(
    ("value", "stop"),
    [
        (reply(TEXT), Stop.END),
        (reply(THOUGHT), Stop.EMPTY),
        (reply(), Stop.EMPTY),
        (reply(TEXT, stop="stop_sequence"), Stop.END),
        (reply(TEXT, stop="max_tokens"), Stop.TRUNCATED),
        (reply(CALL, stop="max_tokens"), Stop.TRUNCATED),
        (reply(TEXT, stop="refusal"), Stop.REFUSED),
        (reply(CALL, stop="refusal"), Stop.REFUSED),
        (reply(TEXT, stop="model_context_window_exceeded"), Stop.CONTEXT),
        (reply(TEXT, stop="pause_turn"), Stop.UNCLEAR),
        (reply(CALL, stop="pause_turn"), Stop.END),
        (reply(TEXT, stop=None), Stop.UNCLEAR),
        (reply(TEXT, stop="new"), Stop.UNCLEAR),
    ],
)
def test_why_a_turn_is_over(value: dict[str, Any], stop: Stop) -> None:
    turn = decode(value)
    assert (turn.stop, turn.stop_reason) == (stop, value["stop_reason"] or "")


@pytest.mark.parametrize(
    ("requested", "value", "effective"),
    [
        ("high", reply(THOUGHT, TEXT), "unreported"),
        ("high", reply(TEXT, usage={}), "unreported"),
        ("high", reply(TEXT, usage={"output_tokens_details": {"thinking_tokens": 0}}), "none"),
        ("2048", reply(TEXT, usage={"output_tokens_details": {"thinking_tokens": 0}}), "none"),
        ("none", reply(THOUGHT, TEXT), "ignored"),
        ("none", reply(TEXT, usage={}), "unreported"),
    ],
)
def test_effort(requested: str, value: dict[str, Any], effective: str) -> None:
    assert decode(value, requested).effort == Effort(requested, effective)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"type": "message"}, "content is missing"),
        (reply(content="Hi"), "content is a text"),
        (reply(content=[3]), r"content\[0\] is a number"),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}},
            "overloaded_error: Busy",
        ),
        (reply(CALL, CALL), "same id"),
        (reply({**CALL, "id": None}), "id is missing"),
        (reply({**CALL, "id": "i" * 257}), "longer than 256"),
        (reply({**CALL, "name": ["shell"]}), "name is a list"),
        (reply({**CALL, "input": "ls"}), "input is a text"),
        (reply({"type": "tool_use", "id": "a", "name": "b"}), "input is missing"),
        (reply({"type": 5}), "type is a number"),
        (reply({**THOUGHT, "thinking": None, "signature": "\ud800"}), "half a character"),
        (reply(TEXT, usage={"output_tokens": 1.5}), "output_tokens is a number, not a whole"),
    ],
)
def test_what_is_no_turn(value: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ReplyError, match=complaint):
        decode(value)


@given(conversations())
def test_any_conversation_can_be_sent(conversation: Conversation) -> None:
    check_encoding(MessagesDialect().encode(conversation, SET), "messages", conversation)


@given(spoiled([reply(THOUGHT, OMITTED, REDACTED, TEXT, CALL), reply(TEXT, stop="refusal")]))
def test_a_spoiled_reply_is_a_turn_or_a_complaint(text: str) -> None:
    outcome(MessagesDialect(), text, replace(SET, effort="none"))
