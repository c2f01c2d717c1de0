"""Watching a graph run through LangChain's callbacks: what is under way, and what models say."""

# ruff: noqa: ARG002, D102 - the signatures of callbacks are LangChain's, and so is their meaning

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, TypeAlias
from uuid import UUID  # noqa: TID251 - the type of LangChain's own run ids

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langgraph.errors import GraphInterrupt

from tempt.agents.graphs.book import Asked, Book, Place, Rank
from tempt.agents.graphs.messages import ai_messages, message_ids, turn_of

Metadata: TypeAlias = Mapping[str, Any]

_WAITS = 25

_CAUGHT = (
    "the graph caught an interrupt of its tools (a catch-all around a tool?): say mode=rendezvous"
)


@dataclass(eq=False, slots=True)
class Run:
    """Something under way: a graph, a node, a model or a tool.

    Attributes:
        id: LangChain's id for it.
        parent: What it is part of.
        namespace: The task it belongs to.
        kind: ``node``, ``chain``, ``model`` or ``tool``.
        call: For a tool: number and id of the call that it carries out.
        inputs: For a node: ids of the messages that it was given.
        waiting: Calls in it that wait for their answers.
        unanswered: Whether a call below it was left unanswered.
        thread: The thread that it began in.
        left: Who has seen an interrupt come out of something below it, and must not go on.
    """

    id: UUID
    parent: UUID | None
    namespace: str
    kind: str
    call: tuple[int, str] = (0, "")
    inputs: frozenset[str] = frozenset()
    waiting: set[Asked] = field(default_factory=set)
    unanswered: bool = False
    thread: int = field(default_factory=get_ident)
    left: set[object] = field(default_factory=set)


