"""What tokens cost. Exact: decimal fractions all the way, never binary ones.

A price is in USD per million tokens, as vendors state it; a cost is in USD. `decimal` keeps 28
digits, and a price with six decimals times a thousand billion tokens has 24: nothing is rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation

from tempt.envs.resources import table
from tempt.envs.transcript import Usage

_MILLION = Decimal(1_000_000)
_DEAREST = Decimal(1_000_000)
"""USD per million tokens: a dollar per token, which nobody means."""
_DATED = re.compile(r"(?P<name>.+)-(?:\d{4}-\d{2}-\d{2}|\d{8})")


class PriceError(ValueError):
    """A statement of a price that is none; the message names the model."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost, in USD per million.

    Attributes:
        input: Input that is read afresh.
        cached_input: Input that is read from a cache.
        cache_write: Input that is written to a cache.
        output: Output, reasoning included.
    """

    input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    output: Decimal

    @property
    def dearest_input(self) -> Decimal:
        """What an input token costs at most, in USD per million."""
        return max(self.input, self.cached_input, self.cache_write)


def cost(usage: Usage, price: Price) -> Decimal:
    """What ``usage`` costs, in USD.

    Cached and written tokens are part of the input, each at its own price; the rest is read afresh.
    """
    fresh = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
    return (
        fresh * price.input
        + usage.cached_tokens * price.cached_input
        + usage.cache_write_tokens * price.cache_write
        + usage.output_tokens * price.output
    ) / _MILLION


def worst_cost(input_tokens: int, output_tokens: int, price: Price) -> Decimal:
    """The most that so many tokens can cost, in USD, whatever a cache does."""
    return (input_tokens * price.dearest_input + output_tokens * price.output) / _MILLION


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by model.

    Attributes:
        prices: By name; one that ends in ``*`` stands for all names that begin so.
    """

    prices: Mapping[str, Price]

    def find(self, model: str) -> Price | None:
        """The price of ``model``; ``None`` where it is unknown.

        An exact name goes before the name without its date, and that before the longest ``*``.
        """
        exact = self.prices.get(model)
        if exact is not None:
            return exact
        dated = _DATED.fullmatch(model)
        if dated and dated["name"] in self.prices:
            return self.prices[dated["name"]]
        stars = [name for name in self.prices if name.endswith("*") and model.startswith(name[:-1])]
        return self.prices[max(stars, key=len)] if stars else None

    def with_overrides(self, overrides: Mapping[str, object]) -> PriceTable:
        """This table with other prices for the models of ``overrides``, each a mapping as in TOML.

        Raises:
            PriceError: One of them is no price.
        """
        stated = {model: parse_price(model, entry) for model, entry in overrides.items()}
        return PriceTable({**self.prices, **stated})


def shipped_prices() -> PriceTable:
    """The prices that come with this version; ``prices.toml`` says where they are from."""
    return PriceTable({}).with_overrides(table("tempt.agents.models", "prices.toml"))


def parse_price(model: str, entry: object) -> Price:
    """The price that a TOML table states, in USD per million tokens.

    ``input`` and ``output`` are required. A kind of input without a price of its own has that of
    ``input``: no discount that nobody stated.

    Raises:
        PriceError: It states none.
    """
    known = tuple(field.name for field in fields(Price))
    if not isinstance(entry, Mapping):
        raise PriceError(f'the price of "{model}" is no table of {", ".join(known)}')
    for name in entry:
        if name not in known:
            raise PriceError(
                f'the price of "{model}" has no part "{name}": its parts are {", ".join(known)}'
            )
    for name in ("input", "output"):
        if name not in entry:
            raise PriceError(f'the price of "{model}" lacks "{name}" (USD per million tokens)')
    parts = {name: _amount(model, name, entry[name]) for name in entry}
    return Price(
        input=parts["input"],
        cached_input=parts.get("cached_input", parts["input"]),
        cache_write=parts.get("cache_write", parts["input"]),
        output=parts["output"],
    )


def _amount(model: str, name: str, value: object) -> Decimal:
    """A number, digit by digit as it was stated: ``str`` of a float is its shortest form."""
    try:
        amount = Decimal(str(value)) if isinstance(value, int | float | Decimal) else Decimal("nan")
    except InvalidOperation:
        amount = Decimal("nan")
    if isinstance(value, bool) or not amount.is_finite() or not 0 <= amount <= _DEAREST:
        raise PriceError(
            f'"{name}" of the price of "{model}" is no number of USD per million tokens: {value!r}'
        )
    return amount
