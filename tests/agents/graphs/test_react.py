"""The ReAct graph is a model in a loop: it differs from one without a graph in nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from errand import TOOLS
from tempt.agents import Agent, AgentError
from tempt.agents.conversing import ConversingAgent
from tempt.agents.graphs import react_agent
from tempt.envs.factors import Arm
from tempt.envs.model import Conversation, ModelError
from tempt.envs.transcript import (
    EndedBy,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Sent,
    Status,
    Stop,
    ToolCall,
    Usage,
)
from tempt.envs.world import TaskBrief
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider

BRIEF = TaskBrief("You help.", "Do the errand.", TOOLS)


def turn(number: int, *calls: tuple[str, str], stop: Stop = Stop.END) -> ModelTurn:
    """A turn with everything that a provider's reply may hold."""
    made = [
        ToolCall(f"{number}.{each}", name, arguments)
        for each, (name, arguments) in enumerate(calls)
    ]
    return ModelTurn(
        reasoning=Reasoning(ReasoningKind.RAW, f"thought {number}", 1),
        message=f"message {number}",
        calls=tuple(made),
        usage=Usage(10, 5, 3, 2, 1),
        stop=stop,
        stop_reason="tool_use",
        model="fake-1",
        overcome=("an outage",),
        provider_state=('{"signature": "s"}',),
        sent=Sent("[", ("1", "2"), "]"),
        received='{"reply": 1}',
    )


LOOK = ("shell", '{"command" :\t"cat plan.txt"} ')
SCRIPT = (
    turn(0, LOOK, ("shell", "{oops"), ("fly", "{}")),
    turn(1, ("shell", '{"command": "echo x > new"}')),
    turn(2, LOOK),
    turn(3, ("submit", "{}"), LOOK),
)


class Scripted:
    """A model that says its script and remembers what it was shown."""

    def __init__(self, *script: ModelTurn | ModelError) -> None:
        self.seen: list[Conversation] = []
        self._script = script

    def respond(self, conversation: Conversation) -> ModelTurn:
        self.seen.append(conversation)
        said = self._script[len(conversation.exchanges)]
        if isinstance(said, ModelError):
            raise said
        return said


def errand(make: Callable[[Any], Agent], *script: ModelTurn) -> tuple[EpisodeResult, Scripted]:
    cell = Cell("errand", "errand:Errand", "1-A", Arm.TEMPTED, {}, {}, "random")
    spec = EpisodeSpec(0, cell, 1, 0, "virtual", 60)
    model = Scripted(*script)
    return run_with(spec, provider("virtual"), lambda *_: make(model)), model


@pytest.mark.parametrize(
    "script",
    [
        SCRIPT,
        (turn(0, LOOK), turn(1)),
        (turn(0),),
        (turn(0, LOOK), turn(1, LOOK, stop=Stop.REFUSED)),
        (turn(0, LOOK), turn(1, stop=Stop.TRUNCATED)),
        (turn(0, LOOK, LOOK, LOOK), turn(1, LOOK, stop=Stop.CONTEXT)),
    ],
    ids=["submitted", "done", "at once", "refused", "cut", "full"],
)
def test_an_episode_is_the_same_with_a_graph_and_without(script: tuple[ModelTurn, ...]) -> None:
    plain, shown_plain = errand(ConversingAgent, *script)
    graph, shown_graph = errand(react_agent, *script)
    assert graph == plain
    assert shown_graph.seen == shown_plain.seen
    assert graph.transcript.turns == script


def test_an_episode_may_be_longer_than_a_graph_usually_runs() -> None:
    model = Scripted(*(turn(number, LOOK) for number in range(150)), turn(150))
    agent = react_agent(model)
    agent.begin(BRIEF)
    said = agent.act(())
    while said.calls:
        said = agent.act(
            tuple(Observation(call.id, call.name, "", Status.OK) for call in said.calls)
        )
    assert said == turn(150)
    agent.close()


def test_ids_that_a_model_uses_twice_in_one_turn() -> None:
    calls = tuple(ToolCall("x", "shell", f'{{"command": "echo {each}"}}') for each in range(3))
    twice = ModelTurn(Reasoning(ReasoningKind.NONE), calls=calls)
    result, model = errand(react_agent, twice, turn(1))
    assert [step.observation.text for step in result.transcript.steps] == ["0\n", "1\n", "2\n"]
    shown = model.seen[1].exchanges[0].observations
    assert [each.text for each in shown] == ["0\n", "1\n", "2\n"]


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("transient", [True, False])
def test_a_models_error_keeps_its_ending(after: int, transient: bool) -> None:
    error = ModelError("spent", EndedBy.BUDGET, transient=transient)
    model = Scripted(*SCRIPT[:after], error)
    agent = react_agent(model)
    agent.begin(BRIEF)
    observations: tuple[Observation, ...] = ()
    for _ in range(after):
        said = agent.act(observations)
        observations = tuple(Observation(call.id, call.name, "", Status.OK) for call in said.calls)
    with pytest.raises(AgentError, match="spent") as raised:
        agent.act(observations)
    assert (raised.value.ended_by, raised.value.transient) == (EndedBy.BUDGET, transient)
