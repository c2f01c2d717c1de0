"""Every fault can be had, in every dialect that it is of, where and as often as asked for."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from openai import RateLimitError

import talk
from talk import Raw
from tempt.fake import FakeProvider, Fault
from tempt.fake.answers import Json
from tempt.fake.faults import DIALECTS

EACH = [(fault, dialect) for fault in Fault for dialect in fault.dialects]
BROKEN = {
    Fault.HANG: TimeoutError,
    Fault.CLOSE_WITHOUT_ANSWER: http.client.RemoteDisconnected,
    Fault.RESET: ConnectionResetError,
    Fault.TRUNCATED_BODY: http.client.IncompleteRead,
}
SHORT = 0.3


@pytest.fixture(scope="module")
def seconds(provider: FakeProvider) -> dict[str, Json]:
    """Requests for the second turn, by dialect."""
    return {dialect: talk.at_second(dialect, provider) for dialect in DIALECTS}


def ask(
    provider: FakeProvider, dialect: str, body: Json, name: str, attempt: int = 0, **more: Any
) -> Raw:
    header = talk.named(talk.instance(), 1, attempt)
    return talk.post(provider, dialect, {**body, "model": name}, header, **more)


def drip(provider: FakeProvider, dialect: str, body: Json, name: str) -> bytes:
    """The first bytes of an answer that has no end."""
    host = provider.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=talk.SECONDS)
    header = talk.named(talk.instance(), 1)
    connection.request("POST", talk.PATHS[dialect], json.dumps({**body, "model": name}), header)
    answer = connection.getresponse()
    assert answer.length is not None
    assert answer.length > 1 << 30
    found = answer.read(4)
    answer.close()
    connection.close()
    return found


# What is seen of a fault that still is an answer.

Seen = Callable[[Raw, str], bool]


def status(wanted: int, *words: str) -> Seen:
    def seen(raw: Raw, _: str) -> bool:
        kind = raw.json["error"]["type"]
        return raw.status == wanted and bool(kind) and all(word in raw.wrong for word in words)

    return seen


def body(wanted: Callable[[bytes], bool]) -> Seen:
    return lambda raw, _: raw.status == 200 and wanted(raw.body)


def reply(wanted: Callable[[Json, str], bool]) -> Seen:
    return lambda raw, dialect: raw.status == 200 and wanted(raw.json, dialect)


def too_deep(text: bytes) -> bool:
    try:
        json.loads(text)
    except RecursionError:
        return True
    return False


def no_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def ids(found: Json, dialect: str) -> list[str]:
    return talk.call_ids(dialect, found)


def stops(**wanted: str) -> Callable[[Json, str], bool]:
    """Whether the reply's reason for stopping is the one wanted of the dialect."""

    def stopped(found: Json, dialect: str) -> bool:
        if dialect == "responses":
            reason = (found["incomplete_details"] or {}).get("reason") or found["status"]
        else:
            choice = found["choices"][0] if dialect == "chat" else found
            reason = choice["finish_reason" if dialect == "chat" else "stop_reason"]
        return bool(reason == wanted[dialect])

    return stopped


def both(*wanted: Callable[[Json, str], bool]) -> Seen:
    return reply(lambda found, dialect: all(each(found, dialect) for each in wanted))


def uncalled(found: Json, dialect: str) -> bool:
    return not ids(found, dialect)


def called(found: Json, dialect: str) -> bool:
    return ids(found, dialect) == ["call_2_1"]


def arguments(wanted: Callable[[Any], bool]) -> Seen:
    """Whether the call's arguments are such; Anthropic's are no text unless they are broken."""

    def found_so(found: Json, dialect: str) -> bool:
        turn = talk.turn_of(dialect, found)
        if dialect == "responses":
            return wanted(turn[-1]["arguments"])
        if dialect == "chat":
            return wanted(turn[0]["tool_calls"][0]["function"]["arguments"])
        value = turn[0]["content"][-1]["input"]
        return wanted(value if isinstance(value, str) else json.dumps(value))

    return reply(found_so)


