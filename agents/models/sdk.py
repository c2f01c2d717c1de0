"""Endpoints over the providers' SDKs: the bytes that are recorded are the bytes that are sent."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from tempt.agents.models.base import Ask, ModelSettings, Reply
from tempt.agents.models.faults import (
    Address,
    FaultKind,
    ProviderFault,
    UnbilledFault,
    status_fault,
)
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy

if TYPE_CHECKING:
    from tempt.agents.models.clients import Client, Limits

_SECRET = 8
"""Characters from which on a key is taken for one that is worth keeping: not "any" or "test"."""
NO_KEY = "none"
"""Sent to servers of the user's own where no key is set; many want a header, and don't read it."""


def open_endpoint(settings: ModelSettings, limits: Limits | None = None) -> SdkEndpoint:
    """The provider that ``settings`` name. Its key is read from the environment here and now.

    Args:
        settings: Which provider, and where.
        limits: Bounds of a try.

    Raises:
        ModelError: The key, the address, or what the environment says of proxies can't be used.
    """
    from tempt.agents.models import clients  # noqa: PLC0415 - loads the SDKs

    anthropic = settings.api == "messages"
    own = clients.ANTHROPIC_URL if anthropic else clients.OPENAI_URL
    host = clients.host_of(settings.base_url or own)
    if not host:
        raise ModelError(f"{settings.base_url[:200]!r} is no http(s) address", EndedBy.ADAPTER)
    key = key_of(settings)
    make = clients.anthropic_client if anthropic else clients.openai_client
    address = Address(host, settings.key_env, "" if key == NO_KEY else key)
    try:
        return SdkEndpoint(make(settings, key, limits or clients.Limits()), address)
    except (ImportError, ValueError) as error:
        said = f"{type(error).__name__} {address.excerpt(str(error))}"
    # A variable for proxies or certificates, mostly; not chained, as its value may be a secret.
    raise ModelError(f"{host} can't be asked: {said}", EndedBy.ADAPTER, transient=True)


class SdkEndpoint:
    """A provider, asked once per request. Threads may share it.

    Args:
        client: The SDK's client.
        address: Where it sends to.
    """

    def __init__(self, client: Client, address: Address) -> None:
        self._client = client
        self._address = address

    def send(self, ask: Ask) -> Reply:
        """The answer, an object in JSON.

        Raises:
            ProviderFault: There is no answer that can be used.
        """
        answer = self._answer(ask)
        if isinstance(answer, ProviderFault):
            raise answer
        return Reply(answer)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _answer(self, ask: Ask) -> str | ProviderFault:
        """The answer, or why there is none.

        A fault is returned, not raised: the SDK's exception, which holds the request with its key,
        would be chained to it.
        """
        headers = {"X-Client-Request-Id": f"{ask.episode}-{ask.turn}-{ask.attempt}"}
        try:
            body = ask.request.text.encode()
        except UnicodeEncodeError:
            return UnbilledFault(FaultKind.REQUEST, "the request holds half a character")
        try:
            response = self._client.post(body, headers)
        except self._client.status_error as error:
            answer = error.response
            return status_fault(answer.status_code, answer.headers, answer.content, self._address)
        except self._client.connection_error as error:
            return self._client.broken(error.__cause__, self._address)
        except self._client.error as error:
            said = f"{type(error).__name__} {self._address.excerpt(str(error))}"
            return ProviderFault(FaultKind.CONNECTION, f"{self._address.host}: {said}")
        return self._text(response.content)

    def _text(self, body: bytes) -> str | ProviderFault:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            host = self._address.host
            return ProviderFault(
                FaultKind.NOT_UTF8, f"{host}: the reply is not UTF-8 at byte {error.start}"
            )
        try:
            if isinstance(json.loads(text), dict):
                return self._without_key(text)
        except (ValueError, RecursionError):
            pass
        begins = self._address.excerpt(text)
        return ProviderFault(
            FaultKind.NOT_JSON, f"{self._address.host}: the reply is no JSON object: {begins}"
        )

    def _without_key(self, text: str) -> str | ProviderFault:
        """``text``, which is going to be stored, unless it quotes the key: no model knows it."""
        key = self._address.key
        if len(key) < _SECRET or key not in text:
            return text
        host = self._address.host
        return ProviderFault(FaultKind.KEY_ECHOED, f"{host}: the reply quotes the key; not kept")


def key_of(settings: ModelSettings) -> str:
    """The key, which must be fit for a header: an SDK's complaint about it would quote it.

    Raises:
        ModelError: There is none, and one is needed; or it is none.
    """
    key = os.environ.get(settings.key_env, "").strip() if settings.key_env else ""
    if not key and settings.base_url:
        return NO_KEY
    if not key:
        raise ModelError(
            f"no key for {settings.provider}: set the environment variable {settings.key_env}",
            EndedBy.ADAPTER,
        )
    if not (key.isascii() and key.isprintable()):
        raise ModelError(
            f"the value of {settings.key_env} is no key: it has characters that no key has",
            EndedBy.ADAPTER,
        )
    return key
