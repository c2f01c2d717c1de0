"""From what somebody brought to an agent."""

from __future__ import annotations

from typing import Any

from tempt.agents.graphs.base import GraphOptions, as_factory, failed
from tempt.agents.graphs.interrupting import GraphAgent
from tempt.agents.graphs.rendezvous import RendezvousAgent

RENDEZVOUS = "rendezvous"


def graph_agent(
    found: Any, mode: str, options: GraphOptions | None = None
) -> GraphAgent | RendezvousAgent:
    """The agent that ``found`` makes.

    Args:
        found: A function that takes the scenario's tools and gives a compiled graph.
        mode: ``interrupt`` or ``rendezvous``.
        options: How it is run; its author's word in `Prepared` goes first.

    Raises:
        AgentError: It is no such function.
    """
    try:
        factory = as_factory(found)
    except ValueError as error:
        raise failed(str(error)) from error
    return (RendezvousAgent if mode == RENDEZVOUS else GraphAgent)(factory, options)
