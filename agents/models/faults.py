"""What may go wrong between us and a provider, and what follows from it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum

from tempt.agents.models.base import NotBilledError
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy

_ECHOED = 200
_CLIENT, _SERVER = 400, 500
_BUSY = frozenset({503, 529})
"""Statuses of a server that had no room for the request, and so did nothing that could be billed.
Of the others from 500 on nobody knows how far it came."""


class FaultKind(StrEnum):
    """What went wrong."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    SERVER = "server"
    AUTH = "auth"
    QUOTA = "quota"
    NOT_FOUND = "not_found"
    REQUEST = "request"
    REDIRECT = "redirect"
    CONTEXT = "context_overflow"
    POLICY = "content_filter"
    NOT_JSON = "not_json"
    NOT_UTF8 = "invalid_utf8"
    TOO_LARGE = "too_large"
    ENCODED = "encoded"
    KEY_ECHOED = "key_echoed"


RETRYABLE = frozenset(
    {
        FaultKind.CONNECTION,
        FaultKind.TIMEOUT,
        FaultKind.RATE_LIMIT,
        FaultKind.SERVER,
        FaultKind.NOT_JSON,
        FaultKind.NOT_UTF8,
    }
)
"""Faults that another try may not meet."""
MENDABLE = frozenset({FaultKind.AUTH, FaultKind.QUOTA, FaultKind.NOT_FOUND, FaultKind.REDIRECT})
"""Faults that every try meets until somebody mends an account, a server or a setting. They say
something about the day and nothing about the episode, so it can be tried again on another."""

_BY_STATUS = {
    401: FaultKind.AUTH,
    402: FaultKind.QUOTA,
    403: FaultKind.AUTH,
    404: FaultKind.NOT_FOUND,
    408: FaultKind.TIMEOUT,
    409: FaultKind.SERVER,
    413: FaultKind.CONTEXT,
    429: FaultKind.RATE_LIMIT,
}
_BY_WORDS = (
    (
        frozenset({400, 422}),
        FaultKind.CONTEXT,
        re.compile(
            r"context_length_exceeded|exceed_context_size|prompt is too long|context length"
            r"|exceed(?:s|ed)? (?:the )?(?:available )?context|context window",
            re.IGNORECASE,
        ),
    ),
    (
        frozenset({400, 403, 422}),
        FaultKind.POLICY,
        re.compile(
            r"content.?(?:filter|policy|management)|_policy\b|policy_violation|usage polic"
            r"|invalid_prompt|was flagged",
            re.IGNORECASE,
        ),
    ),
    (
        frozenset({400, 403, 429}),
        FaultKind.QUOTA,
        re.compile(r"insufficient_quota|billing_\w+|credit balance", re.IGNORECASE),
    ),
)
_ADVICE = {
    FaultKind.AUTH: "check the key in {key_env}, and that it may use this model",
    FaultKind.QUOTA: "the account of the key in {key_env} has no credit left",
    FaultKind.NOT_FOUND: "check the model's name and the base URL",
    FaultKind.REDIRECT: "the address has moved; set the base URL to the new one",
}


class ProviderFault(ModelError):  # noqa: N818 - most are nobody's error
    """A request that got no reply we can use.

    Nobody knows whether it was billed, unless it is an `UnbilledFault`.

    Attributes:
        kind: What went wrong.
        status: The HTTP status; 0 where that is not the point.
        retryable: Whether another try may do better.
        retry_after: Seconds that the provider wants us to wait, where it said so.
    """

    def __init__(
        self,
        kind: FaultKind,
        message: str,
        *,
        status: int = 0,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        retryable = kind in RETRYABLE if retryable is None else retryable
        transient = retryable or kind in RETRYABLE | MENDABLE
        ended_by = EndedBy.CONTEXT if kind is FaultKind.CONTEXT else EndedBy.MODEL
        super().__init__(message, ended_by, transient=transient)
        self.kind = kind
        self.status = status
        self.retryable = retryable
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        """The fault in one or two words."""
        return f"{self.kind.value} ({self.status})" if self.status else self.kind.value


class UnbilledFault(ProviderFault, NotBilledError):  # noqa: N818 - as above
    """A request that was turned away, or never arrived."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a message about a provider may say of it.

    Attributes:
        host: Where requests go.
        key_env: The environment variable that holds the key.
        key: The key, so that it can be kept out; empty where there is none.
    """

    host: str
    key_env: str
    key: str = field(repr=False)

    def excerpt(self, text: str) -> str:
        """The beginning of ``text`` on one line and without the key."""
        clean = text.replace(self.key, "[key]") if self.key else text
        return repr(clean[:_ECHOED])[: _ECHOED + 2]


def status_fault(
    status: int, headers: Mapping[str, str], body: bytes, address: Address
) -> ProviderFault:
    """The fault that an answer with another status than 2xx is.

    Args:
        status: The status.
        headers: Headers of the answer, by names in lower case.
        body: Its body, of whatever kind.
        address: Whose answer it is.
    """
    words = _error_words(body.decode("utf-8", "replace"))
    kind = _kind(status, words)
    advice = _ADVICE.get(kind, "").format(key_env=address.key_env or "your settings")
    message = f"{address.host} answered {status} {address.excerpt(words)}"
    fault = UnbilledFault if status < _SERVER or status in _BUSY else ProviderFault
    return fault(
        kind,
        f"{message}: {advice}" if advice else message,
        status=status,
        retryable=_advised(headers) if kind in RETRYABLE else None,
        retry_after=retry_after(headers),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks us to wait; ``None`` where it does not.

    A date is counted from the answer's own, so that clocks need not agree.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1_000
    wanted = headers.get("retry-after", "")
    seconds = _number(wanted)
    return _seconds_between(headers.get("date", ""), wanted) if seconds is None else seconds


def _advised(headers: Mapping[str, str]) -> bool | None:
    """What the provider itself says about another try."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())


def _kind(status: int, words: str) -> FaultKind:
    for statuses, kind, pattern in _BY_WORDS:
        if status in statuses and pattern.search(words):
            return kind
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _SERVER:
        return FaultKind.SERVER
    return FaultKind.REQUEST if status >= _CLIENT else FaultKind.REDIRECT


def _error_words(body: str) -> str:
    """What an error body says: its code, type and message, or all of it."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return str(error)
    words = [error.get(name) for name in ("code", "type", "message")]
    return ": ".join(word for word in words if isinstance(word, str) and word) or body


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else max(value, 0.0)


def _seconds_between(start: str, end: str) -> float | None:
    try:
        span = parsedate_to_datetime(end) - parsedate_to_datetime(start)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(span.total_seconds(), 0.0)