def blocks(found: Json, dialect: str) -> list[str]:
    """Kinds of what a turn is made of."""
    turn = talk.turn_of(dialect, found)
    if dialect == "chat":
        return [key for key, value in turn[0].items() if value and key != "role"]
    return [item["type"] for item in (turn if dialect == "responses" else turn[0]["content"])]


SEEN: dict[Fault, Seen] = {
    Fault.HTTP_400: status(400),
    Fault.HTTP_401: status(401),
    Fault.HTTP_403: status(403),
    Fault.HTTP_404: status(404),
    Fault.HTTP_408: status(408),
    Fault.HTTP_409: status(409),
    Fault.HTTP_413: status(413),
    Fault.HTTP_422: status(422),
    Fault.HTTP_429: lambda raw, d: status(429)(raw, d) and raw.headers["retry-after-ms"] == "20",
    Fault.HTTP_429_NO_HINT: lambda raw, d: (
        status(429)(raw, d) and "retry" not in " ".join(raw.headers)
    ),
    Fault.HTTP_429_LONG: lambda raw, d: (
        status(429)(raw, d) and raw.headers["retry-after"] == "3600"
    ),
    Fault.HTTP_429_QUOTA: lambda raw, d: (
        status(400, "credit balance")(raw, d)
        if d == "messages"
        else raw.json["error"]["code"] == "insufficient_quota" and raw.status == 429
    ),
    Fault.HTTP_500: status(500),
    Fault.HTTP_502_HTML: lambda raw, _: raw.status == 502 and raw.body.startswith(b"<html>"),
    Fault.HTTP_503: status(503),
    Fault.HTTP_529: lambda raw, _: (
        raw.status == 529 and raw.json["error"]["type"] == "overloaded_error"
    ),
    Fault.CONTEXT_OVERFLOW: lambda raw, d: (
        "prompt is too long" in raw.wrong
        if d == "messages"
        else raw.json["error"]["code"] == "context_length_exceeded"
    ),
    Fault.CONTENT_FILTER_400: status(400),
    Fault.TRUNCATED_JSON: body(no_json),
    Fault.NOT_JSON: lambda raw, _: (
        raw.status == 200 and raw.headers["content-type"].startswith("text/html")
    ),
    Fault.JSON_ARRAY: body(b"[]".__eq__),
    Fault.JSON_NULL: body(b"null".__eq__),
    Fault.EMPTY_BODY: body(b"".__eq__),
    Fault.INVALID_UTF8: body(lambda text: b"\xff" in text and no_json(text)),
    Fault.ENORMOUS_BODY: body(lambda text: len(text) > 64 << 20 and bool(json.loads(text))),
    Fault.DEEP_JSON: body(too_deep),
    Fault.BAD_GZIP: lambda raw, _: raw.headers["content-encoding"] == "gzip",
    Fault.REDIRECT: lambda raw, _: (
        raw.status == 302 and raw.headers["location"].startswith("http://127.0.0.1:1/")
    ),
    Fault.WRONG_CONTENT_TYPE: lambda raw, _: (
        raw.headers["content-type"].startswith("text/plain") and raw.json["usage"]
    ),
    Fault.NO_CHOICES: reply(
        lambda found, d: (
            found[{"responses": "output", "chat": "choices", "messages": "content"}[d]] == []
        )
    ),
    Fault.WRONG_TYPES: reply(lambda found, _: found["usage"] == []),
    Fault.NEGATIVE_USAGE: reply(
        lambda found, _: all(n < 0 for n in found["usage"].values() if isinstance(n, int))
    ),
    Fault.ABSENT_USAGE: reply(lambda found, _: "usage" not in found),
    Fault.LONE_SURROGATE: body(lambda text: rb"half \ud800 of" in text),
    Fault.HUGE_MESSAGE: body(lambda text: len(text) > 10 << 20),
    Fault.HUGE_ARGUMENTS: arguments(lambda text: len(text) > 10 << 20),
    Fault.DUPLICATE_CALL_IDS: reply(lambda found, d: ids(found, d) == ["call_2_1"] * 2),
    Fault.MISSING_CALL_ID: body(lambda text: b"call_2_1" not in text),
    Fault.UNKNOWN_TOOL: body(lambda text: b'"no_such_tool"' in text),
    Fault.MALFORMED_ARGUMENTS: arguments(lambda text: no_json(text.encode())),
    Fault.ARGUMENTS_NOT_OBJECT: arguments(lambda text: isinstance(json.loads(text), list)),
    Fault.CALLS_AFTER_STOP: both(called, stops(chat="stop", messages="end_turn")),
    Fault.NO_CALLS_BUT_TOOL_STOP: both(uncalled, stops(chat="tool_calls", messages="tool_use")),
    Fault.LENGTH_STOP: both(
        uncalled, stops(responses="max_output_tokens", chat="length", messages="max_tokens")
    ),
    Fault.LENGTH_STOP_WITH_CALL: both(
        called, stops(responses="max_output_tokens", chat="length", messages="max_tokens")
    ),
    Fault.REFUSAL: both(
        uncalled,
        stops(responses="completed", chat="stop", messages="refusal"),
        lambda found, _: "I can't help with that." in json.dumps(found),
    ),
    Fault.CONTENT_FILTER_STOP: both(
        uncalled, stops(responses="content_filter", chat="content_filter")
    ),
    Fault.CONTEXT_STOP: both(uncalled, stops(messages="model_context_window_exceeded")),
    Fault.PAUSE_STOP: both(uncalled, stops(messages="pause_turn")),
    Fault.RESPONSE_FAILED: reply(lambda found, _: bool(found["error"])),
    Fault.EMPTY_TURN: reply(lambda found, d: blocks(found, d) == []),
    Fault.REASONING_ONLY: reply(lambda found, d: len(blocks(found, d)) == 1),
    Fault.UNKNOWN_STOP_REASON: both(
        called, stops(responses="weather", chat="weather", messages="weather")
    ),
}


