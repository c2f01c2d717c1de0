"""The table of shapes in docs/langgraph.md, one test per line; and that nothing is mixed up."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.messages.tool import ToolCall

import graphs_fakes as fakes
from graphs_fakes import call, says
from graphs_play import BRIEF, MODES, answer, play
from tempt.agents import AgentError
from tempt.agents.graphs import GraphOptions, Grouping, Prepared
from tempt.agents.graphs.base import Factory
from tempt.envs.transcript import EndedBy

BOTH = pytest.mark.parametrize("mode", ["interrupt", "rendezvous"])

PARALLEL = [
    says(call("a", "A"), call("b", "B"), call("c", "C")),
    says(call("d", "D")),
    says(text="done"),
]
IN_TURN = [says(call("a", "A")), says(call("b", "B")), says(text="done")]
SAME_ID = [says(call("1", "A")), says(call("1", "A")), says(text="done")]
RESEARCH = ToolCall(name="research", args={"question": "why"}, id="r", type="tool_call")
RUNS = 100


def fails(mode: str, factory: Factory, reason: str, **options: Any) -> None:
    with pytest.raises(AgentError, match=reason) as raised:
        play(mode, factory, **options)
    assert raised.value.ended_by is EndedBy.ADAPTER
    assert len(str(raised.value)) <= 300


@BOTH
def test_parallel_calls_are_one_turn(mode: str) -> None:
    played = play(mode, fakes.react(PARALLEL))
    assert played.asked == [["A", "B", "C"], ["D"], []]
    assert [call.id for call in played.turns[0].calls] == ["a", "b", "c"]
    assert played.last == "done"


@BOTH
def test_more_parallel_calls_than_threads_are_one_turn(mode: str) -> None:
    calls = [call(f"k{number}", f"K{number}") for number in range(40)]
    played = play(mode, fakes.react([says(*calls), says(text="done")]))
    assert played.asked == [[f"K{number}" for number in range(40)], []]


@BOTH
def test_an_id_may_come_again_with_another_message(mode: str) -> None:
    assert play(mode, fakes.react(SAME_ID)).asked == [["A"], ["A"], []]


@BOTH
def test_coroutine_nodes(mode: str) -> None:
    assert play(mode, fakes.async_react(PARALLEL)).asked == [["A", "B", "C"], ["D"], []]


@BOTH
def test_fan_out_by_nodes(mode: str) -> None:
    played = play(mode, fakes.fan_out([["A", "B"], ["C"], ["D", "E", "D"]]))
    assert played.asked == [["A", "C", "D"], ["B", "E"], ["D"], []]
    assert played.last == ("A -> <A>; B -> <B>; C -> <C>; D -> <D>; D -> <D>; E -> <E>")


@BOTH
def test_fan_out_by_send(mode: str) -> None:
    calls = [call(f"k{number}", f"K{number}") for number in range(12)]
    assert play(mode, fakes.sends(calls)).asked == [[f"K{number}" for number in range(12)], []]


@BOTH
def test_sub_agents_as_nodes(mode: str) -> None:
    played = play(mode, fakes.agents_as_nodes([PARALLEL, SAME_ID]))
    assert played.asked == [["A", "B", "C", "A"], ["D", "A"], []]


@BOTH
def test_ids_that_two_sub_agents_share_are_told_apart(mode: str) -> None:
    turn = play(mode, fakes.agents_as_nodes([SAME_ID, SAME_ID])).turns[0]
    assert [call.id for call in turn.calls] == ["1", "1#2"]


@BOTH
def test_a_sub_agent_as_a_tool(mode: str) -> None:
    outer = [says(RESEARCH, call("x", "X")), says(call("y", "Y")), says(text="end")]
    played = play(mode, fakes.agent_as_tool(outer, IN_TURN))
    assert played.asked == [["X", "A"], ["B"], ["Y"], []]
    answers = [each for each in played.messages if isinstance(each, ToolMessage)]
    assert [(each.tool_call_id, each.content) for each in answers] == [
        ("r", "done"),
        ("x", "<X>"),
        ("y", "<Y>"),
    ]


def test_several_sub_agents_as_tools_at_once_meet() -> None:
    played = play("rendezvous", fakes.two_steps(random.Random(1)))
    assert played.asked == [["P1", "Q1", "R1"], ["P2", "Q2", "R2"], []]


def test_several_sub_agents_as_tools_at_once_cannot_be_resumed() -> None:
    for seed in range(10):
        fails("interrupt", fakes.two_steps(random.Random(seed)), "side by side")


@pytest.mark.parametrize("shape", ["node", "tool"])
def test_a_sub_agent_without_a_saver_meets(shape: str) -> None:
    played = play("rendezvous", without_saver(shape))
    assert [asked for asked in played.asked if asked] == [["A"], ["B"]]


@pytest.mark.parametrize("shape", ["node", "tool"])
def test_a_sub_agent_without_a_saver_cannot_be_resumed(shape: str) -> None:
    fails("interrupt", without_saver(shape), "never came back")


def without_saver(shape: str) -> Factory:
    if shape == "node":
        return fakes.agents_as_nodes([IN_TURN], checkpointer=False)
    return fakes.agent_as_tool([says(RESEARCH), says(text="end")], IN_TURN, checkpointer=False)


@BOTH
def test_model_and_tools_in_one_node(mode: str) -> None:
    assert play(mode, fakes.one_node(IN_TURN)).asked == [["A"], ["B"], []]


@BOTH
def test_an_id_that_comes_again_within_one_node_gets_its_own_answer(mode: str) -> None:
    answers: list[str] = []
    factory = fakes.one_node(SAME_ID, answers=answers)
    agent = MODES[mode](factory)
    agent.begin(BRIEF)
    first = answer(agent.act(()).calls[0])
    second = answer(agent.act((replace(first, text="one"),)).calls[0])
    assert agent.act((replace(second, text="two"),)).calls == ()
    agent.close()
    assert answers[-2:] == ["one", "two"]


def test_a_call_that_comes_too_late_for_its_turn_is_an_error() -> None:
    factory = fakes.guarded(PARALLEL[:1], "", late="B")
    agent = MODES["rendezvous"](factory, GraphOptions(patience=0.02))
    agent.begin(BRIEF)
    turn = agent.act(())
    time.sleep(0.4)
    with pytest.raises(AgentError, match="handed out before it came"):
        agent.act(tuple(answer(each) for each in turn.calls))
    agent.close()


@BOTH
def test_a_sub_agent_meets_the_calls_that_are_said_to_be_carried_out(mode: str) -> None:
    outer = [says(call("x", "X"), RESEARCH), says(text="end")]
    inner = [says(call("a", "A")), says(text="done")]
    draw = random.Random(7)
    for _ in range(20):
        factory = fakes.agent_as_tool(outer, inner, jitter=draw)
        assert play(mode, factory, grouping=Grouping.DECIDED).asked == [["X", "A"], []]


def test_model_and_tools_in_one_node_that_never_repeats_itself() -> None:
    factory = fakes.one_node(IN_TURN, fresh_ids=True)
    assert play("rendezvous", factory).asked == [["A"], ["B"], []]
    fails("interrupt", factory, "never came back")


@BOTH
def test_calls_of_one_message_that_come_one_after_the_other(mode: str) -> None:
    factory = fakes.one_node(PARALLEL)
    fails(mode, factory, "decided together", patience=0.05)
    played = play(mode, factory, grouping=Grouping.DECIDED)
    assert played.asked == [["A", "B", "C"], ["D"], []]


@BOTH
def test_an_author_may_say_how_a_graph_is_run(mode: str) -> None:
    def build(tools: Any) -> Prepared:
        options = GraphOptions(grouping=Grouping.DECIDED)
        return Prepared(fakes.one_node(PARALLEL)(tools), options=options)

    assert play(mode, build).asked == [["A", "B", "C"], ["D"], []]


@BOTH
def test_a_guard_keeps_its_call_from_the_world(mode: str) -> None:
    played = play(mode, fakes.guarded(PARALLEL, "B"), patience=0.05)
    assert played.asked == [["A", "C"], ["D"], []]
    assert [str(each.content) for each in played.messages[3:6]] == ["<A>", "refused", "<C>"]


@BOTH
def test_a_guard_does_not_go_with_calls_that_are_said_to_be_carried_out(mode: str) -> None:
    factory = fakes.guarded(PARALLEL, "B")
    fails(mode, factory, "'b'", patience=0.05, grouping=Grouping.DECIDED)


@pytest.mark.parametrize("again", [False, True])
def test_a_catch_all_meets(again: bool) -> None:
    played = play("rendezvous", fakes.catch_all(IN_TURN, again=again))
    assert played.asked == [["A"], ["B"], []]


@pytest.mark.parametrize("factory", [fakes.undaunted, fakes.undaunted_coroutine])
def test_a_call_after_an_interrupt_that_was_caught_is_no_parallel_one(factory: Factory) -> None:
    assert play("rendezvous", factory).asked == [["A"], ["B"], []]
    fails("interrupt", factory, "caught an interrupt")


def test_a_catch_all_cannot_be_resumed() -> None:
    fails("interrupt", fakes.catch_all(IN_TURN), "caught an interrupt")
    fails("interrupt", fakes.catch_all(IN_TURN, again=True), "caught an interrupt")


def test_a_node_with_threads_of_its_own_meets() -> None:
    played = play("rendezvous", fakes.own_threads(["A", "B", "C"]))
    assert played.asked == [["A", "B", "C"], []]


def test_a_node_with_threads_of_its_own_cannot_be_resumed() -> None:
    fails("interrupt", fakes.own_threads(["A", "B"]), "outside of the graph's threads")


@BOTH
def test_tasks_of_the_functional_interface(mode: str) -> None:
    played = play(mode, fakes.functional)
    assert (played.asked, played.last) == ([["A", "B", "C"], ["D"], []], "<A> <B> <C> <D>")


@BOTH
@pytest.mark.parametrize("factory", [fakes.batch, fakes.gathered], ids=["threads", "event loop"])
def test_a_tool_called_with_several_inputs_at_once(mode: str, factory: Factory) -> None:
    played = play(mode, factory)
    assert (played.asked, played.last) == ([["A", "B", "C"], []], "<A> <B> <C>")


def test_a_tool_called_as_if_a_coroutine_were_none() -> None:
    assert play("interrupt", fakes.blocking).asked == [["A"], []]
    fails("rendezvous", fakes.blocking, "use ainvoke")


@BOTH
def test_answers_reach_their_calls_whatever_comes_first(mode: str) -> None:
    draw = random.Random(7)
    calls = [call(f"k{number}", f"K{number}") for number in range(5)]
    script = [says(*calls), says(call("k1", "L1"), call("k0", "L0")), says(text="done")]
    for _ in range(RUNS):
        played = play(mode, fakes.react(script, jitter=draw), patience=5.0)
        assert played.asked == [["K0", "K1", "K2", "K3", "K4"], ["L1", "L0"], []]
        answers = [each for each in played.messages if isinstance(each, ToolMessage)]
        assert [(each.tool_call_id, each.content) for each in answers] == [
            *((f"k{number}", f"<K{number}>") for number in range(5)),
            ("k1", "<L1>"),
            ("k0", "<L0>"),
        ]


@pytest.mark.parametrize(("mode", "patience"), [("interrupt", 0.25), ("rendezvous", 0.02)])
def test_branches_are_the_same_turns_whatever_comes_first(mode: str, patience: float) -> None:
    draw = random.Random(7)
    for _ in range(RUNS):
        factory = fakes.fan_out([["A", "B"], ["C"], ["D", "E"]], jitter=draw)
        played = play(mode, factory, patience=patience)
        assert played.asked == [["A", "C", "D"], ["B", "E"], []]
        assert played.last == "A -> <A>; B -> <B>; C -> <C>; D -> <D>; E -> <E>"


def test_sub_agents_that_meet_are_not_mixed_up() -> None:
    draw = random.Random(7)
    for _ in range(25):
        played = play("rendezvous", fakes.two_steps(draw), patience=0.02)
        assert played.asked == [["P1", "Q1", "R1"], ["P2", "Q2", "R2"], []]
        answers = [each for each in played.messages if isinstance(each, ToolMessage)]
        assert [each.content for each in answers] == [
            "P: P2=<P2>",
            "Q: Q2=<Q2>",
            "R: R2=<R2>",
        ]
