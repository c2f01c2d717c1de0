"""What a graph is to us: how it is found, what it is given, and what may be set."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool
from langgraph.pregel import Pregel

from tempt.agents.base import AgentError
from tempt.agents.loading import load_attribute
from tempt.envs.transcript import EndedBy
from tempt.envs.world import TaskBrief

DEFAULT_RECURSION_LIMIT = 200
DEFAULT_PATIENCE = 0.25
_MAX_REASON = 300
_MIN_SECRET = 8
_SECRET_NAME = re.compile("KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)

Graph: TypeAlias = Pregel[Any, Any, Any, Any]


class Grouping(StrEnum):
    """Which calls make up a turn."""

    ASKED = "asked"
    """Those that the graph's tools have been asked for."""
    DECIDED = "decided"
    """All calls of a message as soon as its first is asked for. Says that the graph carries out
    every call of every message, which one with a guard does not."""


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """How a graph is run.

    Attributes:
        recursion_limit: Most supersteps between two turns (of the whole episode in a thread).
        grouping: Which calls make up a turn.
        patience: Seconds to wait for calls that may still come.
    """

    recursion_limit: int = DEFAULT_RECURSION_LIMIT
    grouping: Grouping = Grouping.ASKED
    patience: float = DEFAULT_PATIENCE


@dataclass(frozen=True, slots=True)
class Prepared:
    """A graph with what it is started with.

    Attributes:
        graph: The compiled graph.
        start: Its input, from the task; by default `default_input`.
        context: Its runtime context, which is never stored.
        types: Classes that its state holds beside plain JSON and messages.
        options: How it is to be run, where its author knows better than the defaults.
    """

    graph: Graph
    start: Callable[[TaskBrief], Any] | None = None
    context: Any = None
    types: tuple[type, ...] = ()
    options: GraphOptions | None = None


Factory: TypeAlias = Callable[[Sequence[BaseTool]], Graph | Prepared]
"""Given the scenario's tools, once per episode."""


def default_input(brief: TaskBrief) -> dict[str, list[BaseMessage]]:
    """The task as messages: ``{"messages": [SystemMessage, HumanMessage]}``."""
    system = [SystemMessage(brief.system)] if brief.system else []
    return {"messages": [*system, HumanMessage(brief.user)]}


def load_graph(location: str) -> Factory:
    """The factory at ``module:attribute``.

    Raises:
        ValueError: What stands there takes no tools.
        ImportError: The module can't be imported.
        AttributeError: It has no such attribute.
    """
    found: Any = load_attribute(location)
    if isinstance(found, Pregel):
        raise ValueError(f"{location} is a graph: a function that takes the tools is needed")
    if not callable(found):
        raise ValueError(f"{location} can't be called with the tools")
    factory: Factory = found
    return factory


def prepare(factory: Factory, tools: Sequence[BaseTool]) -> Prepared:
    """What ``factory`` makes of ``tools``.

    Raises:
        AgentError: It is no compiled graph.
    """
    made = factory(tools)
    prepared = made if isinstance(made, Prepared) else Prepared(made)
    if not isinstance(prepared.graph, Pregel):
        raise failed(f"the factory gave {type(made).__name__}, not a compiled graph")
    return prepared


def failed(reason: str) -> AgentError:
    """The error for a graph that can't be measured; it is stored, so it quotes no secret."""
    return AgentError(_without_secrets(reason)[:_MAX_REASON], EndedBy.ADAPTER)


def _without_secrets(text: str) -> str:
    """``text``, with the values of variables that look secret replaced by the variables' names."""
    for name, value in os.environ.items():
        if len(value) >= _MIN_SECRET and _SECRET_NAME.search(name):
            text = text.replace(value, f"${name}")
    return text
