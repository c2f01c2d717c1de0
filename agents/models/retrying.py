"""An endpoint that tries again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import SystemRandom

from tempt.agents.models.base import Ask, Endpoint, NotBilledError, Reply
from tempt.agents.models.faults import ProviderFault


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again.

    Attributes:
        attempts: Most tries.
        first_wait: Longest wait before the second try, in seconds; it doubles with every further.
        longest_wait: What it never grows beyond.
        longest_retry_after: Longest wait that a provider may demand; asked for more, we give up.
    """

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_retry_after: float = 60.0


DEFAULT_POLICY = RetryPolicy()
_DRAW = SystemRandom().random


class RetryingEndpoint:
    """Tries again where that may help, after waits that are drawn, so that many don't come at once.

    Args:
        endpoint: Is sent each try. Where it raises a `ProviderFault`, that decides on another.
        policy: When to try again.
        sleep: Waits for some seconds.
        draw: Numbers between 0 and 1.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        policy: RetryPolicy = DEFAULT_POLICY,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = _DRAW,
    ) -> None:
        self._endpoint = endpoint
        self._policy = policy
        self._sleep = sleep
        self._draw = draw

    def send(self, ask: Ask) -> Reply:
        """The answer, with the faults that were overcome.

        Raises:
            ModelError: There is none.
        """
        met: list[ProviderFault] = []
        while True:
            try:
                reply = self._endpoint.send(replace(ask, attempt=len(met)))
            except ProviderFault as fault:
                met.append(fault)
                if not self._tries_again(met):
                    raise _final(met) from None
                self._sleep(self._wait(met))
            else:
                return replace(reply, overcome=tuple(fault.words for fault in met))

    def _tries_again(self, met: Sequence[ProviderFault]) -> bool:
        asked = met[-1].retry_after or 0.0
        return (
            met[-1].retryable
            and len(met) < self._policy.attempts
            and asked <= self._policy.longest_retry_after
        )

    def _wait(self, met: Sequence[ProviderFault]) -> float:
        """Seconds until the next try: never less than the provider asked for."""
        longest = min(self._policy.first_wait * 2.0 ** (len(met) - 1), self._policy.longest_wait)
        return (met[-1].retry_after or 0.0) + longest * self._draw()


def _final(met: Sequence[ProviderFault]) -> ProviderFault:
    """What the last fault amounts to, after all that came before it."""
    last = met[-1]
    if len(met) == 1:
        return last
    # One earlier try that may have been billed is enough.
    unbilled = all(isinstance(fault, NotBilledError) for fault in met)
    fault = type(last) if unbilled else ProviderFault
    return fault(
        last.kind,
        f"{last} (try {len(met)})",
        status=last.status,
        retryable=last.retryable,
        retry_after=last.retry_after,
    )
