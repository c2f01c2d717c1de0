"""Playing a graph without a world: every call is answered by what it asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from errand import TOOLS
from tempt.agents.graphs import GraphAgent, GraphOptions, RendezvousAgent
from tempt.agents.graphs.base import Factory
from tempt.envs.transcript import ModelTurn, Observation, Status, ToolCall
from tempt.envs.world import TaskBrief

BRIEF = TaskBrief("You help.", "Do the errand.", TOOLS)
MODES: dict[str, type[GraphAgent] | type[RendezvousAgent]] = {
    "interrupt": GraphAgent,
    "rendezvous": RendezvousAgent,
}


@dataclass
class Played:
    """The turns of an episode, by what their calls asked."""

    turns: list[ModelTurn] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)

    @property
    def asked(self) -> list[list[str]]:
        return [[command(call) for call in turn.calls] for turn in self.turns]

    @property
    def last(self) -> str:
        return self.turns[-1].message


def command(call: ToolCall) -> str:
    return str(json.loads(call.arguments).get("command", call.name))


def answer(call: ToolCall) -> Observation:
    return Observation(call.id, call.name, f"<{command(call)}>", Status.OK)


def final(agent: Any) -> list[Any]:
    """The messages that a graph ended with."""
    runner = agent._runner
    values = runner.graph.get_state(runner.config).values
    return list(values.get("messages", ()))


def play(mode: str, factory: Factory, most: int = 30, **options: Any) -> Played:
    """Play until the graph asks for nothing more."""
    agent = MODES[mode](factory, GraphOptions(**options))
    played = Played()
    try:
        agent.begin(BRIEF)
        observations: tuple[Observation, ...] = ()
        while len(played.turns) < most:
            turn = agent.act(observations)
            played.turns.append(turn)
            if not turn.calls:
                played.messages = final(agent)
                return played
            observations = tuple(answer(call) for call in turn.calls)
        raise AssertionError("the graph never ends")
    finally:
        agent.close()
