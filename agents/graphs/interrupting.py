"""A graph that interrupts itself at every tool call, and is resumed with the answers."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID  # noqa: TID251 - the type of LangChain's own run ids

from langgraph.types import Command, interrupt

from tempt.agents.graphs.base import Factory, GraphOptions, failed
from tempt.agents.graphs.book import Abandoned, Asked, Book, Place
from tempt.agents.graphs.running import Runner, make_runner, match
from tempt.agents.graphs.tools import here
from tempt.agents.graphs.watch import Watch
from tempt.envs.transcript import ModelTurn, Observation, ToolCall
from tempt.envs.world import TaskBrief

_OURS = {"tempt": "a tool waits for its answer"}
_TICK = 0.005


class _Desk:
    """Answers a call from the book, or interrupts the graph."""

    def __init__(self, book: Book, watch: Watch) -> None:
        self.watch = watch
        self.patience = 0.0
        self._book = book

    def carry_out(self, call: ToolCall, place: Place, run: UUID | None) -> Observation:
        """The answer; never returns before there is one."""
        asked = self._book.ask(call, place)
        if asked.answer is None and (call.id or self.watch.aside(run)):
            self._wait(asked)
        return self._answer(asked, run)

    async def acarry_out(self, call: ToolCall, place: Place, run: UUID | None) -> Observation:
        """The same without holding up the event loop."""
        asked = self._book.ask(call, place)
        patience = self.patience if call.id else 0.0
        version, until = self.watch.version, time.monotonic() + patience
        while not self._settled(asked) and time.monotonic() < until:
            await asyncio.sleep(_TICK)
            if self.watch.version != version:
                version, until = self.watch.version, time.monotonic() + patience
        return self._answer(asked, run)

    def _wait(self, asked: Asked) -> None:
        """Wait until nothing has happened for as long as calls may take to come."""
        with self._book.changed:
            while not self._settled(asked):
                if self.watch.still(self.patience, lambda: self._settled(asked)):
                    return

    def _settled(self, asked: Asked) -> bool:
        """Whether nothing is lost by an interrupt: a node that is left drops calls not begun."""
        failed_already = self._book.failure is not None
        return asked.answer is not None or failed_already or self._book.all_begun(asked)

    def _answer(self, asked: Asked, run: UUID | None) -> Observation:
        """What `interrupt` returns belongs to whichever call came first, so it is ignored."""
        if asked.answer is None:
            self.watch.interrupt(run)
        while asked.answer is None:
            try:
                interrupt(_OURS)
            except (RuntimeError, KeyError) as error:
                raise self._book.fail(
                    f"{asked.call.name} was called outside of the graph's threads "
                    f"({type(error).__name__}): say mode=rendezvous"
                ) from error
        return self._book.take(asked)


class GraphAgent:
    """A LangGraph graph that interrupts for its tools.

    Args:
        factory: Gives the graph, from the scenario's tools.
        options: How it is run.
    """

    def __init__(self, factory: Factory, options: GraphOptions | None = None) -> None:
        self._factory = factory
        self._options = options or GraphOptions()
        self._runner: Runner | None = None
        self._given: Any = None

    def begin(self, brief: TaskBrief) -> None:
        """Take the task.

        Raises:
            AgentError: There is no graph.
        """
        names = [tool.name for tool in brief.tools]
        self._book = Book(names, replays=True)
        self._watch = Watch(self._book, interrupting=True)
        self._desk = _Desk(self._book, self._watch)
        self._runner = make_runner(self._factory, brief, self._options, self._desk, self)
        self._book.grouping = self._runner.options.grouping
        self._desk.patience = self._runner.options.patience
        self._given = self._runner.start

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """Run the graph until it interrupts or ends.

        Raises:
            AgentError: It can't be measured.
        """
        if self._runner is None:
            raise RuntimeError("begin() comes before act()")
        match(self._book, observations)
        self._book.new_round()
        try:
            self._runner.run(self._given, lambda _: None)
        except Abandoned:
            pass
        except Exception:
            if self._book.failure is None:
                raise
        if self._book.failure is not None:
            raise self._book.failure
        self._given = self._resumption(self._runner)
        return self._book.issue()

    def close(self) -> None:
        """Give back the event loop, if the graph needed one."""
        if self._runner is not None:
            self._runner.close()

    def declare(self, turn: ModelTurn) -> None:
        """Take a turn that the graph states."""
        self._book.declare(turn, here(self._watch)[0])

    def carry_out(self, call: ToolCall) -> Observation:
        """Have a call carried out for a node that does without LangChain's tools."""
        return self._desk.carry_out(call, *here(self._watch))

    def _resumption(self, runner: Runner) -> Any:
        """How the graph goes on after this turn.

        Raises:
            AgentError: It waits for something other than its tools, or not at all.
        """
        snapshot = runner.snapshot()
        if any(pending.value != _OURS for pending in snapshot.interrupts):
            raise failed("the graph has interrupts of its own, which nobody here can answer")
        if self._watch.crowded() or _several_graphs(self._book.pending()):
            raise failed(
                "graphs ran side by side within one task, which LangGraph mixes up when it "
                "resumes them: say mode=rendezvous"
            )
        waiting = bool(self._book.pending())
        if waiting and not snapshot.interrupts:
            raise failed("the graph went on without the answers to its calls")
        if not waiting and (snapshot.interrupts or snapshot.next):
            raise failed(f"the graph stopped at {', '.join(snapshot.next)} and called no tool")
        return Command(resume={pending.id: True for pending in snapshot.interrupts})


def _several_graphs(pending: list[Asked]) -> bool:
    """Whether one task ran several graphs that all wait: they carry numbers, not names."""
    graphs: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for asked in pending:
        graph = asked.place.parents
        numbered = len(graph)
        while numbered and ":" not in graph[numbered - 1]:
            numbered -= 1
        graphs.setdefault(graph[:numbered], set()).add(graph)
    return any(len(each) > 1 for each in graphs.values())
