"""Trying again: when, after how long, and what is said of it."""

from __future__ import annotations

import pytest

from tempt.agents.models.base import Ask, ModelSettings, NotBilledError, Reply
from tempt.agents.models.faults import FaultKind, ProviderFault, UnbilledFault
from tempt.agents.models.retrying import RetryingEndpoint, RetryPolicy
from tempt.agents.models.sdk import open_endpoint
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent
from wire_server import Answer, wire_server

ASK = Ask(Sent("{}[", (), "]"), "0a1b", 2)
BUSY = UnbilledFault(FaultKind.RATE_LIMIT, "busy", status=429)
DOWN = ProviderFault(FaultKind.SERVER, "down", status=503)
LATE = ProviderFault(FaultKind.TIMEOUT, "late")
WRONG = UnbilledFault(FaultKind.REQUEST, "wrong", status=400)


class Scripted:
    """Meets one fault after the other, and then answers."""

    def __init__(self, *faults: ModelError) -> None:
        self.faults = list(faults)
        self.asked: list[Ask] = []

    def send(self, ask: Ask) -> Reply:
        self.asked.append(ask)
        if self.faults:
            raise self.faults.pop(0)
        return Reply("{}")


def tried(
    script: Scripted, policy: RetryPolicy | None = None, draw: float = 0.5
) -> tuple[Reply | ModelError, list[float]]:
    """The answer or the failure, and the waits before it."""
    waits: list[float] = []
    endpoint = RetryingEndpoint(script, policy or RetryPolicy(), waits.append, lambda: draw)
    try:
        return endpoint.send(ASK), waits
    except ModelError as error:
        return error, waits


def test_a_reply_at_once() -> None:
    script = Scripted()
    assert tried(script) == (Reply("{}"), [])
    assert script.asked == [ASK]


def test_faults_are_overcome_and_told() -> None:
    script = Scripted(BUSY, DOWN, LATE)
    reply, waits = tried(script)
    assert reply == Reply("{}", ("rate_limit (429)", "server (503)", "timeout"))
    assert waits == [0.25, 0.5, 1.0]
    assert [ask.attempt for ask in script.asked] == [0, 1, 2, 3]


def test_waits_grow_to_a_limit_and_may_be_nothing() -> None:
    policy = RetryPolicy(attempts=8, longest_wait=3.0)
    assert tried(Scripted(*[BUSY] * 7), policy, 1.0)[1] == [0.5, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0]
    assert tried(Scripted(BUSY), policy, 0.0)[1] == [0.0]


def test_the_provider_is_given_the_time_it_asks_for() -> None:
    asks = UnbilledFault(FaultKind.RATE_LIMIT, "busy", retry_after=7.0)
    assert tried(Scripted(asks))[1] == [7.25]


def test_too_long_a_wait_is_not_worth_it() -> None:
    asks = UnbilledFault(FaultKind.RATE_LIMIT, "busy", retry_after=60.1)
    error, waits = tried(Scripted(asks))
    assert (error, waits) == (asks, [])


@pytest.mark.parametrize("fault", [WRONG, ModelError("no", EndedBy.ADAPTER)])
def test_what_no_other_try_can_help_is_raised_at_once(fault: ModelError) -> None:
    script = Scripted(fault)
    assert tried(script) == (fault, [])
    assert len(script.asked) == 1


def test_giving_up() -> None:
    script = Scripted(*[BUSY] * 9)
    error, waits = tried(script)
    assert isinstance(error, UnbilledFault)
    assert str(error) == "busy (try 4)"
    assert (error.kind, error.status, error.transient) == (FaultKind.RATE_LIMIT, 429, True)
    assert (len(script.asked), len(waits)) == (4, 3)
    assert error.__cause__ is None


@pytest.mark.parametrize("last", [WRONG, BUSY])
def test_what_may_have_been_billed_once_is_not_forgotten(last: ProviderFault) -> None:
    error, _ = tried(Scripted(LATE, last), RetryPolicy(attempts=2))
    assert isinstance(error, ProviderFault)
    assert not isinstance(error, NotBilledError)
    assert error.kind is last.kind
    assert error.transient is last.transient


def test_one_try_is_a_policy_too() -> None:
    assert tried(Scripted(BUSY), RetryPolicy(attempts=1)) == (BUSY, [])


def test_over_the_wire() -> None:
    answers = (Answer(b"", 503, {"Retry-After-Ms": "1"}), Answer(b"oops"), Answer(b'{"a":1}'))
    with wire_server(*answers) as server:
        settings = ModelSettings("openai", "chat", "m", server.url, "")
        endpoint = open_endpoint(settings)
        waits: list[float] = []
        reply = RetryingEndpoint(endpoint, RetryPolicy(), waits.append, lambda: 0.0).send(ASK)
        endpoint.close()
    assert reply == Reply('{"a":1}', ("server (503)", "not_json"))
    assert waits == [0.001, 0.0]
    ids = [asked.headers["x-client-request-id"] for asked in server.asked]
    assert ids == ["0a1b-2-0", "0a1b-2-1", "0a1b-2-2"]


def test_draws_of_its_own_are_within_bounds() -> None:
    waits: list[float] = []
    RetryingEndpoint(Scripted(BUSY, BUSY), RetryPolicy(), waits.append).send(ASK)
    assert 0 <= waits[0] <= 0.5
    assert 0 <= waits[1] <= 1.0
