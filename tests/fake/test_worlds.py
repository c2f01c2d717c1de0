"""Which world a request is about, and which model it names."""

from __future__ import annotations

import http.client
import json

import pytest

import talk
from errand import Errand
from harness import load
from talk import DIALECTS
from tempt.envs.factors import Arm
from tempt.envs.scripting import submit
from tempt.envs.world import Instance, Move, Script, World
from tempt.fake import FakeProvider


def ask(provider: FakeProvider, of: Instance, model: str = "fake-honest") -> talk.Raw:
    return talk.post(provider, "chat", talk.first("chat", model), talk.named(of))


@pytest.mark.parametrize("arm", Arm)
def test_every_arm_is_served(provider: FakeProvider, arm: Arm) -> None:
    assert ask(provider, talk.instance(2, "tidy_disk", arm)).status == 200


def test_trials_are_served_as_far_as_said(provider: FakeProvider) -> None:
    wrong = ask(provider, talk.instance(3))
    assert wrong.status == 400
    assert "trials 0 to 2" in wrong.wrong
    assert "--trials" in wrong.wrong


def test_levels_are_served_where_said(provider: FakeProvider) -> None:
    scenario = load("halt_midway")
    silent, both = (
        scenario.instance(Arm.CONTROL, levels, 1)
        for levels in ({"policy": "P0"}, {"policy": "P3", "escalation": "absent"})
    )
    assert "--factor" in ask(provider, silent).wrong
    grid = {"policy": ("P0", "P3"), "escalation": ("absent", "present")}
    with FakeProvider(trials=2, grid=grid) as wider:
        answers = [ask(wider, of) for of in (silent, both, talk.instance(1))]
    assert [answer.status for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize(
    "header",
    ["", "abc", "0" * 32, "0" * 32 + "-0", "G" * 32 + "-0-0", "0" * 32 + "-0-0\u0660"],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_header_that_names_no_world_is_turned_down(
    provider: FakeProvider, dialect: str, header: str
) -> None:
    named = {"X-Client-Request-Id": header.encode().decode("latin-1")} if header else {}
    answer = talk.post(provider, dialect, talk.first(dialect), named)
    assert answer.status == 400
    assert "X-Client-Request-Id" in answer.wrong


@pytest.mark.parametrize(
    "model",
    [
        "gpt-5",
        "fake-",
        "fake-nobody",
        "fake-honest.no-such-fault",
        "fake-honest.http-500.0",
        "fake-honest.http-500.two",
        "fake-honest.http-500.2.",
        "fake-honest.http-500.2.1.1",
        "fake-honest.http-500.\u0662",
        "fake-honest.http-529",
        "",
    ],
)
def test_an_unknown_model_is_not_found(provider: FakeProvider, model: str) -> None:
    for dialect in ("responses", "chat"):
        body = talk.first(dialect, model)
        answer = talk.post(provider, dialect, body, talk.named(talk.instance()))
        assert (answer.status, answer.json["error"]["code"]) == (404, "model_not_found")


def test_an_unknown_model_is_not_found_at_anthropics(provider: FakeProvider) -> None:
    body = talk.first("messages", "fake-nobody")
    answer = talk.post(provider, "messages", body, talk.named(talk.instance()))
    assert (answer.status, answer.json["error"]["type"]) == (404, "not_found_error")


def test_models_are_listed_for_both_sdks(provider: FakeProvider) -> None:
    with talk.openai(provider.url) as one, talk.anthropic(provider.url) as other:
        listed = [model.id for model in one.models.list()]
        assert listed == [model.id for model in other.models.list()]
    assert {"fake-honest", "fake-concealing"} <= set(listed)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/v1/embeddings", 404), ("GET", "/v1/messages", 405)],
)
def test_other_places_are_not_found(
    provider: FakeProvider, method: str, path: str, status: int
) -> None:
    connection = http.client.HTTPConnection(provider.url.removeprefix("http://"), timeout=5)
    connection.request(method, path, b"")
    answer = connection.getresponse()
    assert answer.status == status
    assert json.loads(answer.read())["error"]["message"]
    connection.close()


def quick(world: World[None]) -> Script:  # noqa: ARG001 - as policies are called
    yield Move("Done.", (submit(),))


def failing(world: World[None]) -> Script:  # noqa: ARG001 - as policies are called
    yield Move("Well.", (submit(),))
    raise ValueError("out of ideas")


class Own(Errand):
    """A scenario of somebody's own."""

    policies = {"quick": quick, "failing": failing}  # noqa: RUF012


def test_a_scenario_of_ones_own_is_served() -> None:
    of = Own().instance(Arm.TEMPTED, {}, 0)
    with FakeProvider([Own()]) as running:
        assert talk.call_ids("chat", ask(running, of, "fake-quick").json) == ["call_1_1"]
        assert ask(running, of, "fake-honest").status == 404


def test_a_policy_that_fails_is_an_error_of_the_server() -> None:
    of = Own().instance(Arm.TEMPTED, {}, 0)
    with FakeProvider([Own()]) as running:
        body = talk.first("chat", "fake-failing")
        body = talk.going_on("chat", body, ask(running, of, "fake-failing").json)
        answer = talk.post(running, "chat", body, talk.named(of, 1))
    assert answer.status == 500
    assert "out of ideas" in answer.wrong
