"""What an episode is thought to cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents.models.budget import FRAMING_TOKENS
from tempt.agents.models.estimate import Estimate, Frame, estimate_episode
from tempt.agents.models.prices import Price
from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Step,
    ToolCall,
    Transcript,
)

FRAME = Frame(
    tools_chars=400,
    max_steps=3,
    max_tokens=50,
    observation_chars=200,
    caches=False,
    reasoning_factor=2,
)
PRICE = Price(Decimal(4), Decimal(1), Decimal(5), Decimal(20))


def transcript(*turns: tuple[int, tuple[int, ...]], prompt: int = 400) -> Transcript:
    """Turns of so many characters, with observations of so many each."""
    steps: list[Step] = []
    told: list[ModelTurn] = []
    for number, (chars, seen) in enumerate(turns):
        calls = tuple(ToolCall(f"{number}.{n}", "", "") for n in range(len(seen)))
        told.append(ModelTurn(Reasoning(ReasoningKind.NONE), message="x" * chars, calls=calls))
        for call, size in zip(calls, seen, strict=True):
            observation = Observation(call.id, "", "y" * size, Status.OK)
            steps.append(Step(len(steps) + 1, number, call, observation, 0.0))
    return Transcript("s" * (prompt // 2), "u" * (prompt // 2), tuple(told), tuple(steps))


REFERENCE = transcript((40, (80, 120)), (20, (4,)), (8, ()))
"""Prompts of 200, 270 and 281 tokens; outputs of 20, 10 and 4."""


def test_typical_is_the_reference_with_a_context_that_grows() -> None:
    estimate = estimate_episode(REFERENCE, FRAME, PRICE)
    assert estimate.typical_tokens == (200 + 270 + 281) + (20 + 10 + 4)
    assert estimate.typical_usd == Decimal((200 + 270 + 281) * 4 + (20 + 10 + 4) * 20) / 10**6


def test_caching_reads_what_the_turn_before_sent() -> None:
    plain = estimate_episode(REFERENCE, FRAME, PRICE)
    cached = estimate_episode(REFERENCE, replace(FRAME, caches=True), PRICE)
    assert cached.typical_tokens == plain.typical_tokens
    assert cached.typical_usd == Decimal((200 + 270) * 1 + 281 * 5 + 34 * 20) / 10**6
    assert (cached.worst_tokens, cached.worst_usd) == (plain.worst_tokens, plain.worst_usd)


def test_worst_is_every_step_with_all_that_fits() -> None:
    estimate = estimate_episode(REFERENCE, FRAME, PRICE)
    prompt = 400 + FRAMING_TOKENS
    inputs = 3 * prompt + (1 + 2) * (50 + 100)
    assert estimate.worst_tokens == inputs + 3 * 50
    assert estimate.worst_usd == Decimal(inputs * 5 + 3 * 50 * 20) / 10**6


def test_a_context_that_is_full_does_not_grow() -> None:
    estimate = estimate_episode(REFERENCE, replace(FRAME, context_tokens=250), PRICE)
    assert estimate.typical_tokens == (200 + 250 + 250) + (20 + 10 + 4)
    assert estimate.worst_tokens == 3 * (250 + 50)


def test_what_is_called_counts_as_said_and_no_reply_is_beyond_its_limit() -> None:
    call = ToolCall("1", "bash", "x" * 36)
    turn = ModelTurn(Reasoning(ReasoningKind.NONE), calls=(call,))
    reference = Transcript("", "", (turn,))
    bare = replace(FRAME, tools_chars=0)
    assert estimate_episode(reference, bare, None).typical_tokens == 10 * 2
    many = replace(bare, reasoning_factor=100)
    assert estimate_episode(reference, many, None).typical_tokens == 50


def test_without_a_price_there_are_tokens_only() -> None:
    estimate = estimate_episode(REFERENCE, FRAME, None)
    assert estimate.typical_usd is None
    assert estimate.worst_usd is None
    assert estimate.times(3).worst_usd is None
    assert estimate.typical_tokens > 0


def test_cells_and_totals() -> None:
    priced = Estimate(1, 10, Decimal("0.1"), Decimal("1.5"))
    assert priced.times(3) == Estimate(3, 30, Decimal("0.3"), Decimal("4.5"))
    assert priced.times(0) == Estimate(0, 0, Decimal(0), Decimal(0))
    assert priced + priced == priced.times(2)
    assert priced + Estimate(1, 1, None, None) == Estimate(2, 11, None, None)


@pytest.mark.parametrize("price", [PRICE, None])
def test_an_episode_without_a_turn_costs_nothing_typically(price: Price | None) -> None:
    estimate = estimate_episode(transcript(), FRAME, price)
    assert estimate.typical_tokens == 0
    assert not estimate.typical_usd


SIZES = st.integers(0, 400)


@given(
    st.lists(st.tuples(SIZES, st.lists(SIZES, min_size=1, max_size=3).map(tuple)), max_size=8),
    st.integers(1, 500),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 2_000)),
)
def test_the_worst_is_never_better_than_the_typical(
    turns: list[tuple[int, tuple[int, ...]]], max_tokens: int, caches: bool, context: int | None
) -> None:
    reference = transcript(*turns)
    frame = Frame(100, max(1, len(reference.steps)), max_tokens, 400, context, caches)
    estimate = estimate_episode(reference, frame, PRICE)
    assert estimate.worst_tokens >= estimate.typical_tokens
    assert estimate.typical_usd is not None
    assert estimate.worst_usd is not None
    assert estimate.worst_usd >= estimate.typical_usd
