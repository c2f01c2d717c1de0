"""Budgets hold, whatever many threads do at once; and nobody waits for ever."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents.models.base import ModelSettings, Reservation
from tempt.agents.models.budget import (
    FRAMING_TOKENS,
    Budget,
    EpisodePurse,
    RunBudget,
    Spent,
    unpriced_models,
)
from tempt.agents.models.prices import Price, PriceTable
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent, Usage

DOLLAR_EACH = PriceTable({"m": Price(*[Decimal(1_000_000)] * 4)})
"""A dollar per token."""
OUTPUT = 100
SETTINGS = ModelSettings("openai", "responses", "m", "", "KEY", max_tokens=OUTPUT)
EMPTY = Sent("", (), "")
MOST = FRAMING_TOKENS + OUTPUT
"""What an empty request may cost, in tokens and in dollars."""
LONG = 30.0
"""Seconds after which a thread is taken to wait for ever."""


def request(size: int) -> Sent:
    return Sent("x" * size, (), "")


def budget(run: Budget | None = None, episode: Budget | None = None) -> RunBudget:
    return RunBudget(run or Budget(), episode or Budget(), DOLLAR_EACH)


def refused(purse: EpisodePurse, sent: Sent = EMPTY) -> ModelError:
    with pytest.raises(ModelError) as caught:
        purse.reserve(sent, SETTINGS)
    return caught.value


@pytest.mark.parametrize(
    ("size", "tokens"),
    [(0, MOST), (1, MOST + 1), (2, MOST + 1), (1_000, MOST + 500)],
)
def test_the_most_that_a_request_may_cost_is_set_aside(size: int, tokens: int) -> None:
    run = budget()
    run.purse().reserve(request(size), SETTINGS)
    assert run.reserved == Spent(Decimal(tokens), tokens, 1)
    assert run.spent == Spent()


def test_thinking_on_top_of_a_reply_counts() -> None:
    run = budget()
    thinking = replace(SETTINGS, provider="anthropic", api="messages", effort="2048")
    run.purse().reserve(EMPTY, thinking)
    assert run.reserved.tokens == MOST + 2_048


def test_bytes_count_and_not_characters() -> None:
    run = budget()
    run.purse().reserve(Sent("\N{PARTY POPPER}\ud800", (), ""), SETTINGS)
    assert run.reserved.tokens == MOST + 4


@pytest.mark.parametrize(
    ("end", "spent"),
    [
        (lambda held: held.settle(Usage(5, 7)), Spent(Decimal(12), 12, 1)),
        (lambda held: held.release(), Spent()),
        (lambda held: held.forfeit(), Spent(Decimal(MOST), MOST, 1)),
        # A provider that counts nothing has not said that it was free.
        (lambda held: held.settle(Usage()), Spent(Decimal(MOST), MOST, 1)),
    ],
)
def test_what_is_taken_at_the_end(end: Callable[[Reservation], None], spent: Spent) -> None:
    run = budget()
    purse = run.purse()
    held = purse.reserve(EMPTY, SETTINGS)
    end(held)
    assert run.spent == purse.spent == spent
    assert run.reserved == Spent()


def test_a_reservation_ends_once() -> None:
    run = budget()
    held = run.purse().reserve(EMPTY, SETTINGS)
    held.release()
    with pytest.raises(ValueError, match="once"):
        held.forfeit()
    assert run.spent == run.reserved == Spent()


@pytest.mark.parametrize(
    ("run", "episode", "told"),
    [
        (
            Budget(limit_usd=Decimal(MOST + 8)),
            None,
            "the run's budget is used up: $9.0000 of $1132.0000 are spent, and the next request "
            "may cost $1124.0000; --budget-usd raises it",
        ),
        (
            Budget(limit_tokens=MOST + 8),
            None,
            "the run's budget is used up: 9 tokens of 1,132 tokens are spent, and the next request "
            "may cost 1,124 tokens; --budget-tokens raises it",
        ),
        (
            None,
            Budget(limit_usd=Decimal(MOST + 8)),
            "the episode's budget is used up: $9.0000 of $1132.0000 are spent, and the next "
            "request may cost $1124.0000; --episode-budget-usd raises it",
        ),
        (
            Budget(limit_tokens=MOST + 8),
            Budget(limit_tokens=MOST + 8),
            "the episode's budget is used up: 9 tokens of 1,132 tokens are spent, and the next "
            "request may cost 1,124 tokens; --episode-budget-tokens raises it",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    run: Budget | None, episode: Budget | None, told: str
) -> None:
    purse = budget(run, episode).purse()
    purse.reserve(EMPTY, SETTINGS).settle(Usage(9))
    error = refused(purse)
    assert str(error) == told
    assert error.ended_by is EndedBy.BUDGET
    assert error.transient


def test_what_just_fits_is_granted() -> None:
    exact = Budget(Decimal(MOST), MOST)
    run = budget(exact, exact)
    run.purse().reserve(EMPTY, SETTINGS).forfeit()
    assert run.spent.tokens == MOST


def test_an_episodes_budget_is_its_own_and_the_runs_is_everyones() -> None:
    run = budget(Budget(limit_tokens=3 * MOST), Budget(limit_tokens=MOST))
    first = run.purse()
    first.reserve(EMPTY, SETTINGS).forfeit()
    assert "episode" in str(refused(first))
    for _ in range(2):
        run.purse().reserve(EMPTY, SETTINGS).forfeit()
    assert "run" in str(refused(run.purse()))
    assert run.spent.requests == 3


def test_refusal_takes_nothing() -> None:
    run = budget(Budget(limit_tokens=MOST))
    refused(run.purse(), request(2))
    assert run.reserved == Spent()
    run.purse().reserve(EMPTY, SETTINGS)


@pytest.mark.parametrize("end", ["release", "forfeit"])
def test_a_request_waits_for_what_others_may_give_back(end: str) -> None:
    run = budget(Budget(limit_tokens=2 * MOST - 1))
    held = run.purse().reserve(EMPTY, SETTINGS)
    outcome: list[object] = []

    def ask() -> None:
        try:
            outcome.append(run.purse().reserve(EMPTY, SETTINGS))
        except ModelError as error:
            outcome.append(error.ended_by)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(0.05)
    assert not outcome
    assert run.reserved.requests == 1
    getattr(held, end)()
    thread.join(LONG)
    assert len(outcome) == 1
    assert (outcome[0] is EndedBy.BUDGET) == (end == "forfeit")


def test_nobody_waits_for_what_cannot_come() -> None:
    run = budget(Budget(limit_tokens=2 * MOST))
    run.purse().reserve(EMPTY, SETTINGS)
    assert refused(run.purse(), request(10 * MOST)).ended_by is EndedBy.BUDGET


def test_the_worst_ratio_met_counts_from_then_on() -> None:
    run = budget()
    size = 1_000
    run.purse().reserve(request(size), SETTINGS).settle(Usage(FRAMING_TOKENS + 800, 1))
    run.purse().reserve(request(size), SETTINGS)
    assert run.reserved.tokens == MOST + 800


def test_a_ratio_that_no_tokenizer_has_is_not_believed() -> None:
    run = budget()
    run.purse().reserve(request(10), SETTINGS).settle(Usage(10**9, 1))
    run.purse().reserve(request(1_000), SETTINGS)
    assert run.reserved.tokens == MOST + 1_000


UNPRICED = ModelSettings("openai", "chat", "unknown", "", "KEY", max_tokens=OUTPUT)


def test_an_unknown_price_needs_a_budget_of_tokens() -> None:
    purse = budget(Budget(limit_usd=Decimal(1))).purse()
    with pytest.raises(ModelError, match=r'"unknown" is unknown.*--budget-tokens') as caught:
        purse.reserve(EMPTY, UNPRICED)
    assert caught.value.ended_by is EndedBy.ADAPTER
    assert not caught.value.transient


@pytest.mark.parametrize("whose", ["run", "episode"])
def test_tokens_of_an_unknown_price_are_limited(whose: str) -> None:
    tokens = Budget(limit_usd=Decimal(1), limit_tokens=MOST)
    run = budget(tokens if whose == "run" else None, tokens if whose == "episode" else None)
    purse = run.purse()
    purse.reserve(EMPTY, UNPRICED).settle(Usage(3, 4))
    assert run.spent == Spent(Decimal(0), 7, 1, 1)
    with pytest.raises(ModelError, match="tokens"):
        purse.reserve(EMPTY, UNPRICED)


@pytest.mark.parametrize(
    ("run", "episode", "found"),
    [
        (Budget(), Budget(), ("a", "b")),
        (Budget(limit_usd=Decimal(1)), Budget(limit_usd=Decimal(1)), ("a", "b")),
        (Budget(limit_tokens=1), Budget(), ()),
        (Budget(), Budget(limit_tokens=1), ()),
    ],
)
def test_which_models_cannot_be_limited(
    run: Budget, episode: Budget, found: tuple[str, ...]
) -> None:
    assert unpriced_models(("a", "m", "b"), DOLLAR_EACH, run, episode) == found


ENDS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 4_000),
        st.sampled_from(["settle", "release", "forfeit"]),
        st.floats(0, 1),
    ),
    max_size=30,
)


@given(ENDS, st.integers(MOST, 10 * MOST), st.integers(MOST, 10 * MOST))
def test_what_is_spent_and_set_aside_adds_up(
    asks: list[tuple[int, int, str, float]], run_limit: int, episode_limit: int
) -> None:
    run = budget(
        Budget(Decimal(run_limit), run_limit), Budget(Decimal(episode_limit), episode_limit)
    )
    purses = [run.purse() for _ in range(3)]
    for who, size, end, share in asks:
        before = run.spent
        try:
            held = purses[who].reserve(request(size), SETTINGS)
        except ModelError:
            assert run.reserved == Spent()
            continue
        most = run.reserved
        assert (before + most).tokens <= run_limit
        conclude(held, end, int(share * (most.tokens - OUTPUT)))
        assert run.reserved == Spent()
        grown = run.spent - before
        assert (grown == most) if end == "forfeit" else (grown.tokens <= most.tokens)
        assert sum((purse.spent for purse in purses), Spent()) == run.spent
        assert all(purse.spent.tokens <= episode_limit for purse in purses)


def conclude(held: Reservation, end: str, input_tokens: int) -> None:
    if end == "settle":
        held.settle(Usage(input_tokens, OUTPUT))
    elif end == "release":
        held.release()
    else:
        held.forfeit()


class Crowd:
    """Threads that each play episodes on one run's budget until it is used up."""

    def __init__(self, run: RunBudget, seed: int) -> None:
        self.run = run
        self.seed = seed
        self.purses: list[EpisodePurse] = []
        self.wrong: list[BaseException] = []
        self.endings: set[EndedBy] = set()

    def play(self, number: int) -> None:
        draw = random.Random(f"{self.seed}/{number}")
        try:
            for _ in range(4):
                purse = self.run.purse()
                self.purses.append(purse)
                self.episode(purse, draw)
        except Exception as error:  # noqa: BLE001 - asserted on in the main thread
            self.wrong.append(error)

    def episode(self, purse: EpisodePurse, draw: random.Random) -> None:
        for _ in range(6):
            size = draw.randrange(2_000)
            try:
                held = purse.reserve(request(size), SETTINGS)
            except ModelError as error:
                self.endings.add(error.ended_by)
                return
            if draw.random() < 0.1:
                threading.Event().wait(0.001)
            end = draw.choice(["settle", "settle", "release", "forfeit"])
            conclude(held, end, draw.randrange(size // 2 + FRAMING_TOKENS))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("width", [1.5, 20])
def test_a_crowd_never_overspends_and_always_ends(seed: int, width: float) -> None:
    limit = int(width * 2 * MOST)
    run = budget(Budget(Decimal(limit), limit), Budget(limit_tokens=4 * MOST))
    crowd = Crowd(run, seed)
    threads = [threading.Thread(target=crowd.play, args=(n,), daemon=True) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not any(thread.is_alive() for thread in threads)
    assert not crowd.wrong
    assert crowd.endings == {EndedBy.BUDGET}
    assert run.reserved == Spent()
    assert run.spent == sum((purse.spent for purse in crowd.purses), Spent())
    assert 0 < run.spent.tokens <= limit
    assert run.spent.usd <= limit
    assert all(purse.spent.tokens <= 4 * MOST for purse in crowd.purses)
