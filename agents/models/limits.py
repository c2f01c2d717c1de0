"""Rate limits: so many requests and so many tokens in any minute, over all threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from tempt.agents.models.base import Ask, Endpoint, Reply
from tempt.envs.transcript import Usage

WINDOW = 60.0
"""Seconds of which the limits speak."""
BYTES_PER_TOKEN = 4
"""What a request's tokens are told from before they are counted: the rule of thumb for English.
What comes out wrong is put right afterwards."""


class RateLimiter:
    """Lets requests pass one after the other, in the order they ask, as the limits allow.

    In no `WINDOW` more pass than the limits say; a request of more tokens than the limit passes
    alone. Each is told at once when it may pass and sleeps until then; nobody is woken, and nobody
    overtakes.

    Args:
        requests_per_minute: Most requests; ``None`` is no limit.
        tokens_per_minute: Most tokens of input and output; ``None`` is no limit.
        clock: Seconds from some fixed point; must not go back.
        sleep: Sleeps for so many seconds.
    """

    def __init__(
        self,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._lock = threading.Lock()
        self._requests = _Window(requests_per_minute)
        self._tokens = _Window(tokens_per_minute)
        self._clock = clock
        self._sleep = sleep
        self._last = clock()

    def acquire(self, tokens: int) -> Pass:
        """Wait until a request of ``tokens`` tokens may pass."""
        with self._lock:
            now = self._clock()
            at = max(now, self._last)
            at = self._requests.earliest(at, 1)
            at = self._tokens.earliest(at, tokens)
            self._requests.add(_Grant(at, 1))
            granted = _Grant(at, tokens)
            self._tokens.add(granted)
            self._last = at
        if at > now:
            self._sleep(at - now)
        return Pass(self, granted)

    def correct(self, granted: _Grant, tokens: int) -> None:
        """Count ``tokens`` for ``granted``; those who were told their time keep it."""
        with self._lock:
            self._tokens.correct(granted, tokens)


class Pass:
    """That a request may pass."""

    def __init__(self, limiter: RateLimiter, granted: _Grant) -> None:
        self._limiter = limiter
        self._granted = granted

    def correct(self, tokens: int) -> None:
        """Say how many tokens it really was."""
        self._limiter.correct(self._granted, tokens)


class LimitedEndpoint:
    """An endpoint that waits for its turn. Belongs inside of one that retries: each try counts.

    Args:
        endpoint: Who answers.
        limiter: Shared by all that ask the same provider.
        reply_tokens: Tokens that a reply is thought to have before it is there.
        usage_of: What a reply's text says was used; ``None`` where it says nothing.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limiter: RateLimiter,
        reply_tokens: int,
        usage_of: Callable[[str], Usage | None],
    ) -> None:
        self._endpoint = endpoint
        self._limiter = limiter
        self._reply_tokens = reply_tokens
        self._usage_of = usage_of

    def send(self, ask: Ask) -> Reply:
        """The answer, asked for when the limits allow it.

        Raises:
            ModelError: There is none. It still counts as what it was thought to be.
        """
        size = len(ask.request.text.encode("utf-8", "surrogatepass"))
        granted = self._limiter.acquire(ceil(size / BYTES_PER_TOKEN) + self._reply_tokens)
        reply = self._endpoint.send(ask)
        usage = self._usage_of(reply.text)
        if usage is not None and usage.input_tokens + usage.output_tokens:
            granted.correct(usage.input_tokens + usage.output_tokens)
        return reply


@dataclass(slots=True)
class _Grant:
    """What passes at a time; the amount may be corrected while it counts."""

    at: float
    amount: int
    counts: bool = True


class _Window:
    """What passed within `WINDOW` seconds, and what may. Times never go back."""

    def __init__(self, limit: int | None) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"a rate limit of {limit} per minute lets nothing pass")
        self._limit = limit
        self._grants: deque[_Grant] = deque()
        self._total = 0

    def earliest(self, at: float, amount: int) -> float:
        """The first moment from ``at`` on at which ``amount`` more may pass."""
        if self._limit is None:
            return at
        while self._grants and (
            self._grants[0].at + WINDOW <= at or self._total + amount > self._limit
        ):
            gone = self._grants.popleft()
            gone.counts = False
            self._total -= gone.amount
            at = max(at, gone.at + WINDOW)
        return at

    def add(self, granted: _Grant) -> None:
        """Count ``granted``."""
        if self._limit is not None:
            self._grants.append(granted)
            self._total += granted.amount

    def correct(self, granted: _Grant, amount: int) -> None:
        """Count ``amount`` for ``granted``, if it counts still."""
        if self._limit is not None and granted.counts:
            self._total += amount - granted.amount
            granted.amount = amount
