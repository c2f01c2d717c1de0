"""The Chat Completions dialect, as OpenAI and as other servers speak it."""

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
    spoiled,
    talk,
)
from tempt.agents.models.base import ReplyError
from tempt.agents.models.chat import ChatDialect
from tempt.envs.model import Conversation, Exchange, ModelError
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

SET = SETTINGS["chat"]
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "shell", "arguments": '{"command": "ls" '},
}
MESSAGE = {"role": "assistant", "content": "Looking.", "refusal": None, "tool_calls": [CALL]}
COUNTED = {"completion_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 0}}
USED = {
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 7},
    "completion_tokens_details": {"reasoning_tokens": 20},
}


def reply(message: Any, finish: Any = "stop", **more: Any) -> dict[str, Any]:
    whole = {"model": "open-1", "usage": None, **more}
    return {**whole, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def says(content: Any, **more: Any) -> dict[str, Any]:
    return reply({"role": "assistant", "content": content, **more})


def decode(value: dict[str, Any], effort: str = "") -> ModelTurn:
    return ChatDialect().decode(json.dumps(value), replace(SET, effort=effort))


def raw(text: str) -> Reasoning:
    return Reasoning(ReasoningKind.RAW, text)


def test_the_first_request() -> None:
    fields, items = items_of(ChatDialect().encode(talk(), SET), "messages")
    assert items == [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": "Tidy up."},
    ]
    tools = fields.pop("tools")
    assert fields == {"model": "gpt", "max_completion_tokens": 16_384}
    assert [tool["function"]["name"] for tool in tools] == ["shell", "submit"]
    assert all(tool["type"] == "function" for tool in tools)


def test_another_server_knows_another_limit_and_effort_goes_only_when_asked_for() -> None:
    settings = replace(SET, base_url="http://localhost:8000/v1", effort="low")
    fields, items = items_of(ChatDialect().encode(Conversation("", "Hi"), settings), "messages")
    assert fields == {"model": "gpt", "max_tokens": 16_384, "reasoning_effort": "low"}
    assert items == [{"role": "user", "content": "Hi"}]
    with pytest.raises(ModelError, match="not a number"):
        ChatDialect().encode(talk(), replace(settings, effort="2048"))


def test_a_turn_goes_back_verbatim_with_an_answer_per_call() -> None:
    message = {**MESSAGE, "reasoning_content": "Hm.", "extra": {"kept": 1}, "audio": None}
    turn = decode(reply({**message, "content": None}))
    seen = Observation("call_1", "shell", "file\x00 \udfff", Status.FAILED)
    sent = ChatDialect().encode(talk(Exchange(turn, (seen,))), SET)
    assert sent.items[2:3] == turn.provider_state
    assert json.loads(sent.items[2]) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [CALL],
        "reasoning_content": "Hm.",
        "extra": {"kept": 1},
    }
    assert json.loads(sent.items[3]) == {
        "role": "tool",
        "tool_call_id": "call_1",
        "content": "file\x00 \ufffd",
    }


def test_a_whole_turn() -> None:
    turn = decode(reply(MESSAGE, "tool_calls", usage=USED))
    assert turn.reasoning == Reasoning(ReasoningKind.REDACTED)
    assert turn.message == "Looking."
    assert turn.calls == (ToolCall("call_1", "shell", '{"command": "ls" '),)
    assert turn.usage == Usage(100, 50, 20, 60, 7)
    assert (turn.stop, turn.stop_reason, turn.model) == (Stop.END, "tool_calls", "open-1")
    assert turn.effort is None


DETAILS: list[dict[str, Any]] = [
    {"type": "reasoning.text", "text": "full"},
    {"type": "reasoning.summary", "summary": "short"},
    {"type": "reasoning.encrypted", "data": "xx"},
]


