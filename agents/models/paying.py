"""An endpoint that pays for every try out of a purse."""

from __future__ import annotations

from collections.abc import Callable

from tempt.agents.models.base import (
    Ask,
    Endpoint,
    ModelSettings,
    NotBilledError,
    Purse,
    Reply,
)
from tempt.envs.transcript import Usage


class PaidEndpoint:
    """Sets aside the most that a try may cost, and takes what it did. Belongs inside of retrying.

    A try whose end nobody saw may have been billed, so all that was set aside for it is gone.

    Args:
        endpoint: Who answers.
        purse: What the episode may spend.
        settings: Which model.
        usage_of: What a reply's text says was used; ``None`` where it says nothing.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        purse: Purse,
        settings: ModelSettings,
        usage_of: Callable[[str], Usage | None],
    ) -> None:
        self._endpoint = endpoint
        self._purse = purse
        self._settings = settings
        self._usage_of = usage_of

    def send(self, ask: Ask) -> Reply:
        """The answer.

        Raises:
            ModelError: There is none, or it may cost more than is left.
        """
        reserved = self._purse.reserve(ask.request, self._settings)
        try:
            reply = self._endpoint.send(ask)
            usage = self._usage_of(reply.text)
        except NotBilledError:
            reserved.release()
            raise
        except BaseException:
            reserved.forfeit()
            raise
        if usage is None:
            reserved.forfeit()
        else:
            reserved.settle(usage)
        return reply
