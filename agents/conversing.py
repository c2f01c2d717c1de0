"""An agent that is a model in a loop: it is shown everything so far, and gives the next turn."""

from __future__ import annotations

from dataclasses import replace

from tempt.agents.base import AgentError, SupportsAbandon, SupportsClose
from tempt.envs.model import Conversation, Exchange, Model, ModelError
from tempt.envs.transcript import ModelTurn, Observation
from tempt.envs.world import TaskBrief


class ConversingAgent:
    """Keeps the conversation for a model that keeps nothing."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._conversation: Conversation | None = None
        self._turn: ModelTurn | None = None

    def begin(self, brief: TaskBrief) -> None:
        """Take the task."""
        self._conversation = Conversation(brief.system, brief.user, brief.tools)

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """What the model says next.

        Raises:
            AgentError: It says nothing.
        """
        if self._conversation is None:
            raise RuntimeError("begin() comes before act()")
        if self._turn is not None:
            exchanges = (*self._conversation.exchanges, Exchange(self._turn, observations))
            self._conversation = replace(self._conversation, exchanges=exchanges)
        try:
            self._turn = self._model.respond(self._conversation)
        except ModelError as error:
            raise AgentError(str(error), error.ended_by, transient=error.transient) from None
        return self._turn

    def abandon(self) -> None:
        """The episode was broken off, which its model may want to know."""
        if isinstance(self._model, SupportsAbandon):
            self._model.abandon()

    def close(self) -> None:
        """The episode is over, which its model may want to know."""
        if isinstance(self._model, SupportsClose):
            self._model.close()