@pytest.mark.parametrize(
    ("value", "reasoning", "message"),
    [
        (says("Hi"), Reasoning(ReasoningKind.NONE), "Hi"),
        (says("Hi", reasoning="Hm."), raw("Hm."), "Hi"),
        (says("Hi", reasoning_content="Hm."), raw("Hm."), "Hi"),
        (says("Hi", reasoning_content="\n"), Reasoning(ReasoningKind.NONE), "Hi"),
        (says("Hi", reasoning="Hm.", reasoning_content="Hm."), raw("Hm."), "Hi"),
        (says("Hi", reasoning="full", reasoning_details=DETAILS[:1]), raw("full"), "Hi"),
        (
            says("Hi", reasoning="short", reasoning_details=DETAILS[1:]),
            Reasoning(ReasoningKind.SUMMARY, "short", 1),
            "Hi",
        ),
        (
            says("Hi", reasoning_details=DETAILS),
            Reasoning(ReasoningKind.SUMMARY, "full\n\nshort", 1),
            "Hi",
        ),
        (
            says("Hi", reasoning="Hm.", reasoning_details=DETAILS[2:]),
            Reasoning(ReasoningKind.RAW, "Hm.", 1),
            "Hi",
        ),
        (
            says("Hi", reasoning_details=DETAILS[2:]),
            Reasoning(ReasoningKind.REDACTED, "", 1),
            "Hi",
        ),
        (says("\n<think>\nHm.\n</think>\n\nHi"), raw("Hm."), "Hi"),
        (says("<think>a</think><think>b</think>Hi"), raw("a\n\nb"), "Hi"),
        (says("<think>\n\n</think>\n\nHi"), Reasoning(ReasoningKind.NONE), "Hi"),
        (says("<think>and then"), raw("and then"), ""),
        (says("Hm.\n</think>\nHi"), raw("Hm."), "Hi"),
        (says("I saw <think>a</think>"), Reasoning(ReasoningKind.NONE), "I saw <think>a</think>"),
        (says("about </think> tags", reasoning="Hm."), raw("Hm."), "about </think> tags"),
        (says([{"type": "text", "text": "H"}, {"text": "i"}]), Reasoning(ReasoningKind.NONE), "Hi"),
        (
            says(
                [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                    {"type": "thinking", "thinking": "So."},
                    {"type": "text", "text": "Hi"},
                ]
            ),
            raw("Hm.\n\nSo."),
            "Hi",
        ),
    ],
)
def test_reasoning(value: dict[str, Any], reasoning: Reasoning, message: str) -> None:
    turn = decode(value)
    assert turn.reasoning == reasoning
    assert turn.message == message


@pytest.mark.parametrize(
    ("value", "stop", "word"),
    [
        (says("Hi"), Stop.END, "stop"),
        (says(""), Stop.EMPTY, "stop"),
        (says(None), Stop.EMPTY, "stop"),
        (says("<think>Hm.</think> \n"), Stop.EMPTY, "stop"),
        (reply(MESSAGE), Stop.END, "stop"),
        (reply({"content": "Hi"}, "length"), Stop.TRUNCATED, "length"),
        (reply({**MESSAGE}, "length"), Stop.TRUNCATED, "length"),
        (reply({"content": "Hi"}, "content_filter"), Stop.REFUSED, "content_filter"),
        (reply({"content": None, "refusal": "No."}), Stop.REFUSED, "stop"),
        (reply({"content": None, "refusal": "No."}, None), Stop.REFUSED, "refusal"),
        (reply({"content": "Hi"}, "abort"), Stop.UNCLEAR, "abort"),
        (reply({"content": "Hi"}, None), Stop.UNCLEAR, ""),
        (reply(MESSAGE, "abort"), Stop.END, "abort"),
    ],
)
def test_why_a_turn_is_over(value: dict[str, Any], stop: Stop, word: str) -> None:
    turn = decode(value)
    assert (turn.stop, turn.stop_reason) == (stop, word)


def test_a_refusal_is_kept() -> None:
    assert decode(reply({"content": None, "refusal": "No."})).message == "No."


@pytest.mark.parametrize(
    ("requested", "value", "effective"),
    [
        ("high", says("Hi", reasoning="Hm."), "unreported"),
        ("high", says("Hi"), "unreported"),
        ("high", reply(MESSAGE, usage=COUNTED), "none"),
        ("none", says("Hi", reasoning="Hm."), "ignored"),
        ("none", says("Hi"), "unreported"),
        ("none", reply(MESSAGE, usage=USED), "ignored"),
    ],
)
def test_effort(requested: str, value: dict[str, Any], effective: str) -> None:
    assert decode(value, requested).effort == Effort(requested, effective)


