"""A plain ReAct agent as a graph: a model of ours thinks, tools act, until nothing is asked for.

The state is plain JSON. Turns hold requests, replies and reasoning as they were; they stay in the
runtime context, which is never stored, and the state only counts them.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, TypedDict

from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from tempt.agents.graphs.base import GraphOptions, Prepared
from tempt.agents.graphs.declared import call_tool, emit_turn
from tempt.agents.graphs.rendezvous import RendezvousAgent
from tempt.envs.model import Conversation, Exchange, Model
from tempt.envs.transcript import ModelTurn, Observation, Status
from tempt.envs.world import TaskBrief

_SUPERSTEPS = 1_000_000
"""Far more than any episode takes, whose own limit of calls ends it."""


class State(TypedDict):
    """What is stored: the answers of every turn so far, and whether the last turn asks for any."""

    answers: Annotated[list[list[dict[str, Any]]], operator.add]
    asking: bool


@dataclass(slots=True)
class Memory:
    """What is not stored.

    Attributes:
        model: Who thinks.
        brief: The task, once it is known.
        turns: What was said so far.
    """

    model: Model
    brief: TaskBrief | None = None
    turns: list[ModelTurn] = field(default_factory=list)

    def start(self, brief: TaskBrief) -> State:
        """Take the task."""
        self.brief = brief
        return {"answers": [], "asking": False}

    def conversation(self, answers: Sequence[Sequence[dict[str, Any]]]) -> Conversation:
        """All that the model is shown."""
        if self.brief is None:
            raise RuntimeError("there is no task yet")
        exchanges = [
            Exchange(turn, tuple(_observation(answer) for answer in answered))
            for turn, answered in zip(self.turns, answers, strict=False)
        ]
        brief = self.brief
        return Conversation(brief.system, brief.user, brief.tools, tuple(exchanges))


def think(state: State, runtime: Runtime[Memory]) -> dict[str, Any]:
    """Ask the model for its next turn."""
    memory = runtime.context
    turn = memory.model.respond(memory.conversation(state["answers"]))
    memory.turns[len(state["answers"]) :] = [turn]
    emit_turn(turn)
    return {"asking": bool(turn.calls)}


def act(state: State, runtime: Runtime[Memory]) -> dict[str, Any]:
    """Carry out what the last turn asks for."""
    turn = runtime.context.turns[len(state["answers"])]
    return {"answers": [[_plain(call_tool(call)) for call in turn.calls]]}


def react_agent(model: Model, options: GraphOptions | None = None) -> RendezvousAgent:
    """A ReAct agent over ``model``, whose requests, replies and reasoning are kept as they are.

    It runs in a thread and waits at its calls, which takes half as much again as without LangGraph;
    to interrupt and resume it at every turn takes twice as much. The model is its owner's: closing
    the agent leaves it as it is.
    """

    def build(tools: Sequence[BaseTool]) -> Prepared:  # noqa: ARG001 - they are called by name
        memory = Memory(model)
        graph = StateGraph(State, context_schema=Memory)
        graph.add_node("think", think)
        graph.add_node("act", act)
        graph.add_edge(START, "think")
        graph.add_conditional_edges("think", _where_to, ["act", END])
        graph.add_edge("act", "think")
        return Prepared(graph.compile(), memory.start, memory)

    return RendezvousAgent(build, options or GraphOptions(recursion_limit=_SUPERSTEPS))


def _where_to(state: State) -> str:
    return "act" if state["asking"] else END


def _plain(observation: Observation) -> dict[str, Any]:
    return {
        **asdict(observation),
        "status": observation.status.value,
        "notices": list(observation.notices),
    }


def _observation(answer: dict[str, Any]) -> Observation:
    return Observation(
        call_id=answer["call_id"],
        tool=answer["tool"],
        text=answer["text"],
        status=Status(answer["status"]),
        notices=tuple(answer["notices"]),
    )