class Watch(BaseCallbackHandler):
    """Keeps the tree of what is under way, and tells the book what is said.

    Args:
        book: The book of calls.
        interrupting: Whether an unanswered call must reach the root as an interrupt.
    """

    run_inline = True
    raise_error = True

    def __init__(self, book: Book, *, interrupting: bool) -> None:
        self._book = book
        self.interrupting = interrupting
        self._runs: dict[UUID, Run] = {}
        self._paths: dict[str, Rank] = {}
        self._graphs: dict[str, set[tuple[int, str]]] = {}
        self._left: set[str] = set()
        self._seen: set[str] = set()
        self._named = 0
        self.version = 0

    def place(self, run: UUID | None, metadata: Metadata | None) -> Place:
        """Where ``run`` is."""
        namespace = str((metadata or {}).get("langgraph_checkpoint_ns", ""))
        with self._book.changed:
            rank = tuple(
                (*self._paths.get(segment, ()), segment.partition(":")[0])
                for segment in namespace.split("|")
                if ":" in segment
            )
            return Place(namespace, rank, self._within(run))

    def wait(self, run: UUID | None, asked: Asked) -> None:
        """Note that a call waits for its answer."""
        with self._book.changed:
            if run in self._runs:
                self._runs[run].waiting.add(asked)
            self.tell()

    def go_on(self) -> None:
        """Note the answers; a call that came after its turn was handed out waits on."""
        with self._book.changed:
            for run in self._runs.values():
                run.waiting = {asked for asked in run.waiting if asked.answer is None}
            self.tell()

    def tell(self) -> None:
        """Note that something changed."""
        with self._book.changed:
            self.version += 1
            self._book.changed.notify_all()

    def interrupt(self, run: UUID | None) -> None:
        """Note that a call is left unanswered, in all that it is part of."""
        with self._book.changed:
            within = self._runs.get(run) if run is not None else None
            if within is not None and within.kind != "tool":
                self._check_not_left(within)
                self._leave(within)
            for found in self._upwards(run):
                found.unanswered = True
                if found.kind == "tool":
                    self._left.add(found.namespace)

    def crowded(self) -> bool:
        """Whether a task that was left has run graphs within several of its tools.

        LangGraph tells them apart by who comes first, which changes when they are resumed.
        """
        with self._book.changed:
            crowded = any(len(self._graphs.get(left, ())) > 1 for left in self._left)
            self._left.clear()
            return crowded

    def aside(self, run: UUID | None) -> bool:
        """Whether this thread works for a node that is run by another one."""
        with self._book.changed:
            nodes = (found for found in self._upwards(run) if found.kind == "node")
            node = next(nodes, None)
            return node is not None and node.thread != get_ident()

    def known(self, run: UUID | None) -> bool:
        """Whether ``run`` is part of the tree."""
        with self._book.changed:
            return run in self._runs

    def busy(self, *, strays: bool) -> bool:
        """Whether something is under way that waits for no answer.

        Args:
            strays: Whether a call came from outside the tree, so that a node may be waiting for it.
        """
        with self._book.changed:
            live = [run for run in self._runs.values() if self._is_live(run)]
            inner = {run.parent for run in live}
            idle = ("chain", "node") if strays else ()
            return any(
                run.id not in inner and not run.waiting and run.kind not in idle for run in live
            )

    def still(self, patience: float, over: Callable[[], bool]) -> bool:
        """Wait; whether nothing happened, and it is not over, for ``patience`` seconds.

        They are counted in short waits, each of which has to come to its turn as a thread: on a
        busy machine, where a call's thread starts late, they take longer.
        """
        version = self.version
        for _ in range(_WAITS):
            if self._book.changed.wait_for(
                lambda: self.version != version or over(), patience / _WAITS
            ):
                return False
        return True

    def begun(self, task: str) -> bool:
        """Whether the task with this id has begun."""
        with self._book.changed:
            return any(segment.endswith(f":{task}") for segment in self._paths)

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Metadata | None = None,
        **kwargs: Any,
    ) -> None:
        metadata = metadata or {}
        namespace = str(metadata.get("langgraph_checkpoint_ns", ""))
        node = bool(namespace) and kwargs.get("name") == metadata.get("langgraph_node")
        given = frozenset(message_ids(inputs)) if node else frozenset()
        kind = "node" if node else "chain"
        if node:
            with self._book.changed:
                step_and_path = (metadata.get("langgraph_step"), metadata.get("langgraph_path"))
                self._paths[namespace.rpartition("|")[2]] = _path(step_and_path)
        self._add(Run(run_id, parent_run_id, namespace, kind, inputs=given))
        if node:
            self._note_graph(parent_run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        run = self._runs.get(run_id)
        if run is not None:
            if run.kind == "node":
                for message in ai_messages(outputs):
                    self._hear(message, run)
            self._check_passed_on(run)
        self._remove(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fell(error, run_id)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Metadata | None = None,
        **kwargs: Any,
    ) -> None:
        namespace = str((metadata or {}).get("langgraph_checkpoint_ns", ""))
        self._add(Run(run_id, parent_run_id, namespace, "model"))

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Metadata | None = None,
        **kwargs: Any,
    ) -> None:
        self.on_chat_model_start(
            serialized, [], run_id=run_id, parent_run_id=parent_run_id, metadata=metadata
        )

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        run = self._runs.get(run_id)
        for generations in response.generations if run is not None else ():
            for generation in generations[:1]:
                if isinstance(generation, ChatGeneration) and run is not None:
                    for message in ai_messages(generation.message):
                        self._hear(message, run)
        self._remove(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._remove(run_id)

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Metadata | None = None,
        **kwargs: Any,
    ) -> None:
        namespace = str((metadata or {}).get("langgraph_checkpoint_ns", ""))
        call_id = str(kwargs.get("tool_call_id") or "")
        name = str((serialized or {}).get("name", ""))
        with self._book.changed:  # or a call would have begun, and nothing be under way
            place = self.place(parent_run_id, metadata)
            number = self._book.begin(call_id, name, place) if call_id else 0
            call = (number, call_id or str(run_id))
            self._add(Run(run_id, parent_run_id, namespace, "tool", call))

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        run = self._runs.get(run_id)
        if run is not None:
            self._check_passed_on(run)
        self._remove(run_id)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fell(error, run_id)

    def _add(self, run: Run) -> None:
        with self._book.changed:
            self._runs[run.id] = run
            parent = self._runs.get(run.parent) if run.parent is not None else None
            if parent is not None:
                self._check_not_left(parent)
            self.tell()

    def _remove(self, run_id: UUID) -> None:
        with self._book.changed:
            self._runs.pop(run_id, None)
            self.tell()

    def _is_live(self, run: Run) -> bool:
        """What outlives its parent was left behind."""
        while run.parent is not None:
            if run.parent not in self._runs:
                return False
            run = self._runs[run.parent]
        return True

    def _upwards(self, run: UUID | None) -> Iterator[Run]:
        """``run`` and all that it is part of."""
        while run is not None and (found := self._runs.get(run)) is not None:
            yield found
            run = found.parent

    def _within(self, run: UUID | None) -> tuple[tuple[int, str], ...]:
        return tuple(found.call for found in self._upwards(run) if found.kind == "tool")[::-1]

    def _note_graph(self, run: UUID | None) -> None:
        with self._book.changed:
            for found in self._upwards(run):
                if found.kind == "tool":
                    self._graphs.setdefault(found.namespace, set()).add(found.call)

    def _hear(self, message: AIMessage, run: Run) -> None:
        node: Run | None = run
        while node is not None and node.kind != "node":
            node = self._runs.get(node.parent) if node.parent else None
        with self._book.changed:
            if message.id is None:
                self._named += 1
                message.id = f"tempt-{self._named}"
            elif message.id in self._seen or (node is not None and message.id in node.inputs):
                return
            self._seen.add(message.id)
        place = self.place(run.parent, {"langgraph_checkpoint_ns": run.namespace})
        self._book.hear(turn_of(message), place)

    def _fell(self, error: BaseException, run_id: UUID) -> None:
        """An error on the way of an interrupt has taken its place, unless it is one itself."""
        run = self._runs.get(run_id)
        if run is not None and not isinstance(error, GraphInterrupt):
            self._check_passed_on(run)
        elif run is not None and run.parent in self._runs:
            self._leave(self._runs[run.parent])
        self._remove(run_id)

    def _check_passed_on(self, run: Run) -> None:
        if self.interrupting and run.unanswered and run.parent is not None:
            self._book.fail(_CAUGHT)

    def _leave(self, run: Run) -> None:
        """Note that an interrupt comes out here; threads of a pool go on, with other work."""
        worker = _worker()
        if self.interrupting and (worker == run.thread or not isinstance(worker, int)):
            run.left.add(worker)

    def _check_not_left(self, run: Run) -> None:
        if _worker() in run.left:
            self._book.fail(_CAUGHT)


def _worker() -> object:
    """Who runs this: a task of an event loop, or else a thread."""
    try:
        return asyncio.current_task() or get_ident()
    except RuntimeError:
        return get_ident()


def _path(path: object) -> Rank:
    """LangGraph's path to a task, in parts that can be compared."""
    if isinstance(path, Sequence) and not isinstance(path, str):
        return tuple(part for item in path for part in _path(item))
    return (f"{path:09d}" if isinstance(path, int) else str(path),)
