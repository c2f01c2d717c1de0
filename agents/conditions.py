"""How models are asked in a run: with which means, at which price. No part of what an agent is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """Where a model's replies come from."""

    LIVE = "live"
    RECORD = "record"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Conditions:
    """How models are asked in a run. No limit where one is ``None``.

    Attributes:
        mode: Where replies come from; ``record`` is live and keeps them.
        cassettes: Folder of recorded replies.
        run_usd: Most dollars of the whole run.
        run_tokens: Most tokens of the whole run.
        episode_usd: Most dollars of one episode.
        episode_tokens: Most tokens of one episode.
        requests_per_minute: Most requests to one provider.
        tokens_per_minute: Most tokens to and from one provider.
        context_tokens: Longest request that the models take, for estimates.
        attempts: Most tries of one request.
        seconds: Longest wait for the answer to one try.
        prices: Model to prices in dollars per million tokens, before those that are shipped.
        names: By scenario id, what its scenarios are called on the command line, for advice.
        words: Words of the command line that the run's episodes have in common, for advice.
    """

    mode: Mode = Mode.LIVE
    cassettes: Path = Path("cassettes")
    run_usd: Decimal | None = None
    run_tokens: int | None = None
    episode_usd: Decimal | None = None
    episode_tokens: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    context_tokens: int | None = None
    attempts: int = 4
    seconds: float = 600.0
    prices: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
