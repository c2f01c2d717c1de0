"""Every try is paid for, the one whose end nobody saw too."""

from __future__ import annotations

import pytest

from tempt.agents.models.base import Ask, Endpoint, ModelSettings, NotBilledError, Reply
from tempt.agents.models.budget import Budget, RunBudget, Spent
from tempt.agents.models.faults import FaultKind, ProviderFault, UnbilledFault
from tempt.agents.models.paying import PaidEndpoint
from tempt.agents.models.prices import PriceTable
from tempt.agents.models.retrying import RetryingEndpoint
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent, Usage

SETTINGS = ModelSettings("openai", "responses", "m", "", "KEY", max_tokens=100)
ASK = Ask(Sent("[", (), "]"), "0" * 32, 0)
MOST = 1_125
"""Tokens set aside for a try: 2 bytes, framing, and the longest reply."""


class Scripted:
    """Does what it is told, try after try."""

    def __init__(self, *does: Reply | Exception) -> None:
        self._does = iter(does)

    def send(self, ask: Ask) -> Reply:  # noqa: ARG002
        next_one = next(self._does)
        if isinstance(next_one, Exception):
            raise next_one
        return next_one


def paid(budget: RunBudget, inner: Endpoint) -> RetryingEndpoint:
    """An endpoint that pays and tries again, without waiting."""
    counted = {"ten": Usage(6, 4), "silent": None}
    paying = PaidEndpoint(inner, budget.purse(), SETTINGS, lambda reply: counted[reply])
    return RetryingEndpoint(paying, sleep=lambda _: None)


def budget_of(tokens: int) -> RunBudget:
    return RunBudget(Budget(limit_tokens=tokens), Budget(), PriceTable({}))


LOST = ProviderFault(FaultKind.TIMEOUT, "no answer in time")
TURNED_AWAY = UnbilledFault(FaultKind.RATE_LIMIT, "too many")


@pytest.mark.parametrize(
    ("does", "tokens", "requests"),
    [
        ((Reply("ten"),), 10, 1),
        ((Reply("silent"),), MOST, 1),
        ((LOST, Reply("ten")), MOST + 10, 2),
        ((LOST, LOST, Reply("ten")), 2 * MOST + 10, 3),
        ((TURNED_AWAY, Reply("ten")), 10, 1),
    ],
    ids=["counted", "not counted", "lost once", "lost twice", "turned away"],
)
def test_what_tries_cost(does: tuple[Reply | Exception, ...], tokens: int, requests: int) -> None:
    budget = budget_of(100_000)
    paid(budget, Scripted(*does)).send(ASK)
    assert budget.spent == Spent(tokens=tokens, requests=requests, unpriced=requests)
    assert budget.reserved == Spent()


def test_a_further_try_must_be_affordable_too() -> None:
    budget = budget_of(2 * MOST - 1)
    with pytest.raises(ModelError) as caught:
        paid(budget, Scripted(LOST, Reply("ten"))).send(ASK)
    assert caught.value.ended_by is EndedBy.BUDGET
    assert budget.spent.tokens == MOST


def test_whatever_else_is_raised_leaves_nothing_set_aside() -> None:
    budget = budget_of(100_000)
    for error in (KeyError("a bug"), NotBilledError("no key", EndedBy.ADAPTER)):
        with pytest.raises(type(error)):
            paid(budget, Scripted(error)).send(ASK)
    assert budget.reserved == Spent()
    assert budget.spent.requests == 1
