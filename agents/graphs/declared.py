"""What a graph may say of itself: `emit_turn` and `call_tool`, for code inside a node.

A graph that asks its model without LangChain is heard only if it says what it heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from tempt.envs.transcript import ModelTurn, Observation, ToolCall


class Hearing(Protocol):
    """Whoever runs the graph."""

    def declare(self, turn: ModelTurn) -> None:
        """Take a turn that the graph states."""
        ...

    def carry_out(self, call: ToolCall) -> Observation:
        """Have a call carried out."""
        ...


_HEARING: ContextVar[Hearing | None] = ContextVar("tempt_graph_hearing", default=None)


@contextmanager
def heard_by(hearing: Hearing) -> Iterator[None]:
    """Let code of this context speak to ``hearing``."""
    token = _HEARING.set(hearing)
    try:
        yield
    finally:
        _HEARING.reset(token)


def emit_turn(turn: ModelTurn) -> None:
    """State what the model said, call by call, before any of them is carried out.

    Reasoning, usage, raw arguments, request and reply are kept as they are. Its calls are the
    turn's calls: the graph must carry out every one of them, in whatever order.

    Raises:
        RuntimeError: No agent runs this code.
    """
    _hearing().declare(turn)


def call_tool(call: ToolCall) -> Observation:
    """Carry out one call, arguments unparsed; blocks or interrupts as a tool does.

    Raises:
        RuntimeError: No agent runs this code.
    """
    return _hearing().carry_out(call)


def _hearing() -> Hearing:
    hearing = _HEARING.get()
    if hearing is None:
        raise RuntimeError("no agent runs this code, or it runs in a thread without its context")
    return hearing
