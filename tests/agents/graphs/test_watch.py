"""What is under way is known as soon as it is known to have begun."""

from __future__ import annotations

import time
from threading import Thread
from uuid import UUID  # noqa: TID251 - the type of LangChain's own run ids

from tempt.agents.graphs.book import Book, Place
from tempt.agents.graphs.watch import Run, Watch
from tempt.envs.transcript import ModelTurn, Reasoning, ReasoningKind, ToolCall


class SlowWatch(Watch):
    """Takes its time between hearing of a call and noting it, as a thread on a busy machine."""

    def _add(self, run: Run) -> None:
        time.sleep(0.05)
        super()._add(run)


def test_a_call_that_has_begun_is_under_way_at_once() -> None:
    book = Book(["shell"], replays=False)
    watch = SlowWatch(book, interrupting=False)
    call = ToolCall("k0", "shell", "{}")
    book.hear(ModelTurn(Reasoning(ReasoningKind.NONE), calls=(call,)), Place())
    with book.changed:
        starting = Thread(
            target=watch.on_tool_start,
            args=({"name": "shell"}, "{}"),
            kwargs={"run_id": UUID(int=1), "tool_call_id": "k0"},
        )
        starting.start()
        assert book.changed.wait(5.0)
        assert watch.busy(strays=False)
    starting.join()
