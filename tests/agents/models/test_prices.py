"""What tokens cost, and which price is a model's."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents.models.prices import (
    Price,
    PriceError,
    PriceTable,
    cost,
    parse_price,
    shipped_prices,
    worst_cost,
)
from tempt.envs.transcript import Usage

PRICE = Price(Decimal(4), Decimal("0.2"), Decimal(5), Decimal(20))
AMOUNTS = st.decimals(0, 1_000, places=6)
PRICES = st.builds(Price, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
COUNTS = st.integers(0, 10**9)


def flat(amount: str) -> Price:
    return Price(*[Decimal(amount)] * 4)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    cached, written, fresh = draw(COUNTS), draw(COUNTS), draw(COUNTS)
    return Usage(
        input_tokens=cached + written + fresh,
        output_tokens=draw(COUNTS),
        cached_tokens=cached,
        cache_write_tokens=written,
    )


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(), "0"),
        (Usage(input_tokens=1_000_000), "4"),
        (Usage(output_tokens=1), "0.00002"),
        (Usage(output_tokens=100, reasoning_tokens=90), "0.002"),
        (Usage(input_tokens=1_000, cached_tokens=1_000), "0.0002"),
        (Usage(input_tokens=1_000, cached_tokens=600, cache_write_tokens=300), "0.00202"),
        # A provider that miscounts is not paid for it.
        (Usage(input_tokens=10, cached_tokens=1_000), "0.0002"),
    ],
)
def test_cost(usage: Usage, usd: str) -> None:
    assert cost(usage, PRICE) == Decimal(usd)


@given(usages(), PRICES)
def test_a_cost_is_exact(usage: Usage, price: Price) -> None:
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    exact = (
        fresh * Fraction(price.input)
        + usage.cached_tokens * Fraction(price.cached_input)
        + usage.cache_write_tokens * Fraction(price.cache_write)
        + usage.output_tokens * Fraction(price.output)
    ) / 1_000_000
    assert Fraction(cost(usage, price)) == exact


@given(usages(), PRICES)
def test_nothing_costs_more_than_the_worst(usage: Usage, price: Price) -> None:
    assert cost(usage, price) <= worst_cost(usage.input_tokens, usage.output_tokens, price)


TABLE = PriceTable(
    {
        "model": flat("1"),
        "model-mini": flat("2"),
        "model-2025-01-01": flat("3"),
        "local-*": flat("4"),
        "local-big-*": flat("5"),
        "local-mini": flat("6"),
    }
)


@pytest.mark.parametrize(
    ("model", "amount"),
    [
        ("model", "1"),
        ("model-mini", "2"),
        ("model-2025-01-01", "3"),
        ("model-2025-01-02", "1"),
        ("model-20250102", "1"),
        ("model-mini-2026-10-31", "2"),
        ("local-small", "4"),
        ("local-big-one", "5"),
        ("local-mini", "6"),
        ("local-mini-20260101", "6"),
        ("model-large", None),
        ("model-2025", None),
        ("model-20250102x", None),
        ("model-2025-01-02-2025-01-02", None),
        ("mod", None),
        ("", None),
        ("MODEL", None),
        ("local", None),
    ],
)
def test_which_price_is_a_models(model: str, amount: str | None) -> None:
    assert TABLE.find(model) == (None if amount is None else flat(amount))


def test_kinds_of_input_without_a_price_have_that_of_input() -> None:
    price = parse_price("m", {"input": 0.1, "output": 2})
    assert price == Price(Decimal("0.1"), Decimal("0.1"), Decimal("0.1"), Decimal(2))


def test_overrides_go_before_what_is_shipped() -> None:
    stated = tomllib.loads('[prices."claude-opus-5"]\ninput = 0.3\noutput = 1')["prices"]
    table = shipped_prices().with_overrides(stated)
    price = table.find("claude-opus-5")
    assert price is not None
    assert price.cached_input == Decimal("0.3")
    assert table.find("claude-sonnet-5") == shipped_prices().find("claude-sonnet-5")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (1.0, "is no table"),
        ({}, 'lacks "input"'),
        ({"input": 1}, 'lacks "output"'),
        ({"input": 1, "output": 1, "Output": 1}, 'no part "Output"'),
        ({"input": -1, "output": 1}, '"input"'),
        ({"input": 1, "output": "1"}, '"output"'),
        ({"input": 1, "output": True}, '"output"'),
        ({"input": float("nan"), "output": 1}, '"input"'),
        ({"input": float("inf"), "output": 1}, '"input"'),
        ({"input": 1, "output": 1, "cached_input": 10**7}, '"cached_input"'),
    ],
)
def test_what_is_no_price(entry: object, told: str) -> None:
    with pytest.raises(PriceError, match='"model-x"') as caught:
        PriceTable({}).with_overrides({"model-x": entry})
    assert told in str(caught.value)


def test_shipped_prices_are_plausible() -> None:
    table = shipped_prices()
    assert table.find("fake-honest") is not None
    assert table.find("claude-haiku-4-5-20251001") == table.find("claude-haiku-4-5")
    for price in table.prices.values():
        assert 0 < price.cached_input <= price.input <= price.cache_write <= price.output
