"""How a graph's episode ends: done, failed, broken off; always with a reason, never with a hang."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt

import graphs_fakes as fakes
from graphs_fakes import call, says
from graphs_play import BRIEF, MODES, answer, play
from tempt.agents import AgentError
from tempt.agents.graphs import Prepared, call_tool, default_input, emit_turn, load_graph
from tempt.agents.graphs.base import Graph
from tempt.envs.factors import Arm
from tempt.envs.judgement import Outcome
from tempt.envs.model import ModelError
from tempt.envs.transcript import (
    EndedBy,
    ModelTurn,
    Reasoning,
    ReasoningKind,
    Status,
    Stop,
    ToolCall,
    Usage,
)
from tempt.envs.world import TaskBrief
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider

BOTH = pytest.mark.parametrize("mode", ["interrupt", "rendezvous"])


def lone(node: Any) -> Callable[[Sequence[BaseTool]], Graph]:
    """A graph of one node."""

    def build(tools: Sequence[BaseTool]) -> Graph:  # noqa: ARG001
        graph = StateGraph(MessagesState)
        graph.add_node("node", node)
        graph.add_edge(START, "node")
        graph.add_edge("node", END)
        return graph.compile()

    return build


def fails(mode: str, factory: Any, reason: str, **options: Any) -> AgentError:
    with pytest.raises(AgentError, match=reason) as raised:
        play(mode, factory, **options)
    assert len(str(raised.value)) <= 300
    return raised.value


def errand(mode: str, factory: Any) -> EpisodeResult:
    cell = Cell("errand", "errand:Errand", "1-A", Arm.TEMPTED, {}, {}, "random")
    spec = EpisodeSpec(0, cell, 1, 0, "virtual", 60)
    agents = []

    def make(*_: Any) -> Any:
        agents.append(MODES[mode](factory))
        return agents[0]

    try:
        return run_with(spec, provider("virtual"), make)
    finally:
        agents[0].close()


@BOTH
def test_an_episode_from_the_task_to_the_submission(mode: str) -> None:
    script = [
        says(call("1", "cat plan.txt"), call("2", "pwd"), text="I look."),
        says(call("3", "echo x > new")),
        says(call("4", "", "submit")),
    ]
    result = errand(mode, fakes.react(script))
    assert result.ended_by is EndedBy.SUBMITTED
    assert result.judgement.outcome is Outcome.HONEST_FULL
    steps = result.transcript.steps
    assert [(step.turn, step.call.id) for step in steps] == [(0, "1"), (0, "2"), (1, "3"), (2, "4")]
    assert [step.observation.text for step in steps[:2]] == ["one\ntwo\n", "/srv/app\n"]
    assert result.transcript.turns[0].message == "I look."


@BOTH
def test_a_graph_that_is_done_ends_without_a_call(mode: str) -> None:
    result = errand(mode, fakes.react([says(call("1", "pwd")), says(text="done")]))
    assert result.ended_by is EndedBy.NO_CALL
    assert result.transcript.turns[-1].message == "done"


@BOTH
def test_a_cue_counts_with_the_next_turn_only(mode: str) -> None:
    bell, look = call("1", "echo the bell rings"), call("2", "pwd")
    late = errand(mode, fakes.react([says(bell, look), says(call("3", "", "submit"))]))
    same = errand(mode, fakes.react([says(bell, look, call("3", "", "submit"))]))
    assert late.judgement.exposed
    assert not same.judgement.exposed


@BOTH
def test_a_graph_that_fails_leaves_the_episode_unmeasured(mode: str) -> None:
    def broken(state: MessagesState) -> None:  # noqa: ARG001
        raise KeyError("reply" * 100)

    result = errand(mode, lone(broken))
    assert result.ended_by is EndedBy.ADAPTER
    assert result.judgement.outcome is Outcome.UNMEASURED
    assert "KeyError" in result.judgement.evidence[-1]


@BOTH
@pytest.mark.parametrize("error", [SystemExit(1), GeneratorExit()])
def test_a_graph_that_exits_has_not_decided_to_stop(mode: str, error: BaseException) -> None:
    def exits(state: MessagesState) -> None:  # noqa: ARG001
        raise error

    fails(mode, lone(exits), type(error).__name__)


@BOTH
def test_an_error_quotes_no_secret(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHERS_API_KEY", "sk-not-for-the-store")

    def refused(state: MessagesState) -> None:  # noqa: ARG001
        raise ValueError("wrong key sk-not-for-the-store")

    error = fails(mode, lone(refused), "wrong key .OTHERS_API_KEY")
    assert "sk-not" not in str(error)


@BOTH
def test_a_graph_that_runs_on_is_stopped(mode: str) -> None:
    def build(tools: Any) -> Graph:  # noqa: ARG001
        graph = StateGraph(MessagesState)
        graph.add_node("node", lambda _: {"messages": []})
        graph.add_edge(START, "node")
        graph.add_edge("node", "node")
        return graph.compile()

    fails(mode, build, "more than 9 steps", recursion_limit=9)


@BOTH
def test_a_graph_that_asks_somebody_else(mode: str) -> None:
    fails(mode, lone(lambda _: interrupt("may I?")), "interrupts of its own")


@BOTH
def test_a_breakpoint_is_not_the_end(mode: str) -> None:
    def build(tools: Any) -> Graph:
        return fakes.react([says(text="done")], interrupt_before=["model"])(tools)

    fails(mode, build, "stopped at model|interrupts of its own")


@BOTH
def test_a_models_error_keeps_its_ending(mode: str) -> None:
    def spent(state: MessagesState) -> None:  # noqa: ARG001
        raise ModelError("spent", EndedBy.BUDGET, transient=True)

    error = fails(mode, lone(spent), "spent")
    assert (error.ended_by, error.transient) == (EndedBy.BUDGET, True)


@BOTH
def test_what_a_factory_may_not_do(mode: str) -> None:
    def broken(tools: Any) -> Graph:  # noqa: ARG001
        raise ValueError("no idea")

    fails(mode, lambda _: "graph", "str, not a compiled graph")
    fails(mode, broken, "ValueError: no idea")


@BOTH
def test_an_author_may_choose_the_input(mode: str) -> None:
    def echo(state: MessagesState) -> Any:
        given = state["messages"]
        return {"messages": [AIMessage(f"{len(given)} {given[-1].content}")]}

    def build(tools: Any) -> Prepared:
        graph = lone(echo)(tools)
        return Prepared(graph, lambda brief: {"messages": [("user", brief.user.upper())]})

    assert play(mode, lone(echo)).last == "2 Do the errand."
    assert play(mode, build).last == "1 DO THE ERRAND."


def test_the_task_as_messages() -> None:
    both = [SystemMessage("You help."), HumanMessage("Do the errand.")]
    assert default_input(BRIEF)["messages"] == both
    assert default_input(TaskBrief("", "Do.", ()))["messages"] == [HumanMessage("Do.")]


def test_graphs_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = ModuleType("test_ends_graph")
    monkeypatch.setattr(ready, "GRAPH", fakes.react([])([]), raising=False)
    monkeypatch.setitem(sys.modules, ready.__name__, ready)
    found: Any = load_graph("graphs_fakes:react")
    assert found is fakes.react
    with pytest.raises(ValueError, match="can't be called"):
        load_graph("graphs_play:BRIEF")
    with pytest.raises(AttributeError):
        load_graph("graphs_play:nothing")
    with pytest.raises(ValueError, match="is a graph"):
        load_graph("test_ends_graph:GRAPH")


@BOTH
def test_tools_are_passed_as_they_are(mode: str) -> None:
    seen: list[BaseTool] = []

    def build(tools: Sequence[BaseTool]) -> Graph:
        seen.extend(tools)
        return fakes.react([says(text="done")])(tools)

    play(mode, build)
    assert [(each.name, each.description, each.args_schema) for each in seen] == [
        (tool.name, tool.description, tool.parameters) for tool in BRIEF.tools
    ]


TURN = ModelTurn(
    reasoning=Reasoning(ReasoningKind.RAW, "Hm."),
    message="I look.",
    calls=(ToolCall("x", "shell", '{"command" :  "A"}'), ToolCall("y", "shell", "{oops")),
    usage=Usage(10, 5, 3),
    model="fake-1",
    provider_state=('{"opaque": 1}',),
    received='{"reply": 1}',
)


@BOTH
def test_a_turn_that_is_stated_is_kept_as_it_is(mode: str) -> None:
    def own_way(state: MessagesState) -> Any:  # noqa: ARG001
        emit_turn(TURN)
        answers = [call_tool(each) for each in reversed(TURN.calls)]
        emit_turn(ModelTurn(Reasoning(ReasoningKind.NONE), "done"))
        return {"messages": [AIMessage(" ".join(each.call_id for each in answers))]}

    agent = MODES[mode](lone(own_way))
    agent.begin(BRIEF)
    try:
        turn = agent.act(())
        assert turn == TURN
        answers = [answer(TURN.calls[0])]
        answers.append(answers[0].__class__("y", "shell", "not JSON", Status.INVALID))
        last = agent.act(tuple(answers))
        assert last.calls == ()
        assert last.message == "done\n\ny x"
    finally:
        agent.close()


@BOTH
def test_a_turn_that_is_stated_replaces_what_was_overheard(mode: str) -> None:
    def build(tools: Any) -> Graph:
        model = fakes.scripted([says(call("x", "A"), text="overheard")])

        def node(state: MessagesState) -> Any:
            said = model.invoke(state["messages"])
            emit_turn(ModelTurn(Reasoning(ReasoningKind.RAW, "Hm."), "stated", (TURN.calls[0],)))
            return {"messages": [tools[0].invoke(said.tool_calls[0])]}

        return lone(node)(tools)

    played = play(mode, build)
    assert [turn.message for turn in played.turns] == ["stated", ""]
    assert played.turns[0].calls == (TURN.calls[0],)
    assert played.turns[0].reasoning.text == "Hm."


@BOTH
def test_a_call_that_is_stated_is_made(mode: str) -> None:
    def idle(state: MessagesState) -> Any:  # noqa: ARG001
        emit_turn(TURN)
        return {"messages": []}

    fails(mode, lone(idle), "never made it")


def test_nobody_hears_a_turn_outside_of_a_graph() -> None:
    with pytest.raises(RuntimeError, match="no agent runs this code"):
        emit_turn(TURN)


@BOTH
def test_other_arguments_under_the_same_id(mode: str) -> None:
    def build(tools: Any) -> Graph:
        count = iter(range(10))

        def node(state: MessagesState) -> Any:  # noqa: ARG001
            first = tools[0].invoke(call("x", f"A{next(count) if mode == 'interrupt' else 0}"))
            return {"messages": [first, tools[0].invoke(call("x", "B"))]}

        return lone(node)(tools)

    fails(mode, build, "other arguments|twice")


@BOTH
def test_reasoning_usage_and_model_of_messages(mode: str) -> None:
    said = [
        says(
            call("1", "A"),
            additional_kwargs={"reasoning_content": "Hm."},
            response_metadata={"model_name": "m", "finish_reason": "tool_calls"},
            usage_metadata={
                "input_tokens": 10,
                "output_tokens": 5,
                "total_tokens": 15,
                "input_token_details": {"cache_read": 4, "cache_creation": 2},
                "output_token_details": {"reasoning": 3},
            },
        ),
        AIMessage(
            content=[
                {"type": "thinking", "thinking": "So.", "signature": "s"},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "tool_use", "id": "2", "name": "shell", "input": {"command": "B"}},
            ],
            tool_calls=[call("2", "B")],
            response_metadata={"model_provider": "anthropic", "stop_reason": "tool_use"},
        ),
        says(call("3", "C")),
        says(text="do", response_metadata={"finish_reason": "length"}),
    ]
    first, second, third, last = play(mode, fakes.react(said)).turns
    assert first.reasoning == Reasoning(ReasoningKind.RAW, "Hm.")
    assert first.usage == Usage(10, 5, 3, 4, 2)
    assert (first.model, first.stop_reason) == ("m", "tool_calls")
    assert second.reasoning == Reasoning(ReasoningKind.SUMMARY, "So.", 1)
    assert third.reasoning == Reasoning(ReasoningKind.NONE)
    assert (last.stop, last.message) == (Stop.TRUNCATED, "do")


def test_an_empty_reply_is_no_decision_to_stop() -> None:
    assert play("interrupt", fakes.react([says()])).turns[-1].stop is Stop.EMPTY


class Kept(TypedDict):
    held: Any


@pytest.mark.parametrize("allowed", [True, False])
def test_what_is_stored_is_read_back_strictly(allowed: bool) -> None:
    def build(tools: Any) -> Prepared:
        graph = StateGraph(Kept)
        graph.add_node("one", lambda _: {"held": Usage(1, 2)})
        graph.add_node("two", lambda state: {"held": (tools[0].invoke(call("x", "A")), state)[1]})
        graph.add_node("three", lambda state: {"held": state["held"]["held"].input_tokens})
        graph.add_edge(START, "one")
        graph.add_edge("one", "two")
        graph.add_edge("two", "three")
        graph.add_edge("three", END)
        start: Any = lambda _: {"held": None}  # noqa: E731
        return Prepared(graph.compile(), start, types=(Usage,) if allowed else ())

    if allowed:
        assert play("interrupt", build).asked == [["A"], []]
    else:
        fails("interrupt", build, "Usage, which is not among Prepared.types")


def graph_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each is not threading.main_thread()]


@pytest.mark.parametrize(
    "factory",
    [
        fakes.react([says(call("a", "A"), call("b", "B")), says(text="done")]),
        fakes.async_react([says(call("a", "A"), call("b", "B")), says(text="done")]),
        fakes.fan_out([["A"], ["B"]]),
        fakes.own_threads(["A", "B"]),
        fakes.catch_all([says(call("a", "A")), says(text="done")]),
    ],
    ids=["react", "coroutines", "fan-out", "own threads", "catch-all"],
)
def test_an_episode_that_is_broken_off_leaves_no_thread(factory: Any) -> None:
    before = graph_threads()
    agent = MODES["rendezvous"](factory)
    agent.begin(BRIEF)
    assert agent.act(()).calls
    agent.close()
    agent.close()
    until = time.monotonic() + 5.0
    while graph_threads() != before and time.monotonic() < until:
        time.sleep(0.01)
    assert graph_threads() == before


@BOTH
def test_an_agent_that_was_never_used_closes(mode: str) -> None:
    agent = MODES[mode](fakes.react([]))
    agent.close()
    with pytest.raises(RuntimeError, match="begin"):
        agent.act(())
