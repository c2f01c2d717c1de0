"""What goes back to a provider must be what came from it; everything else is turned down."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

import talk
from talk import DIALECTS
from tempt.fake import FakeProvider
from tempt.fake.answers import Json
from tempt.fake.server import MAX_REQUEST


def ask(provider: FakeProvider, dialect: str, body: object) -> talk.Raw:
    return talk.post(provider, dialect, body, talk.named(talk.instance(), 1))


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def change(body: Json, key: str, to: object) -> Json:
    """``body`` with every value under ``key`` replaced."""
    text: Json = json.loads(
        json.dumps(body), object_hook=lambda d: {**d, key: to} if key in d else d
    )
    return text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_faithful_request_is_answered(provider: FakeProvider, dialect: str) -> None:
    assert ask(provider, dialect, talk.at_second(dialect, provider)).status == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_order_of_keys_is_nobodys_business(provider: FakeProvider, dialect: str) -> None:
    body = reversed_keys(talk.at_second(dialect, provider))
    assert ask(provider, dialect, body).status == 200


TAMPERED = [
    ("responses", "encrypted_content", "abc="),
    ("responses", "summary", []),
    ("responses", "arguments", "{}"),
    ("responses", "name", "submit"),
    ("responses", "id", "rs_other"),
    ("chat", "reasoning_content", "Something else."),
    ("chat", "arguments", '{"command":"ls"}'),
    ("messages", "signature", "abc="),
    ("messages", "thinking", "Something else."),
    ("messages", "input", {"command": "ls"}),
]


@pytest.mark.parametrize(("dialect", "key", "to"), TAMPERED)
def test_an_altered_turn_is_turned_down(
    provider: FakeProvider, dialect: str, key: str, to: object
) -> None:
    body = talk.at_second(dialect, provider)
    wishes = {name: value for name, value in body.items() if name in ("reasoning", "thinking")}
    answer = ask(provider, dialect, {**change(body, key, to), **wishes})
    assert answer.status == 400
    assert "must remain as they were in the original response" in answer.wrong


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_thought_left_out_is_turned_down(provider: FakeProvider, dialect: str) -> None:
    body = copy.deepcopy(talk.at_second(dialect, provider))
    found = talk.entries(dialect, body)
    if dialect == "responses":
        del found[1]
    elif dialect == "chat":
        del found[1]["reasoning_content"]
    else:
        del found[1]["content"][0]
    assert "must remain as they were" in ask(provider, dialect, body).wrong


def with_answers(provider: FakeProvider, dialect: str, *ids: str) -> talk.Raw:
    """The request for the second turn, with answers to ``ids``."""
    body = talk.first(dialect)
    reply = ask(provider, dialect, body).json
    added = talk.answered(dialect, *ids) or [{"role": "user", "content": "And?"}]
    return ask(
        provider, dialect, talk.with_entries(dialect, body, *talk.turn_of(dialect, reply), *added)
    )


UNANSWERED = {
    "responses": "No tool output found for function call call_1_1",
    "chat": "tool_call_ids did not have response messages: call_1_1",
    "messages": "without `tool_result` blocks immediately after: call_1_1",
}
UNASKED = {
    "responses": "No tool call found for function call output with call_id call_9_9",
    "chat": "must be a response to a preceeding message with 'tool_calls'",
    "messages": "unexpected `tool_use_id` found in `tool_result` blocks: call_9_9",
}
TWICE = {
    "responses": "Duplicate function call output",
    "chat": "Duplicate value for 'tool_call_id'",
    "messages": "each tool_use must have a single result",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("ids", "wrong"),
    [((), UNANSWERED), (("call_1_1", "call_9_9"), UNASKED), (("call_1_1", "call_1_1"), TWICE)],
    ids=["none", "one too many", "one twice"],
)
def test_every_call_is_answered_exactly_once(
    provider: FakeProvider, dialect: str, ids: tuple[str, ...], wrong: dict[str, str]
) -> None:
    answer = with_answers(provider, dialect, *ids)
    assert answer.status == 400
    assert wrong[dialect] in answer.wrong


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_without_a_turn_is_turned_down(provider: FakeProvider, dialect: str) -> None:
    body = talk.with_entries(dialect, talk.first(dialect), *talk.answered(dialect, "call_1_1"))
    assert ask(provider, dialect, body).status == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_assistant_does_not_have_the_last_word(provider: FakeProvider, dialect: str) -> None:
    body = talk.first(dialect)
    reply = ask(provider, dialect, body).json
    body = talk.with_entries(dialect, body, *talk.turn_of(dialect, reply))
    assert "must not be the assistant's" in ask(provider, dialect, body).wrong


@pytest.mark.parametrize("dialect", DIALECTS)
def test_thoughts_asked_for_in_another_way_are_others(provider: FakeProvider, dialect: str) -> None:
    """One configuration of thinking holds for a whole conversation."""
    other: dict[str, Json] = {
        "responses": {"reasoning": {"effort": "none"}},
        "chat": {"reasoning_effort": "none"},
        "messages": {"thinking": {"type": "disabled"}},
    }
    body = {**talk.at_second(dialect, provider), **other[dialect]}
    assert ask(provider, dialect, body).status == 400


Wrong = Callable[[str], object]
BAD: dict[str, Wrong] = {
    "no JSON": lambda _: b"{",
    "no UTF-8": lambda _: b'{"model": "\xff"}',
    "nothing": lambda _: b"",
    "an array": lambda _: [],
    "nested": lambda _: b'{"model":' + b"[" * 100_000,
    "nested just so": lambda d: talk.first(d, input=nested(700), messages=nested(700)),
    "no model": lambda _: {},
    "a model that is a list": lambda d: {**talk.first(d), "model": []},
    "no conversation": lambda d: talk.first(d, input=None, messages=None),
    "an empty conversation": lambda d: talk.first(d, input=[], messages=[]),
    "entries that are texts": lambda d: talk.first(d, input=["a"], messages=["a"]),
    "streamed": lambda d: talk.first(d, stream=True),
    "an unheard-of effort": lambda d: talk.first(
        d, reasoning={"effort": []}, reasoning_effort="huge", output_config={"effort": "none"}
    ),
}


def nested(depth: int) -> list[Any]:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    calls = [{"role": "assistant", "type": [], "content": value, "tool_calls": value}]
    return [*calls, {"role": [], "type": "function_call_output", "call_id": {}, "content": value}]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("what", BAD)
def test_what_is_no_request_is_turned_down(provider: FakeProvider, dialect: str, what: str) -> None:
    answer = ask(provider, dialect, BAD[what](dialect))
    assert answer.status == 400
    assert answer.wrong


def test_a_stream_is_turned_down_in_words(provider: FakeProvider) -> None:
    assert "does not stream" in ask(provider, "chat", talk.first("chat", stream=True)).wrong


@pytest.mark.parametrize(
    "more",
    [
        {"max_tokens": None},
        {"thinking": {"type": "enabled", "budget_tokens": 1000}},
        {"thinking": {"type": "enabled", "budget_tokens": 4096}},
        {"thinking": "yes"},
    ],
    ids=["no limit", "a small budget", "a budget above the limit", "a text for thinking"],
)
def test_limits_of_thinking_are_kept(provider: FakeProvider, more: Json) -> None:
    assert ask(provider, "messages", talk.first("messages", **more)).status == 400


def test_nothing_is_stored(provider: FakeProvider) -> None:
    body = talk.first("responses", previous_response_id="resp_1")
    assert "nothing is stored" in ask(provider, "responses", body).wrong


def test_errors_have_the_providers_form(provider: FakeProvider) -> None:
    assert set(ask(provider, "chat", {}).json["error"]) == {"message", "type", "param", "code"}
    wrong = ask(provider, "messages", {})
    assert wrong.json["type"] == "error"
    assert wrong.json["request_id"] == wrong.headers["request-id"]


def test_a_request_that_is_too_long_is_not_read(provider: FakeProvider) -> None:
    too_long = {"Content-Length": str(MAX_REQUEST + 1)}
    assert talk.post(provider, "messages", b"", too_long).status == 413
    assert talk.post(provider, "chat", b"", {"Content-Length": "-5"}).status == 411
    assert talk.post(provider, "chat", b"", {"Content-Length": "9" * 5000}).status == 413
