"""What a model is: something that is shown a conversation and gives the next turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tempt.envs.tools import Tool
from tempt.envs.transcript import EndedBy, ModelTurn, Observation


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn and its answers, one per call, by call id."""

    turn: ModelTurn
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that a model is shown.

    Attributes:
        system: The system prompt.
        user: The task.
        tools: What may be called; none for a model that only answers.
        exchanges: The turns so far with their answers, oldest first.
    """

    system: str
    user: str
    tools: tuple[Tool, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


class Model(Protocol):
    """A model behind whatever interface. Stateless: the conversation is all it knows."""

    def respond(self, conversation: Conversation) -> ModelTurn:
        """The next turn.

        Raises:
            ModelError: There is none, through no act of the model's.
        """
        ...


class ModelError(Exception):
    """A model gave no turn. The message is bounded, and free of secrets.

    Attributes:
        ended_by: The ending that an episode gets by it.
        transient: Whether another try at another time may succeed, as with an outage.
    """

    def __init__(self, message: str, ended_by: EndedBy, *, transient: bool = False) -> None:
        super().__init__(message)
        self.ended_by = ended_by
        self.transient = transient
