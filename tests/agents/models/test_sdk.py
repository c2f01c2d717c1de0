"""Endpoints over the real SDKs, against a real server: what is sent, what comes, what fails."""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

import pytest

from dialogues import SETTINGS
from tempt.agents.models.base import Ask, ModelSettings, NotBilledError
from tempt.agents.models.clients import Limits
from tempt.agents.models.faults import MENDABLE, FaultKind, ProviderFault, retry_after
from tempt.agents.models.sdk import SdkEndpoint, key_of, open_endpoint
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent
from wire_server import Answer, WireServer, closed_port, wire_server

KEY = "sk-very/secret'key+123"
BODY = Sent('{"text":"ä \\u0000 🦊","n":1.0,"items":[', ('{"a":1}', '{"b": 2}'), "]}")
ASK = Ask(BODY, "0a1b2c", 3)
APIS = ("responses", "chat", "messages")
PATHS = {
    "responses": "/base/responses",
    "chat": "/base/chat/completions",
    "messages": "/base/v1/messages",
}


def settings_for(api: str, url: str = "") -> ModelSettings:
    return replace(SETTINGS[api], base_url=f"{url}/base" if url else "", key_env="TEST_KEY")


@contextmanager
def served(
    *answers: Answer, api: str = "chat", limits: Limits | None = None
) -> Iterator[tuple[SdkEndpoint, WireServer]]:
    with wire_server(*answers) as server:
        endpoint = open_endpoint(settings_for(api, server.url), limits)
        try:
            yield endpoint, server
        finally:
            endpoint.close()


def fault_of(endpoint: SdkEndpoint) -> ProviderFault:
    with pytest.raises(ProviderFault) as caught:
        endpoint.send(ASK)
    check_clean(caught.value)
    return caught.value


def check_clean(error: BaseException) -> None:
    """Nothing of it, or of what it is chained to, may show the key."""
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(error)
    assert KEY not in shown
    assert len(str(error)) < 600


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("TEST_KEY", f" {KEY}\n")


@pytest.mark.parametrize("api", APIS)
def test_the_recorded_bytes_are_sent_with_the_key_and_an_id(api: str) -> None:
    text = '{ "ä": 1 }\n'
    with served(Answer(text.encode()), api=api) as (endpoint, server):
        assert endpoint.send(ASK).text == text
        endpoint.send(replace(ASK, attempt=2))
    first, second = server.asked
    assert first.body == BODY.text.encode()
    assert first.path == PATHS[api]
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-client-request-id"] == "0a1b2c-3-0"
    assert second.headers["x-client-request-id"] == "0a1b2c-3-2"
    assert not any(name.startswith("x-stainless") for name in first.headers)


