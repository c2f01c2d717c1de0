"""A graph that runs in a thread of its own, whose tools wait for their answers."""

from __future__ import annotations

import asyncio
import contextvars
from threading import Thread
from typing import Any
from uuid import UUID  # noqa: TID251 - the type of LangChain's own run ids

from tempt.agents.base import AgentError
from tempt.agents.graphs.base import Factory, GraphOptions, failed
from tempt.agents.graphs.book import Abandoned, Asked, Book, Place
from tempt.agents.graphs.running import Runner, make_runner, match
from tempt.agents.graphs.tools import here
from tempt.agents.graphs.watch import Watch
from tempt.envs.transcript import ModelTurn, Observation, ToolCall
from tempt.envs.world import TaskBrief

_TICK = 0.005
_LOOK_AGAIN = 1.0
_LEAVE = 5.0
_SURELY_BEGUN = 5.0


class _Desk:
    """Holds a call until it is answered, or everyone is sent home."""

    def __init__(self, book: Book, watch: Watch) -> None:
        self.watch = watch
        self.closed = False
        self.strays: set[Asked] = set()
        self._book = book

    def carry_out(self, call: ToolCall, place: Place, run: UUID | None) -> Observation:
        """The answer, when it is there."""
        if _in_event_loop():
            raise self._book.fail(f"{call.name} was called within an event loop: use ainvoke")
        asked = self._come(call, place, run)
        with self._book.changed:
            self._book.changed.wait_for(lambda: self._over(asked))
        return self._take(asked)

    async def acarry_out(self, call: ToolCall, place: Place, run: UUID | None) -> Observation:
        """The same without holding up the event loop."""
        asked = self._come(call, place, run)
        while not self._over(asked):
            await asyncio.sleep(_TICK)
        return self._take(asked)

    def close(self) -> None:
        """Send everyone home."""
        with self._book.changed:
            self.closed = True
            self._book.changed.notify_all()

    def _come(self, call: ToolCall, place: Place, run: UUID | None) -> Asked:
        with self._book.changed:
            if self.closed:
                raise Abandoned
            asked = self._book.ask(call, place)
            if asked.answer is None:
                if not self.watch.known(run):
                    self.strays.add(asked)
                self.watch.wait(run, asked)
            return asked

    def _take(self, asked: Asked) -> Observation:
        with self._book.changed:
            self.strays.discard(asked)
            return self._book.take(asked)

    def _over(self, asked: Asked) -> bool:
        if self.closed or self._book.failure is not None:
            raise Abandoned
        return asked.answer is not None


class RendezvousAgent:
    """A LangGraph graph in a thread, whose tools wait until the environment has answered.

    Args:
        factory: Gives the graph, from the scenario's tools.
        options: How it is run.
    """

    def __init__(self, factory: Factory, options: GraphOptions | None = None) -> None:
        self._factory = factory
        self._options = options or GraphOptions()
        self._runner: Runner | None = None
        self._thread: Thread | None = None
        self._ended = False
        self._error: AgentError | None = None
        self._unbegun: set[str] = set()

    def begin(self, brief: TaskBrief) -> None:
        """Take the task.

        Raises:
            AgentError: There is no graph.
        """
        names = [tool.name for tool in brief.tools]
        self._book = Book(names, replays=False)
        self._watch = Watch(self._book, interrupting=False)
        self._desk = _Desk(self._book, self._watch)
        self._runner = make_runner(self._factory, brief, self._options, self._desk, self)
        self._options = self._runner.options
        self._book.grouping = self._options.grouping

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """Let the graph run until it waits for answers, or ends.

        Raises:
            AgentError: It can't be measured.
        """
        if self._runner is None:
            raise RuntimeError("begin() comes before act()")
        with self._book.changed:
            match(self._book, observations)
            self._watch.go_on()
            if self._thread is None:
                self._thread = self._start(self._runner)
            self._settle()
            error = self._book.failure or self._error
            if error is not None:
                raise error
            if self._ended and self._book.pending():
                raise failed("the graph ended while one of its calls waited for an answer")
            return self._book.issue()

    def close(self) -> None:
        """End the graph: its tools raise what no ordinary handler catches."""
        if self._thread is None:
            return
        self._desk.close()
        self._thread.join(_LEAVE)

    def declare(self, turn: ModelTurn) -> None:
        """Take a turn that the graph states."""
        self._book.declare(turn, here(self._watch)[0])

    def carry_out(self, call: ToolCall) -> Observation:
        """Have a call carried out for a node that does without LangChain's tools."""
        return self._desk.carry_out(call, *here(self._watch))

    def _start(self, runner: Runner) -> Thread:
        context = contextvars.copy_context()
        thread = Thread(
            target=context.run, args=(self._live, runner), name="tempt-graph", daemon=True
        )
        thread.start()
        return thread

    def _live(self, runner: Runner) -> None:
        """The graph's whole life, in its thread."""
        error: AgentError | None = None
        try:
            runner.run(runner.start, self._note)
            snapshot = runner.snapshot()
            if snapshot.next or snapshot.interrupts:
                error = failed("the graph has interrupts of its own, which nobody here can answer")
        except Abandoned:
            error = failed("the graph was sent home")
        except AgentError as raised:
            error = raised
        finally:
            with self._book.changed:
                self._ended, self._error = True, error
                self._book.changed.notify_all()
            runner.close()

    def _note(self, event: dict[str, Any]) -> None:
        """Tasks are told of before they begin, so that none is overlooked."""
        with self._book.changed:
            if "input" in event:
                self._unbegun.add(event["id"])
            else:
                self._unbegun.discard(event["id"])
            self._watch.tell()

    def _settle(self) -> None:
        """Wait until nothing moves any more but what waits for an answer."""
        changed = self._book.changed
        while not self._is_over():
            if not self._is_quiet():
                changed.wait(_LOOK_AGAIN)
            elif self._is_complete() or not self._moves():
                return

    def _moves(self) -> bool:
        """Whether anything happens within the time that calls may take to come."""
        patience = _SURELY_BEGUN if self._unbegun else self._options.patience
        self._unbegun.clear()
        return not self._watch.still(patience, self._is_over)

    def _is_over(self) -> bool:
        return self._ended or self._book.failure is not None

    def _is_quiet(self) -> bool:
        waiting = bool(self._book.pending())
        return waiting and not self._watch.busy(strays=bool(self._desk.strays))

    def _is_complete(self) -> bool:
        """Whether no other call can come: every task and every call has begun."""
        self._unbegun = {task for task in self._unbegun if not self._watch.begun(task)}
        if self._unbegun or self._desk.strays:
            return False
        pending = self._book.pending()
        return all(self._book.all_begun(asked) and not asked.place.parents for asked in pending)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
