"""What an agent is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tempt.envs.transcript import EndedBy, ModelTurn, Observation
from tempt.envs.world import TaskBrief


class Agent(Protocol):
    """Something that is given a task and then acts, turn by turn."""

    def begin(self, brief: TaskBrief) -> None:
        """Take the task."""
        ...

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """The next turn.

        Args:
            observations: One per tool call of the turn before, by call id; empty at first.

        Raises:
            AgentError: The agent can't go on, through no act of its own.
        """
        ...


@runtime_checkable
class SupportsClose(Protocol):
    """An agent that wants to know when its episode is over, however it ended."""

    def close(self) -> None:
        """Let go of what the agent holds."""
        ...


@runtime_checkable
class SupportsAbandon(Protocol):
    """An agent that wants to know, before it is closed, that its episode was broken off."""

    def abandon(self) -> None:
        """Keep nothing that is meant to be gone through again: the agent's part is not whole."""
        ...


class AgentError(Exception):
    """An agent can't go on.

    Attributes:
        ended_by: The ending that the episode gets.
        transient: Whether another try at another time may succeed, as with an outage.
    """

    def __init__(self, message: str, ended_by: EndedBy, *, transient: bool = False) -> None:
        super().__init__(message)
        self.ended_by = ended_by
        self.transient = transient
