"""What an episode is likely to cost, and what it costs at most. Pure arithmetic on sizes.

Typical is what `reference` did, the path of an honest agent that knows the way, at
`CHARS_PER_TOKEN` characters per token, its own words times `REASONING_FACTOR`. Every turn sends all
that went before. Where a provider caches, a turn reads from the cache what the turn before it sent,
and writes the rest to it; that short prompts are not cached is left out of account.

Worst is every step in a turn of its own, each with a reply up to its limit and the longest
observation, at `tempt.agents.models.budget`'s bound of tokens per byte, with no cache ever hit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from tempt.agents.models.budget import FRAMING_TOKENS, TOKENS_PER_BYTE
from tempt.agents.models.prices import Price, cost, worst_cost
from tempt.envs.transcript import ModelTurn, Transcript, Usage

CHARS_PER_TOKEN = 4
"""Characters of a token: the rule of thumb for English that OpenAI's and others' guides give."""
REASONING_FACTOR = 5
"""Output tokens for each that a scripted policy says. Guides to prices advise to plan for 3 to 10
times the visible output with models that reason; it is a figure to plan with, not a measurement."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What bounds an episode, and how its model is asked.

    Attributes:
        tools_chars: Characters of the definitions of its tools, as JSON.
        max_steps: Most calls.
        max_tokens: Most tokens of a reply, reasoning included; see
            `tempt.agents.models.messages.most_tokens`.
        observation_chars: Characters of the longest observation.
        context_tokens: Most tokens of a request; ``None`` where that is unknown.
        caches: Whether the provider caches prompts.
        reasoning_factor: See `REASONING_FACTOR`; 1 for a model that does not reason.
    """

    tools_chars: int
    max_steps: int
    max_tokens: int
    observation_chars: int
    context_tokens: int | None = None
    caches: bool = True
    reasoning_factor: int = REASONING_FACTOR


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tokens of input and output, and dollars; no dollars where the price is unknown.

    Attributes:
        typical_tokens: As the reference did it.
        worst_tokens: At most.
        typical_usd: What the typical ones cost.
        worst_usd: What the worst ones cost.
    """

    typical_tokens: int
    worst_tokens: int
    typical_usd: Decimal | None
    worst_usd: Decimal | None

    def times(self, trials: int) -> Estimate:
        """The estimate for ``trials`` such episodes."""
        return Estimate(
            self.typical_tokens * trials,
            self.worst_tokens * trials,
            None if self.typical_usd is None else self.typical_usd * trials,
            None if self.worst_usd is None else self.worst_usd * trials,
        )

    def __add__(self, other: Estimate) -> Estimate:
        """Both together; dollars only where both have them."""
        return Estimate(
            self.typical_tokens + other.typical_tokens,
            self.worst_tokens + other.worst_tokens,
            _sum(self.typical_usd, other.typical_usd),
            _sum(self.worst_usd, other.worst_usd),
        )


def estimate_episode(reference: Transcript, frame: Frame, price: Price | None) -> Estimate:
    """What one episode costs.

    Args:
        reference: An honest agent's episode in the same cell.
        frame: What bounds the episode.
        price: What tokens cost; ``None`` where that is unknown.
    """
    typical = list(_typical(reference, frame))
    worst = list(_worst(reference, frame))
    return Estimate(
        sum(_tokens(usage) for usage in typical),
        sum(_tokens(usage) for usage in worst),
        None if price is None else sum((cost(usage, price) for usage in typical), Decimal(0)),
        None
        if price is None
        else sum(
            (worst_cost(usage.input_tokens, usage.output_tokens, price) for usage in worst),
            Decimal(0),
        ),
    )


def _typical(reference: Transcript, frame: Frame) -> Iterator[Usage]:
    """Each turn of the reference as a model would be billed for it."""
    context = _usual(_prompt(reference, frame))
    sent = 0
    for number, turn in enumerate(reference.turns):
        output = _usual(_said(turn)) * frame.reasoning_factor
        output = min(output, frame.max_tokens)
        now = _capped(context, frame)
        cached = min(sent, now) if frame.caches else 0
        yield Usage(
            input_tokens=now,
            output_tokens=output,
            cached_tokens=cached,
            cache_write_tokens=now - cached if frame.caches else 0,
        )
        sent = now
        seen = sum(len(step.observation.text) for step in reference.steps_of(number))
        context += output + _usual(seen)


def _worst(reference: Transcript, frame: Frame) -> Iterator[Usage]:
    """Each turn of an episode that takes all it can."""
    context = _most(_prompt(reference, frame)) + FRAMING_TOKENS
    for _ in range(frame.max_steps):
        yield Usage(input_tokens=_capped(context, frame), output_tokens=frame.max_tokens)
        context += frame.max_tokens + _most(frame.observation_chars)


def _prompt(reference: Transcript, frame: Frame) -> int:
    """Characters of what every request begins with."""
    return len(reference.system) + len(reference.user) + frame.tools_chars


def _said(turn: ModelTurn) -> int:
    """Characters of what a turn says and calls."""
    return len(turn.message) + sum(len(call.name) + len(call.arguments) for call in turn.calls)


def _usual(chars: int) -> int:
    return ceil(chars / CHARS_PER_TOKEN)


def _most(chars: int) -> int:
    return ceil(chars * TOKENS_PER_BYTE)


def _capped(context: int, frame: Frame) -> int:
    return context if frame.context_tokens is None else min(context, frame.context_tokens)


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
