"""Carrying a plan out: workers run episodes, one writer stores them.

Scripted agents are bound by the processor, so they run in spawned processes; agents that wait for
a model run in threads. Rows come back finished; the store is written by this process alone. An
interrupt stops handing out work, and what is being run is still stored.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import islice

from tempt.agents import AgentFactory, parse_agent
from tempt.runs.episode import run_episode
from tempt.runs.rows import Row, to_row
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import RunStore
from tempt.runs.worker import begin_worker
from tempt.sandbox import provider

CHUNK = 12
"""Episodes per task of a process: enough to make the hand-over cheap, few enough to lose little.

A thread is handed one at a time, as an episode that waits for a model may take minutes.
"""

SMALL = 24
"""Plans up to this size run in this process: starting workers would take longer."""


MODEL_WORKERS = 16
"""Episodes at once where nothing is said and models are asked: they wait most of the time."""

Run = Callable[[Sequence[EpisodeSpec]], list[Row]]
Start = Callable[[], Future[list[Row]]]


class WorkersDiedError(Exception):
    """A worker process ended without an answer; what had finished is stored."""


class Pool(StrEnum):
    """Where episodes run."""

    HERE = "here"
    THREADS = "threads"
    PROCESSES = "processes"


def choose_pool(specs: Sequence[EpisodeSpec], workers: int) -> Pool:
    """Threads for agents that wait for a model, processes for those that need the processor."""
    if workers == 1:
        return Pool.HERE
    if model_bound(spec.cell.agent for spec in specs):
        return Pool.THREADS
    return Pool.HERE if len(specs) <= SMALL else Pool.PROCESSES


def model_bound(agents: Iterable[str]) -> bool:
    """Whether any of ``agents`` waits for a model most of the time."""
    return any(parse_agent(agent).model_bound for agent in set(agents))


@dataclass(frozen=True, slots=True)
class Workers:
    """Who runs episodes.

    Attributes:
        count: How many at once; one runs everything here.
        agents: Makes the agents in this process; worker processes make scripted ones themselves.
        pool: Where episodes run; chosen by the agents where nothing is said.
    """

    count: int
    agents: AgentFactory = field(default_factory=AgentFactory)
    pool: Pool | None = None


def execute(
    specs: Sequence[EpisodeSpec], store: RunStore, workers: Workers, on_row: Callable[[Row], None]
) -> None:
    """Run every episode of ``specs`` and store it.

    Args:
        specs: What to run.
        store: Where to.
        workers: Who runs it.
        on_row: Told of every episode once it is stored.

    Raises:
        KeyboardInterrupt: Interrupted; what was running has been stored.
        WorkersDiedError: The workers died.
    """

    def keep(row: Row) -> None:
        store.add(row)
        on_row(row)

    pool = workers.pool or choose_pool(specs, workers.count)
    if pool is Pool.HERE:
        for spec in specs:
            keep(_run(spec, workers.agents))
        return
    size, run = (CHUNK, _run_there) if pool is Pool.PROCESSES else (1, _here(workers.agents))
    chunks = [specs[start : start + size] for start in range(0, len(specs), size)]
    with _open_pool(pool, workers.count) as executor:
        tasks = (partial(executor.submit, run, chunk) for chunk in chunks)
        try:
            _spread(tasks, workers, keep)
        except BrokenProcessPool as error:
            raise WorkersDiedError(
                "a worker process died; what had finished is stored and can be resumed"
            ) from error


def _open_pool(pool: Pool, workers: int) -> Executor:
    if pool is Pool.THREADS:
        return ThreadPoolExecutor(max_workers=workers)
    return ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=begin_worker,
    )


def default_workers() -> int:
    """One worker per processor."""
    return os.cpu_count() or 1


def _spread(tasks: Iterator[Start], workers: Workers, keep: Callable[[Row], None]) -> None:
    """Keep every worker busy with little queued, and store rows as they come."""
    running: set[Future[list[Row]]] = set()
    try:
        with _no_interrupt():
            running |= {start() for start in islice(tasks, workers.count * 2)}
        while running:
            done = wait(running, return_when=FIRST_COMPLETED).done
            with _no_interrupt():
                for future in done:
                    running.remove(future)
                    _store(future, keep)
                    running |= {start() for start in islice(tasks, 1)}
    except BaseException as error:
        # What can't be stored should not be paid for.
        workers.agents.stop()
        for future in running:
            future.cancel()
        if isinstance(error, KeyboardInterrupt):
            for future in wait(running).done:
                if not future.cancelled():
                    _store(future, keep)
        raise


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold an interrupt back until the block has been left.

    Processes that start within it are not interrupted either: the mask is inherited. It is this
    thread's only, and libraries have threads of their own; what reaches them is noted instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # interrupts are the main thread's
        return
    noted: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))  # noqa: ARG005
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if noted:
            signal.raise_signal(signal.SIGINT)


def _store(future: Future[list[Row]], keep: Callable[[Row], None]) -> None:
    for row in future.result():
        keep(row)


def _here(agents: AgentFactory) -> Run:
    """What a thread does."""
    return lambda specs: [_run(spec, agents) for spec in specs]


def _run_there(specs: Sequence[EpisodeSpec]) -> list[Row]:
    """What a process does."""
    agents = AgentFactory()
    rows = [_run(spec, agents) for spec in specs]
    gc.collect()
    gc.freeze()  # what is still there are modules and caches: nothing to go through every time
    return rows


def _run(spec: EpisodeSpec, agents: AgentFactory) -> Row:
    return to_row(run_episode(spec, provider(spec.sandbox), agents))
