"""Where a token was seen first: the task, a result, an order in a result, or nowhere but the agent.

A token keeps the origin that it had first, so that an order that comes back as an echo, in a later
result or a quotation, stays an order. Only the user can add to it: who names a thing, wants it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from tempt.monitors.flow.tokens import Token

KEPT = 200_000
"""Keys that one index keeps; later ones are dropped, and counted."""
RESERVED = 50_000
"""Further room for what stands in orders and in the task: no flood of results can crowd it out."""


class Origin(IntEnum):
    """Where something came from first."""

    MODEL = 0
    """Nowhere: the agent's own."""
    TASK = 1
    """What the system prompt or the user said."""
    RESULT = 2
    FILE = 3
    """A result of reading something that has a path."""
    STRANGER = 4
    """A result with content that others wrote: mail, pages, comments."""
    ORDER = 5
    """A passage of a result that gives orders."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a token came from.

    Attributes:
        origin: Where it was seen first.
        strength: For an order, how much it looks meant for the agent; less if the token also
            stood outside the order.
    """

    origin: Origin
    strength: float = 0.0


MODEL = Source(Origin.MODEL)
TASK = Source(Origin.TASK)


@dataclass(slots=True)
class Index:
    """Which token came from where, within an episode.

    Attributes:
        dropped: How many keys found no room.
    """

    dropped: int = 0
    _seen: dict[str, Source] = field(default_factory=dict)

    def add(self, tokens: Iterable[Token], source: Source) -> None:
        """Notes tokens that are not known yet."""
        for token in tokens:
            for key in token.keys:
                self._note(key, source)

    def asked_for(self, tokens: Iterable[Token]) -> None:
        """Notes tokens of the task, whatever they were before."""
        for token in tokens:
            for key in token.keys:
                if key in self._seen or len(self._seen) < KEPT + RESERVED:
                    self._seen[key] = TASK
                else:
                    self.dropped += 1

    def source(self, token: Token) -> Source:
        """Where ``token`` came from: the task if any of its keys did, else its first key's."""
        found = [self._seen[key] for key in token.keys if key in self._seen]
        return next(
            (one for one in found if one.origin is Origin.TASK), found[0] if found else MODEL
        )

    def of_task(self, key: str) -> bool:
        """Whether the task names the thing with this key."""
        return self._seen.get(key, MODEL).origin is Origin.TASK

    def _note(self, key: str, source: Source) -> None:
        if key in self._seen:
            return
        if len(self._seen) < KEPT + RESERVED * (source.origin is Origin.ORDER):
            self._seen[key] = source
        else:
            self.dropped += 1
