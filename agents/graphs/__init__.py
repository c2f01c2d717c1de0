"""Agents that are LangGraph graphs.

Importing this package imports LangGraph, which takes a second: import it on use.
"""

from tempt.agents.graphs.base import (
    Factory,
    GraphOptions,
    Grouping,
    Prepared,
    default_input,
    load_graph,
)
from tempt.agents.graphs.declared import call_tool, emit_turn
from tempt.agents.graphs.interrupting import GraphAgent
from tempt.agents.graphs.react import react_agent
from tempt.agents.graphs.rendezvous import RendezvousAgent

__all__ = [
    "Factory",
    "GraphAgent",
    "GraphOptions",
    "Grouping",
    "Prepared",
    "RendezvousAgent",
    "call_tool",
    "default_input",
    "emit_turn",
    "load_graph",
    "react_agent",
]