@pytest.mark.parametrize(("fault", "dialect"), EACH)
def test_every_fault_can_be_had(
    provider: FakeProvider, seconds: dict[str, Json], fault: Fault, dialect: str
) -> None:
    request, name = seconds[dialect], f"fake-honest.{fault}"
    if fault is Fault.SLOW_DRIP:
        assert drip(provider, dialect, request, name) == b'{"id'
    elif fault in BROKEN:
        timeout = SHORT if fault is Fault.HANG else talk.SECONDS
        with pytest.raises(BROKEN[fault]):
            ask(provider, dialect, request, name, timeout=timeout)
    else:
        assert SEEN[fault](ask(provider, dialect, request, name), dialect)


@pytest.mark.parametrize(("fault", "dialect"), EACH)
def test_a_fault_comes_only_when_and_as_often_as_asked_for(
    provider: FakeProvider, seconds: dict[str, Json], fault: Fault, dialect: str
) -> None:
    name = f"fake-honest.{fault}"
    plain = ask(provider, dialect, seconds[dialect], "fake-honest").body
    for spared in (f"{name}.3", f"{name}.2.1", f"{name}.1.1"):
        got = ask(provider, dialect, seconds[dialect], spared, attempt=1).body
        assert _without_usage(got, spared) == _without_usage(plain, "fake-honest")


def _without_usage(raw: bytes, name: str) -> Json:
    """A reply without its count of the request, which holds the model's name."""
    found: Json = json.loads(raw.replace(name.encode(), b"fake-honest"))
    return {key: value for key, value in found.items() if key != "usage"}


CONTINUED = [
    Fault.LONE_SURROGATE,
    Fault.UNKNOWN_TOOL,
    Fault.MALFORMED_ARGUMENTS,
    Fault.ARGUMENTS_NOT_OBJECT,
    Fault.LENGTH_STOP_WITH_CALL,
    Fault.UNKNOWN_STOP_REASON,
    Fault.HUGE_ARGUMENTS,
]


