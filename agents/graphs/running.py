"""What both modes share: the graph made ready, run, and its failures in our words."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.errors import GraphRecursionError
from langgraph.types import StateSnapshot
from langsmith import tracing_context
from langsmith.run_trees import configure as configure_tracing

from tempt.agents.base import AgentError
from tempt.agents.graphs.base import (
    Factory,
    Graph,
    GraphOptions,
    Prepared,
    default_input,
    failed,
    prepare,
)
from tempt.agents.graphs.book import Book
from tempt.agents.graphs.declared import Hearing, heard_by
from tempt.agents.graphs.strict import StrictSerializer
from tempt.agents.graphs.tools import Desk, env_tools
from tempt.agents.graphs.watch import Watch
from tempt.envs.model import ModelError
from tempt.envs.transcript import Observation
from tempt.envs.world import TaskBrief

MAX_PARALLEL = 64
"""Most calls that can be under way together."""

OnTasks = Callable[[dict[str, Any]], None]


class Runner:
    """One graph in one episode: a saver of its own, strict; a thread id of its own; no tracing.

    Args:
        prepared: The graph and what it is started with.
        brief: The task.
        options: How it is run.
        watch: Told of all that happens.
        hearing: Told of what the graph states.
    """

    def __init__(
        self,
        prepared: Prepared,
        brief: TaskBrief,
        options: GraphOptions,
        watch: Watch,
        hearing: Hearing,
    ) -> None:
        # Nothing is read back within an episode whose graph runs in one go.
        kind = StrictSerializer if watch.interrupting else JsonPlusSerializer
        serde = kind(allowed_msgpack_modules=prepared.types or None)
        saver = InMemorySaver(serde=serde)
        self.graph: Graph = prepared.graph.copy(update={"checkpointer": saver})
        self.start = (prepared.start or default_input)(brief)
        self.config: RunnableConfig = {
            "configurable": {"thread_id": os.urandom(8).hex()},
            "recursion_limit": options.recursion_limit,
            "callbacks": [watch],
        }
        if not (self.graph.config or {}).get("max_concurrency"):
            self.config["max_concurrency"] = MAX_PARALLEL
        self._context = prepared.context
        self._hearing = hearing
        self.options = options
        self._loop: asyncio.Runner | None = None
        self.is_async = needs_loop(self.graph)

    def run(self, given: Any, on_tasks: OnTasks) -> None:
        """Run the graph on ``given`` until it interrupts or ends.

        Args:
            given: Its input, or a command to resume.
            on_tasks: Told when a task is about to begin, and when it is over.

        Raises:
            AgentError: It fails.
        """
        configure_tracing(enabled=False)
        with tracing_context(enabled=False), heard_by(self._hearing):
            try:
                if self.is_async:
                    self._in_loop(given, on_tasks)
                else:
                    self._in_thread(given, on_tasks)
            except AgentError:
                raise
            except GraphRecursionError as error:
                raise failed(
                    f"the graph took more than {self.options.recursion_limit} steps"
                ) from error
            except (Exception, SystemExit, GeneratorExit) as error:
                raise _in_our_words(error) from error

    def snapshot(self) -> StateSnapshot:
        """Where the graph stands.

        Raises:
            AgentError: It can't be read back.
        """
        try:
            return self.graph.get_state(self.config)
        except Exception as error:
            raise _in_our_words(error) from error

    def close(self) -> None:
        """End the event loop, if there is one."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _in_thread(self, given: Any, on_tasks: OnTasks) -> None:
        stream = self.graph.stream(
            given, self.config, context=self._context, stream_mode="tasks", durability="exit"
        )
        for event in stream:
            on_tasks(event)

    def _in_loop(self, given: Any, on_tasks: OnTasks) -> None:
        if self._loop is None:
            self._loop = asyncio.Runner()
            pool = ThreadPoolExecutor(MAX_PARALLEL)
            self._loop.get_loop().set_default_executor(pool)
        stream = self.graph.astream(
            given, self.config, context=self._context, stream_mode="tasks", durability="exit"
        )
        self._loop.run(_each(stream, on_tasks))


def make_runner(
    factory: Factory,
    brief: TaskBrief,
    options: GraphOptions,
    desk: Desk,
    hearing: Hearing,
) -> Runner:
    """The graph of ``factory``, ready to run.

    Raises:
        AgentError: The factory fails.
    """
    configure_tracing(enabled=False)
    try:
        with tracing_context(enabled=False):
            prepared = prepare(factory, env_tools(brief.tools, desk))
            return Runner(prepared, brief, prepared.options or options, desk.watch, hearing)
    except AgentError:
        raise
    except Exception as error:
        raise _in_our_words(error) from error


def needs_loop(graph: Graph) -> bool:
    """Whether a node of ``graph``, or of a graph within it, is a coroutine function alone."""
    graphs = [graph, *(inner for _, inner in graph.get_subgraphs(recurse=True))]
    return any(
        getattr(node.bound, "func", node) is None and getattr(node.bound, "afunc", None) is not None
        for each in graphs
        for node in getattr(each, "nodes", {}).values()
    )


def match(book: Book, observations: tuple[Observation, ...]) -> None:
    """Note the answers.

    Raises:
        AgentError: They are not those to the last turn's calls.
    """
    try:
        book.answer(observations)
    except ValueError as error:
        raise failed(f"{len(observations)} answers do not fit the last turn's calls") from error


async def _each(stream: AsyncIterator[Any], on_tasks: OnTasks) -> None:
    async for event in stream:
        on_tasks(event)


def _in_our_words(error: BaseException) -> AgentError:
    """A model's error keeps its ending; anything else is the adapter's."""
    cause: BaseException | None = error
    for _ in range(20):
        if isinstance(cause, ModelError | AgentError):
            return AgentError(str(cause), cause.ended_by, transient=cause.transient)
        if cause is None:
            break
        cause = cause.__cause__ or cause.__context__
    return failed(f"{type(error).__name__}: {error}")