@pytest.mark.parametrize("api", APIS)
def test_the_environment_adds_nothing(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OPENAI_BASE_URL": closed_port(),
        "ANTHROPIC_BASE_URL": closed_port(),
        "OPENAI_API_KEY": "sk-other",
        "ANTHROPIC_API_KEY": "sk-other",
        "OPENAI_ADMIN_KEY": "sk-admin",
        "ANTHROPIC_AUTH_TOKEN": "token",
        "ANTHROPIC_PROFILE": "nobody",
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "proj-1",
        "OPENAI_CUSTOM_HEADERS": "X-Other: 1\nAuthorization: Bearer stolen",
        "ANTHROPIC_CUSTOM_HEADERS": "anthropic-beta: x\nAuthorization: Bearer stolen",
    }.items():
        monkeypatch.setenv(name, value)
    with served(api=api) as (endpoint, server):
        endpoint.send(ASK)
    headers = server.asked[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    odd = {"openai-organization", "openai-project", "x-other", "anthropic-beta", "x-api-key"}
    assert headers.keys().isdisjoint(odd)


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_KEY")
    with served() as (endpoint, server):
        endpoint.send(ASK)
    assert server.asked[0].headers["authorization"] == "Bearer none"


@pytest.mark.parametrize("api", APIS)
def test_a_provider_needs_one(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", " ")
    with pytest.raises(ModelError, match="set the environment variable TEST_KEY") as caught:
        open_endpoint(settings_for(api))
    assert caught.value.ended_by is EndedBy.ADAPTER


@pytest.mark.parametrize("value", ["sk-“quoted”", "sk-a\nb"])
def test_what_no_header_can_hold_is_no_key(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", value)
    with pytest.raises(ModelError, match="TEST_KEY is no key") as caught:
        key_of(settings_for("chat"))
    assert "quoted" not in str(caught.value)
    check_clean(caught.value)


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host", "http://", "http://[", "a b"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(ModelError, match="no http") as caught:
        open_endpoint(replace(SETTINGS["chat"], base_url=url))
    assert caught.value.ended_by is EndedBy.ADAPTER


def error(message: str, **more: str) -> bytes:
    return json.dumps({"error": {"message": message, **more}}).encode()


@dataclass(frozen=True)
class Case:
    """An answer, and the fault that it is."""

    status: int
    body: bytes
    kind: FaultKind
    words: str
    retryable: bool = False
    unbilled: bool = True


CASES = [
    Case(400, error("bad"), FaultKind.REQUEST, "answered 400 'bad'"),
    Case(
        401,
        error(f"Wrong: {KEY}"),
        FaultKind.AUTH,
        "'Wrong: [key]': check the key in TEST_KEY",
    ),
    Case(402, b"", FaultKind.QUOTA, "credit"),
    Case(403, error("no"), FaultKind.AUTH, "TEST_KEY"),
    Case(404, error("no"), FaultKind.NOT_FOUND, "model's name"),
    Case(408, b"", FaultKind.TIMEOUT, "408", retryable=True),
    Case(
        429,
        error("slow down, or see /account/billing", code="rate_limit"),
        FaultKind.RATE_LIMIT,
        "'rate_limit: slow",
        retryable=True,
    ),
    Case(429, error("no", code="insufficient_quota"), FaultKind.QUOTA, "no credit left"),
    Case(400, error("Your credit balance is too low"), FaultKind.QUOTA, "no credit left"),
    Case(500, b"<html>oops", FaultKind.SERVER, "'<html>oops'", retryable=True, unbilled=False),
    Case(529, error("busy"), FaultKind.SERVER, "529", retryable=True),
    Case(503, b"", FaultKind.SERVER, "503", retryable=True),
    Case(502, b"", FaultKind.SERVER, "502", retryable=True, unbilled=False),
    Case(307, b"", FaultKind.REDIRECT, "set the base URL"),
    Case(400, error("long", code="context_length_exceeded"), FaultKind.CONTEXT, "context_length"),
    Case(400, error("prompt is too long: 9 tokens > 8 maximum"), FaultKind.CONTEXT, "too long"),
    Case(
        400, error("input length and `max_tokens` exceed context limit: 9"), FaultKind.CONTEXT, ""
    ),
    Case(400, error("This model's maximum context length is 8"), FaultKind.CONTEXT, "maximum"),
    Case(413, b"", FaultKind.CONTEXT, "413"),
    Case(400, error("flagged", code="content_policy_violation"), FaultKind.POLICY, "policy"),
    Case(400, error("\x1b[31m\u202e" + "x" * 9_000), FaultKind.REQUEST, r"'\x1b[31m\u202exxx"),
    Case(400, b'{"error":"plain"}', FaultKind.REQUEST, "'plain'"),
    Case(400, b"[" * 100_000, FaultKind.REQUEST, "'[[["),
]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("case", CASES, ids=[f"{case.kind}-{i}" for i, case in enumerate(CASES)])
def test_every_status_has_its_fault(api: str, case: Case) -> None:
    answer = Answer(case.body, case.status, {"Location": "http://127.0.0.1:1/"})
    with served(answer, api=api) as (endpoint, server):
        fault = fault_of(endpoint)
    assert len(server.asked) == 1
    assert (fault.kind, fault.status) == (case.kind, case.status)
    assert fault.ended_by is (EndedBy.CONTEXT if case.kind is FaultKind.CONTEXT else EndedBy.MODEL)
    assert fault.retryable is case.retryable
    assert fault.transient is (case.retryable or case.kind in MENDABLE)
    assert isinstance(fault, NotBilledError) is case.unbilled
    assert case.words in str(fault)


@pytest.mark.parametrize("proxy", ["socks5://me:hunter2@127.0.0.1:9", "gopher://me:hunter2@h"])
def test_a_proxy_that_can_not_be_used_is_said(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ModelError, match=r"api\.openai\.com can't be asked") as caught:
        open_endpoint(settings_for("chat"))
    check_clean(caught.value)
    assert caught.value.transient
    assert "hunter2" not in str(caught.value)


def test_a_reply_that_quotes_the_key_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    quoting = Answer(json.dumps({"you sent": f"Bearer {KEY}"}).encode())
    with served(quoting) as (endpoint, _):
        fault = fault_of(endpoint)
    assert (fault.kind, fault.transient) == (FaultKind.KEY_ECHOED, False)
    monkeypatch.setenv("TEST_KEY", "sent")
    with served(quoting) as (endpoint, _):
        assert endpoint.send(ASK).text, "what everybody may know is no secret"


@pytest.mark.parametrize(
    "wrap", [str, lambda text: [text], lambda text: {"error": text}], ids=["text", "list", "error"]
)
def test_no_cut_leaves_a_part_of_the_key(wrap: Callable[[str], object]) -> None:
    for before in (150, 190, 199):
        body = json.dumps(wrap("x" * before + KEY)).encode()
        with served(Answer(body, 400)) as (endpoint, _):
            assert KEY[:4] not in str(fault_of(endpoint))


def test_a_provider_may_say_whether_to_try_again() -> None:
    for status, word, retryable in ((500, "false", False), (429, "true", True)):
        with served(Answer(b"", status, {"x-should-retry": word})) as (endpoint, _):
            fault = fault_of(endpoint)
        assert fault.retryable is retryable
        assert fault.transient, "another day may do better all the same"


DATED = {"date": "Sat, 21 Nov 2026 10:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 10:00:07 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "1.5", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, float("inf")),
        ({"retry-after": "soon"}, None),
        (DATED, 7.0),
        ({**DATED, "retry-after": "Sat, 21 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": DATED["retry-after"]}, None),
        ({**DATED, "date": "Sat, 21 Nov 2026 10:00:00"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_the_wait_is_read_from_the_answer() -> None:
    with served(Answer(b"", 429, {"Retry-After": "2"})) as (endpoint, _):
        assert fault_of(endpoint).retry_after == 2.0


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("answer", "kind", "retryable", "words"),
    [
        (Answer(b"<html>"), FaultKind.NOT_JSON, True, "no JSON object: '<html>'"),
        (Answer(b""), FaultKind.NOT_JSON, True, "no JSON object: ''"),
        (Answer(b"[1]"), FaultKind.NOT_JSON, True, "no JSON object"),
        (Answer(b"[" * 100_000), FaultKind.NOT_JSON, True, "no JSON object"),
        (Answer(b'{"a":"\xff"}'), FaultKind.NOT_UTF8, True, "not UTF-8 at byte 6"),
        (Answer(b'{"a":"\xed\xa0\x80"}'), FaultKind.NOT_UTF8, True, "not UTF-8"),
        (Answer(b" " * 1_001), FaultKind.TOO_LARGE, False, "larger than 1000 bytes"),
        (Answer(b"x" * 1_001, 500), FaultKind.TOO_LARGE, False, "larger than 1000 bytes"),
        (Answer(b"{}", headers={"Content-Encoding": "gzip"}), FaultKind.ENCODED, False, "unasked"),
        (Answer(hang_up=True), FaultKind.CONNECTION, True, "broke: RemoteProtocolError"),
        (Answer(parts=(b"{", b"}") * 40, drip=0.01), FaultKind.TIMEOUT, True, "more than 0.1 s"),
        (Answer(parts=(b"{", b"}"), drip=0.4), FaultKind.TIMEOUT, True, "in time|than 0.1 s"),
    ],
    ids=["html", "empty", "list", "deep", "byte", "surrogate", "large", "large-error", "gzip",
         "hang-up", "drip", "silence"],
)  # fmt: skip
def test_what_is_no_reply(
    api: str, answer: Answer, kind: FaultKind, retryable: bool, words: str
) -> None:
    size = 1_000 if "large" in words else 1 << 20
    started = time.monotonic()
    limits = Limits(seconds=0.1, reply_bytes=size) if answer.drip else Limits(reply_bytes=size)
    with served(answer, api=api, limits=limits) as (endpoint, _):
        fault = fault_of(endpoint)
    assert (fault.kind, fault.retryable) == (kind, retryable)
    assert fault.ended_by is EndedBy.MODEL
    assert not isinstance(fault, NotBilledError)
    assert re.search(words, str(fault))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("api", APIS)
def test_who_is_not_there_bills_nothing(api: str) -> None:
    endpoint = open_endpoint(settings_for(api, closed_port()))
    fault = fault_of(endpoint)
    endpoint.close()
    assert isinstance(fault, NotBilledError)
    assert (fault.kind, fault.retryable) == (FaultKind.CONNECTION, True)
    assert "127.0.0.1" in str(fault)
    assert "can't be reached" in str(fault)


def test_a_request_that_can_not_be_encoded_is_not_sent() -> None:
    with served() as (endpoint, server):
        with pytest.raises(NotBilledError, match="half a character"):
            endpoint.send(Ask(Sent('{"a":["\ud800"', (), "]}"), "0a", 0))
        assert not server.asked


@pytest.mark.parametrize("api", APIS)
def test_neither_keys_nor_bodies_are_logged(api: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Ask(Sent('{"prompt":["', (), 'hush"]}'), "0a", 0)
    with served(Answer(), Answer(error(f"Wrong: {KEY}"), 401), api=api) as (endpoint, _):
        endpoint.send(secret)
        fault_of(endpoint)
    assert KEY not in caplog.text
    assert "hush" not in caplog.text


def test_many_threads_share_an_endpoint() -> None:
    with served(Answer(parts=(b"{", b"}"), drip=0.02)) as (endpoint, server):
        endpoint.send(ASK)
        started = time.monotonic()
        with ThreadPoolExecutor(64) as pool:
            replies = list(pool.map(lambda _: endpoint.send(ASK).text, range(128)))
    assert replies == ["{}"] * 128
    assert len(server.asked) == 129
    # One after the other they would take five seconds.
    assert time.monotonic() - started < 4


def test_the_address_of_a_message_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_KEY")
    url = closed_port().replace("http://", "http://me:hunter2@")
    endpoint = open_endpoint(settings_for("chat", url))
    fault = fault_of(endpoint)
    endpoint.close()
    assert "hunter2" not in "".join(chain([str(fault)], map(str, vars(fault).values())))