@pytest.mark.parametrize(
    ("used", "usage"),
    [
        (None, Usage()),
        ({**USED, "total_tokens": 170}, Usage(100, 70, 20, 60, 7)),
        ({"prompt_tokens": -1, "completion_tokens": 10**30}, Usage(0, 10**9)),
        ({"completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 9}},
         Usage(0, 5, 5)),
    ],
    ids=["absent", "beside", "absurd", "more-than-all"],
)  # fmt: skip
def test_usage(used: Any, usage: Usage) -> None:
    assert decode(reply(MESSAGE, usage=used)).usage == usage


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"model": "m"}, "choices is missing"),
        ({"choices": []}, "choices is empty"),
        ({"choices": [None]}, r"choices\[0\] is null"),
        ({"choices": [{}]}, "message is missing"),
        ({"error": {"message": "overloaded", "code": 502}}, "reports an error: '502: overloaded'"),
        (says(5), "content is a number"),
        (says("Hi", role="user"), "role is 'user'"),
        (says("Hi", reasoning=["x"]), "reasoning is a list"),
        (says("Hi", tool_calls={}), "tool_calls is an object"),
        (says("Hi", tool_calls=[CALL, CALL]), "same id"),
        (says("Hi", tool_calls=[{**CALL, "id": ""}]), "id is missing or empty"),
        (says("Hi", tool_calls=[{"id": "a", "custom": {}}]), "function.name is missing"),
        (says("Hi", tool_calls=[{"id": "a", "function": {"name": "x"}}]), "arguments is missing"),
        (says("Hi", tool_calls=[{"id": "a", "function": {"name": "x", "arguments": {}}}]),
         "arguments is an object"),
        (says("Hi", function_call={"name": "x", "arguments": ""}), "old form"),
        (says("half \ud800"), "half a character: 'half .ud800'"),
        (reply({"content": "x"}, "f" * 300), "longer than 256"),
    ],
)  # fmt: skip
def test_what_is_no_turn(value: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ReplyError, match=complaint):
        decode(value)


@pytest.mark.parametrize(("code", "passes"), [(502, True), ("429", True), (400, False)])
def test_a_gateways_error_may_pass(code: object, passes: bool) -> None:
    with pytest.raises(ReplyError) as caught:
        decode({"error": {"message": "upstream", "code": code}})
    assert caught.value.transient is passes


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("", "max_completion_tokens"),
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("https://mine.openai.azure.com/openai/v1", "max_completion_tokens"),
        ("https://api.openai.com.example.org/v1", "max_tokens"),
        ("http://127.0.0.1:8000/v1", "max_tokens"),
    ],
)
def test_the_limit_has_the_name_that_the_server_knows(url: str, name: str) -> None:
    sent = ChatDialect().encode(Conversation("s", "u"), replace(SET, base_url=url))
    assert {"max_tokens", "max_completion_tokens"} & json.loads(sent.text).keys() == {name}


@given(conversations())
def test_any_conversation_can_be_sent(conversation: Conversation) -> None:
    check_encoding(ChatDialect().encode(conversation, SET), "messages", conversation)


REPLIES = [
    reply(MESSAGE, usage=USED),
    says("<think>a</think>b", reasoning_details=DETAILS, reasoning="x"),
    says([{"type": "thinking", "thinking": [{"text": "Hm."}]}, {"type": "text", "text": "Hi"}]),
]


@given(spoiled(REPLIES))
def test_a_spoiled_reply_is_a_turn_or_a_complaint(text: str) -> None:
    outcome(ChatDialect(), text, replace(SET, effort="none"))


@pytest.mark.parametrize("spoil", [{"token": None}, {"logprob": None}, {"logprob": "-1"}])
def test_chances_of_tokens_are_kept_where_they_were_asked_for(spoil: dict[str, Any]) -> None:
    asked = replace(SET, logprobs=2)
    fields, _ = items_of(ChatDialect().encode(talk(), asked), "messages")
    assert (fields["logprobs"], fields["top_logprobs"]) == (True, 2)
    unasked, _ = items_of(ChatDialect().encode(talk(), SET), "messages")
    assert not {"logprobs", "top_logprobs"} & unasked.keys()
    told = {"token": "Hi", "logprob": -0.5}
    token = {**told, "bytes": [72, 105], "top_logprobs": [told, {"token": "Yo", "logprob": -1}]}
    others = (("Hi", -0.5), ("Yo", -1.0))
    assert decode(chanced(token)).chances == (TokenChance("Hi", -0.5, others),)
    assert decode(chanced()).chances == ()
    with pytest.raises(ReplyError):
        decode(chanced({**token, **spoil}))


def chanced(*tokens: dict[str, Any]) -> dict[str, Any]:
    answer = says("Hi")
    answer["choices"][0]["logprobs"] = {"content": list(tokens) or None, "refusal": None}
    return answer
