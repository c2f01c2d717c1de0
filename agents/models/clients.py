"""The SDKs' clients, with what they take from the environment cut down to what was asked for.

Loads the SDKs: import it when a client is needed, not before.

Of the environment, only the key that was named, proxies and certificates count, and the
organisation and project of an OpenAI account at OpenAI's own address. Headers and addresses that
the SDKs' other variables add are left out, as nothing in a record would show them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from tempt.agents.models.base import ModelSettings
from tempt.agents.models.faults import Address, FaultKind, ProviderFault, UnbilledFault

if TYPE_CHECKING:
    import anthropic
    import openai

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"

_OPENAI_PATHS = {"responses": "/responses", "chat": "/chat/completions"}
_ANTHROPIC_PATH = "/v1/messages"
_OWN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "anthropic-version",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-client-request-id",
    }
)
_ACCOUNT_HEADERS = frozenset({"openai-organization", "openai-project"})
_NEVER_ARRIVED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one try.

    Attributes:
        seconds: How long the reply may take. A server that falls silent within the reply can hold
            the try for twice as long.
        connect_seconds: How long a connection may take.
        reply_bytes: Longest reply.
        connections: Most requests at once.
    """

    seconds: float = 600.0
    connect_seconds: float = 10.0
    reply_bytes: int = 16 << 20
    connections: int = 256


@dataclass(frozen=True, slots=True)
class Client:
    """A client of either SDK, as far as an endpoint needs to know.

    Attributes:
        post: Sends a body with further headers.
        status_error: What it raises for another status than 2xx.
        connection_error: What it raises where there is no answer, timeouts included.
        error: Whatever else it raises.
        broken: The fault that lies beneath a connection error.
        close: Gives its connections back.
    """

    post: Callable[[bytes, dict[str, str]], httpx2.Response]
    status_error: type[openai.APIStatusError | anthropic.APIStatusError]
    connection_error: type[Exception]
    error: type[Exception]
    broken: Callable[[BaseException | None, Address], ProviderFault]
    close: Callable[[], None]


class UnfitReplyError(httpx2.TransportError):
    """An answer that is not read to its end.

    Attributes:
        kind: Why.
    """

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class BoundedClient(httpx2.Client):
    """An HTTP client that reads every answer itself, errors too, within bounds of time and size.

    The SDKs would read the body of an error whatever its length.

    Args:
        limits: The bounds.
        headers: Names of the headers that may be sent, in lower case.
    """

    def __init__(self, limits: Limits, headers: frozenset[str]) -> None:
        super().__init__(
            limits=httpx2.Limits(
                max_connections=limits.connections, max_keepalive_connections=limits.connections
            ),
            timeout=httpx2.Timeout(limits.seconds, connect=limits.connect_seconds),
            follow_redirects=False,
        )
        self._bounds = limits
        self._sendable = headers

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send ``request`` and read the answer."""
        deadline = time.monotonic() + self._bounds.seconds
        for name in set(request.headers) - self._sendable:
            del request.headers[name]
        # Compressed, a small answer could become a huge one in a single step.
        request.headers["accept-encoding"] = "identity"
        response = super().send(request, **{**options, "stream": True})
        try:
            body = self._read(response, deadline)
        finally:
            response.close()
        return httpx2.Response(
            response.status_code, headers=response.headers, content=body, request=request
        )

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            raise UnfitReplyError(FaultKind.ENCODED, "the reply is compressed, unasked")
        body = bytearray()
        for part in response.iter_raw():
            body += part
            if len(body) > self._bounds.reply_bytes:
                most = self._bounds.reply_bytes
                raise UnfitReplyError(FaultKind.TOO_LARGE, f"the reply is larger than {most} bytes")
            if time.monotonic() > deadline:
                most_seconds = f"{self._bounds.seconds:g} s"
                raise UnfitReplyError(FaultKind.TIMEOUT, f"the reply took more than {most_seconds}")
        return bytes(body)


def openai_client(settings: ModelSettings, key: str, limits: Limits) -> Client:
    """OpenAI's client, for OpenAI or a server that speaks like it."""
    import openai  # noqa: PLC0415 - heavy

    _quiet("openai")
    headers = _OWN_HEADERS if settings.base_url else _OWN_HEADERS | _ACCOUNT_HEADERS
    client = openai.OpenAI(
        api_key=key,
        base_url=settings.base_url or OPENAI_URL,
        max_retries=0,
        http_client=BoundedClient(limits, headers),
    )
    path = _OPENAI_PATHS[settings.api]

    def post(body: bytes, headers: dict[str, str]) -> httpx2.Response:
        return client.post(
            path,
            cast_to=httpx2.Response,
            content=body,
            options={"headers": {**_headers(key), **headers}},
        )

    return Client(
        post,
        openai.APIStatusError,
        openai.APIConnectionError,
        openai.OpenAIError,
        connection_fault,
        client.close,
    )


def anthropic_client(settings: ModelSettings, key: str, limits: Limits) -> Client:
    """Anthropic's client, for Anthropic or a server that speaks like it."""
    import anthropic  # noqa: PLC0415 - heavy

    _quiet("anthropic")
    client = anthropic.Anthropic(
        api_key=key,
        base_url=settings.base_url or ANTHROPIC_URL,
        max_retries=0,
        open_telemetry=False,
        http_client=BoundedClient(limits, _OWN_HEADERS),
    )

    def post(body: bytes, headers: dict[str, str]) -> httpx2.Response:
        return client.post(
            _ANTHROPIC_PATH,
            cast_to=httpx2.Response,
            content=body,
            options={"headers": {**_headers(key), **headers}},
        )

    return Client(
        post,
        anthropic.APIStatusError,
        anthropic.APIConnectionError,
        anthropic.AnthropicError,
        connection_fault,
        client.close,
    )


def connection_fault(cause: BaseException | None, address: Address) -> ProviderFault:
    """The fault that ``cause``, an exception below the SDK, is."""
    if isinstance(cause, UnfitReplyError):
        return ProviderFault(cause.kind, f"{address.host}: {cause}")
    said = f"{type(cause).__name__} {address.excerpt(str(cause))}"
    if isinstance(cause, _NEVER_ARRIVED):
        return UnbilledFault(FaultKind.CONNECTION, f"{address.host} can't be reached: {said}")
    if isinstance(cause, httpx2.TimeoutException):
        return ProviderFault(FaultKind.TIMEOUT, f"{address.host} did not answer in time")
    return ProviderFault(FaultKind.CONNECTION, f"the connection to {address.host} broke: {said}")


def host_of(url: str) -> str:
    """The host that ``url`` names; empty where it is no address to send requests to."""
    try:
        parsed = httpx2.URL(url)
        urlsplit(url)  # knows of brackets that don't close
    except (httpx2.InvalidURL, ValueError):
        return ""
    return parsed.netloc.decode("ascii") if parsed.scheme in {"http", "https"} else ""


def _headers(key: str) -> dict[str, str]:
    """Said with each request, so that no variable of the environment overrides it."""
    return {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def _quiet(sdk: str) -> None:
    """Keep requests out of the log: on level debug, the SDKs write whole ones, keys included."""
    logging.getLogger(sdk).setLevel(logging.WARNING)
