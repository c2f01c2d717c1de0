"""What a provider turns down, before it is put into anybody's wire format."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[int, str] = MappingProxyType(
    {
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        408: "timeout_error",
        409: "conflict_error",
        413: "request_too_large",
        429: "rate_limit_error",
        500: "api_error",
        503: "api_error",
        529: "overloaded_error",
    }
)
"""Anthropic's names for statuses; OpenAI's differ for a few."""

INVALID = "invalid_request_error"


class Problem(Exception):  # noqa: N818 - it is the client's, or made on purpose
    """A request that gets an error for an answer.

    Attributes:
        status: The HTTP status.
        message: What is wrong, for people.
        code: OpenAI's short name for it; Anthropic has none.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        message: str,
        status: int = 400,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.headers = headers
