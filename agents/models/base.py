"""The parts a model is made of: settings, a dialect, an endpoint.

A dialect is a wire format and pure: conversation to request, reply to turn. An endpoint carries a
request to whoever answers: an SDK's client, a cassette, or another endpoint, around which it
retries, keeps to rate limits, or pays out of a purse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from tempt.envs.model import Conversation, ModelError
from tempt.envs.transcript import EndedBy, ModelTurn, Sent, Usage

DEFAULT_MAX_TOKENS = 16_384
NO_USAGE = "no usage"
"""The fault of a reply that does not say, or not believably, how many tokens it took."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model, and how it is asked.

    Attributes:
        provider: ``openai`` or ``anthropic``.
        api: ``responses``, ``chat`` or ``messages``.
        model: The model's name.
        base_url: Where to; empty for the provider's own address.
        key_env: The environment variable that holds the key.
        effort: Reasoning effort to ask for: ``none``, ``low``, ``medium``, ``high``, ``max``, a
            number of tokens; empty to leave it to the provider.
        max_tokens: Most tokens of a reply, reasoning included.
        summary: Of the reasoning, where a provider writes one: ``detailed``, ``auto``, or ``none``
            for accounts that may not have any.
        logprobs: How many of the likeliest tokens to ask for at each place of a message; 0 to ask
            for no chances at all.
    """

    provider: str
    api: str
    model: str
    base_url: str
    key_env: str
    effort: str = ""
    max_tokens: int = DEFAULT_MAX_TOKENS
    summary: str = "detailed"
    logprobs: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of an episode.

    Attributes:
        request: The request.
        episode: Identifies the instance and says nothing about it: hex digits.
        turn: 0-based number of the turn that is asked for.
        attempt: 0-based number of the try.
    """

    request: Sent
    episode: str
    turn: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        text: The body: JSON text, an object, as it came.
        overcome: Faults that were retried before it came, in words.
    """

    text: str
    overcome: tuple[str, ...] = ()


class Dialect(Protocol):
    """A provider's wire format; pure."""

    def encode(self, conversation: Conversation, settings: ModelSettings) -> Sent:
        """The request that asks for the next turn of ``conversation``."""
        ...

    def decode(self, reply: str, settings: ModelSettings) -> ModelTurn:
        """The turn that ``reply`` holds.

        Raises:
            ReplyError: It holds none.
        """
        ...


class Endpoint(Protocol):
    """Whoever answers requests."""

    def send(self, ask: Ask) -> Reply:
        """The answer.

        Raises:
            ModelError: There is none.
        """
        ...


class Reservation(Protocol):
    """Money and tokens set aside for one request. Exactly one of its methods is called, once."""

    def settle(self, usage: Usage) -> None:
        """Take what was used, and give the rest back."""
        ...

    def release(self) -> None:
        """Give all of it back: nothing was billed."""
        ...

    def forfeit(self) -> None:
        """Take all of it: nobody knows what was billed."""
        ...


class Purse(Protocol):
    """What an episode may spend."""

    def reserve(self, request: Sent, settings: ModelSettings) -> Reservation:
        """Set aside the most that ``request`` may cost.

        Raises:
            ModelError: It is more than is left; the ending is ``budget``.
        """
        ...


class ReplyError(ModelError):
    """A reply that is not what the provider's interface promises."""

    def __init__(self, message: str) -> None:
        super().__init__(message, EndedBy.MODEL)


class NotBilledError(ModelError):
    """A provider turned a request away, so that it cost nothing."""


class RemoteModel:
    """A model that is asked through an endpoint in a dialect.

    Args:
        settings: Which model, and how.
        dialect: Its wire format.
        endpoint: Who answers.
        episode: See `Ask`.
    """

    def __init__(
        self,
        settings: ModelSettings,
        dialect: Dialect,
        endpoint: Endpoint,
        episode: str,
    ) -> None:
        self._settings = settings
        self._dialect = dialect
        self._endpoint = endpoint
        self._episode = episode

    def respond(self, conversation: Conversation) -> ModelTurn:
        """The next turn, with the request and the reply as they were.

        Raises:
            ModelError: There is none.
        """
        request = self._dialect.encode(conversation, self._settings)
        ask = Ask(request, self._episode, len(conversation.exchanges))
        reply = self._endpoint.send(ask)
        turn = self._dialect.decode(reply.text, self._settings)
        overcome = reply.overcome if turn.usage.output_tokens else (*reply.overcome, NO_USAGE)
        return replace(turn, overcome=overcome, sent=request, received=reply.text)