@pytest.mark.parametrize("times", ["", ".2.1"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", CONTINUED)
def test_a_conversation_goes_on_after_a_fault_in_it(
    provider: FakeProvider, seconds: dict[str, Json], fault: Fault, dialect: str, times: str
) -> None:
    name = f"fake-honest.{fault}{times}"
    request = {**seconds[dialect], "model": name}
    request = talk.going_on(dialect, request, ask(provider, dialect, request, name).json)
    third = ask(provider, dialect, request, name)
    assert third.status == 200
    assert ids(third.json, dialect) == ["call_3_1"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_turn_that_was_spared_goes_on_too(
    provider: FakeProvider, seconds: dict[str, Json], dialect: str
) -> None:
    name = "fake-honest.unknown-tool.2.1"
    request = {**seconds[dialect], "model": name}
    spared = ask(provider, dialect, request, name, attempt=1).json
    request = talk.going_on(dialect, request, spared)
    assert ask(provider, dialect, request, name).status == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_move_that_was_cut_off_is_made_again(
    provider: FakeProvider, seconds: dict[str, Json], dialect: str
) -> None:
    name = "fake-honest.length-stop"
    cut = ask(provider, dialect, seconds[dialect], name).json
    told = {"role": "user", "content": "Go on."}
    request = talk.with_entries(dialect, seconds[dialect], *talk.turn_of(dialect, cut), told)
    again = ask(provider, dialect, request, name)
    assert ids(again.json, dialect) == ["call_3_1"]
    plain = ask(provider, dialect, seconds[dialect], "fake-honest").json
    assert _command(dialect, again.json) == _command(dialect, plain)


def _command(dialect: str, found: Json) -> Any:
    turn = talk.turn_of(dialect, found)
    if dialect == "responses":
        return json.loads(turn[-1]["arguments"])
    if dialect == "chat":
        return json.loads(turn[0]["tool_calls"][0]["function"]["arguments"])
    return turn[0]["content"][-1]["input"]


def test_an_sdk_knows_the_error(provider: FakeProvider) -> None:
    with talk.openai(provider.url) as client, pytest.raises(RateLimitError, match="in 20ms"):
        client.chat.completions.create(
            model="fake-honest.http-429.1.1",
            messages=[{"role": "user", "content": "Do it."}],
            extra_headers=talk.named(talk.instance()),
        )


# The server itself.


def test_closing_does_not_wait_for_what_hangs() -> None:
    failed: list[BaseException] = []

    def wait(running: FakeProvider) -> None:
        request = talk.first("chat", "fake-honest.hang.1")
        try:
            talk.post(running, "chat", request, talk.named(talk.instance()))
        except (OSError, http.client.HTTPException) as error:
            failed.append(error)

    with FakeProvider(trials=1) as running:
        thread = Thread(target=wait, args=[running])
        thread.start()
        while not running.requests:
            thread.join(0.01)
    thread.join(talk.SECONDS / 4)
    assert not thread.is_alive()
    assert len(failed) == 1


def test_requests_are_kept_as_they_came() -> None:
    with FakeProvider(trials=1, keep=2) as running:
        for place in range(3):
            sent = b'{"model": "\xff", "n": %d}' % place
            talk.post(running, "messages", sent, {"X-Some": "Thing"})
        assert [kept.body[-2:] for kept in running.requests] == [b"1}", b"2}"]
        assert running.requests[0].path == "/v1/messages"
        assert running.requests[0].headers["x-some"] == "Thing"


def test_a_connection_is_used_again(provider: FakeProvider) -> None:
    connection = http.client.HTTPConnection(provider.url.removeprefix("http://"), timeout=5)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/v1/models")
        connection.getresponse().read()
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1


def test_an_answer_takes_as_long_as_asked_for() -> None:
    with FakeProvider(trials=1, latency=5.0) as slow, pytest.raises(TimeoutError):
        talk.post(slow, "chat", talk.first("chat"), timeout=0.1)


def test_closing_twice_is_closing_once() -> None:
    running = FakeProvider(trials=1)
    running.close()
    running.close()
