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
LOOK = 1.0
"""Seconds after which whoever waits looks again whether there is room by now."""
_LEAST = 0.001
BYTES_PER_TOKEN = 4
"""What a request's tokens are told from before they are counted: the rule of thumb for English.
What comes out wrong is put right afterwards."""


class RateLimiter:
    """Lets requests pass in the order they ask, as the limits allow.

    In no `WINDOW` more pass than the limits say; a request of more tokens than the limit passes
    alone. Whoever waits looks again every `LOOK` seconds at most: what others were thought to take
    is put right when their replies are in, and mostly makes room.

    Args:
        requests_per_minute: Most requests; ``None`` is no limit.
        tokens_per_minute: Most tokens of input and output; ``None`` is no limit.
        clock: Seconds from some fixed point; must not go back.
        pause: Waits for so many seconds, and says whether nobody is to wait any longer.
    """

    def __init__(
        self,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        clock: Callable[[], float],
        pause: Callable[[float], bool],
    ) -> None:
        self._lock = threading.Lock()
        self._requests = _Window(requests_per_minute)
        self._tokens = _Window(tokens_per_minute)
        self._waiting: deque[_Grant] = deque()
        self._clock = clock
        self._pause = pause

    def acquire(self, tokens: int) -> Pass:
        """Wait until a request of ``tokens`` tokens may pass, or nobody is to wait any longer."""
        asked = _Grant(tokens)
        with self._lock:
            self._waiting.append(asked)
        while seconds := self._look(asked):
            if self._pause(min(seconds, LOOK)):
                with self._lock:
                    if asked in self._waiting:
                        self._waiting.remove(asked)
                break
        return Pass(self, asked)

    def correct(self, granted: _Grant, tokens: int) -> None:
        """Count ``tokens`` for ``granted``."""
        with self._lock:
            self._tokens.correct(granted, tokens)

    def _look(self, asked: _Grant) -> float:
        """Let pass who may, and say how long ``asked`` has to wait at least; 0 where it passed."""
        with self._lock:
            now = at = self._clock()
            while self._waiting:
                first = self._waiting[0]
                at = max(self._requests.earliest(now, 1), self._tokens.earliest(now, first.amount))
                if at > now:
                    break
                self._waiting.popleft()
                self._requests.add(_Grant(1), now)
                self._tokens.add(first, now)
            return max(at - now, _LEAST) if asked in self._waiting else 0.0


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


@dataclass(slots=True, eq=False)
class _Grant:
    """What passes, or wants to; the amount may be corrected while it counts."""

    amount: int
    at: float = 0.0
    counts: bool = False


class _Window:
    """What passed within `WINDOW` seconds, and what may. Times never go back."""

    def __init__(self, limit: int | None) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"a rate limit of {limit} per minute lets nothing pass")
        self._limit = limit
        self._grants: deque[_Grant] = deque()
        self._total = 0

    def earliest(self, now: float, amount: int) -> float:
        """The first moment from ``now`` on at which ``amount`` more may pass."""
        if self._limit is None:
            return now
        while self._grants and self._grants[0].at + WINDOW <= now:
            gone = self._grants.popleft()
            gone.counts = False
            self._total -= gone.amount
        total, at = self._total + amount, now
        for grant in self._grants:
            if total <= self._limit:
                break
            total -= grant.amount
            at = grant.at + WINDOW
        return at

    def add(self, granted: _Grant, now: float) -> None:
        """Count ``granted``, which passes now."""
        if self._limit is not None:
            granted.at, granted.counts = now, True
            self._grants.append(granted)
            self._total += granted.amount

    def correct(self, granted: _Grant, amount: int) -> None:
        """Count ``amount`` for ``granted``, if it counts still."""
        if granted.counts:
            self._total += amount - granted.amount
            granted.amount = amount
