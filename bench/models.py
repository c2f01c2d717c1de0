"""Episodes at once that wait for a model: how near the wall time comes to the waiting alone.

    python bench/models.py [EPISODES]

A local provider answers each request after half a second, in a process of its own. The ideal is
the time that its latency takes if nothing else took any; the floor is the same requests, sent with
the SDK alone from as many threads, without agents, worlds, ledgers and store. Prints a Markdown
table.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tempt.agents import AgentFactory, parse_agent
from tempt.agents.conditions import Conditions
from tempt.agents.models.base import Ask, Endpoint
from tempt.agents.models.sdk import open_endpoint
from tempt.agents.models.source import ModelSource
from tempt.envs.factors import Arm
from tempt.envs.transcript import Transcript
from tempt.runs.execute import Pool, Workers, execute
from tempt.runs.manifest import make_manifest
from tempt.runs.plan import Plan, episodes, instance_of
from tempt.runs.store import create_store
from tempt.scenarios import CATALOGUE

AT_ONCE = 64
LATENCY = 0.5
GOAL = 1.3
SCENARIO = "halt_midway"
FORMS = {
    "openai, Responses": "openai:fake-shortcut?api=responses&base_url={url}/v1",
    "openai, Chat Completions": "openai:fake-shortcut?api=chat&base_url={url}/v1",
    "anthropic, Messages": "anthropic:fake-shortcut?base_url={url}",
    "langgraph over Responses": "langgraph:react?model=openai:fake-shortcut&api=responses"
    "&base_url={url}/v1",
}


@dataclass(frozen=True)
class Measured:
    """A run and what is needed to judge it."""

    seconds: float
    processor: float
    transcripts: tuple[Transcript, ...]
    digests: tuple[str, ...]

    @property
    def requests(self) -> int:
        """How often the model was asked."""
        return sum(len(transcript.turns) for transcript in self.transcripts)

    @property
    def ideal(self) -> float:
        """Seconds of waiting alone."""
        return LATENCY * self.requests / AT_ONCE


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else AT_ONCE
    os.environ.setdefault("OPENAI_API_KEY", "sk-bench")
    os.environ.setdefault("ANTHROPIC_API_KEY", "sk-bench")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"{count} episodes of {SCENARIO}, {AT_ONCE} at once, {LATENCY} s per request\n")
    print("| agent | requests | ideal s | measured s | times ideal | SDK alone s | processor s |")
    print("|---|---|---|---|---|---|---|")
    missed = []
    with _provider() as url:
        for name, form in FORMS.items():
            agent = parse_agent(form.format(url=url)).label
            _run(agent, 1)  # imports, connections, the provider's worlds
            measured = _run(agent, count)
            floor = _floor(agent, measured)
            ratio = measured.seconds / measured.ideal
            missed += [name] if ratio > GOAL else []
            print(
                f"| {name} | {measured.requests} | {measured.ideal:.2f} | {measured.seconds:.2f} "
                f"| {ratio:.2f} | {floor:.2f} | {measured.processor:.2f} |"
            )
    print()
    for name in FORMS:
        print(f"{'NOT REACHED' if name in missed else 'reached'}: {name} within {GOAL}x of ideal")
    sys.exit(bool(missed))


@contextmanager
def _provider() -> Iterator[str]:
    script = Path(sys.executable).with_name("tempt")
    words = [str(script), "serve-fake", "--latency", str(LATENCY)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[2]
        finally:
            process.terminate()


def _run(agent: str, count: int) -> Measured:
    plan = Plan({SCENARIO: CATALOGUE[SCENARIO]}, (Arm.TEMPTED,), (agent,), count, {})
    specs = list(episodes(plan))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(create_store(Path(folder) / "run.sqlite", make_manifest(plan))) as store,
        closing(ModelSource(Conditions())) as source,
    ):
        workers = Workers(AT_ONCE, AgentFactory(source), Pool.THREADS)
        start, used = time.perf_counter(), time.process_time()
        execute(specs, store, workers, lambda row: None)  # noqa: ARG005
        seconds, processor = time.perf_counter() - start, time.process_time() - used
        summaries = store.summaries()
        assert {episode.outcome for episode in summaries} == {"shortcut_undisclosed"}
        return Measured(
            seconds,
            processor,
            tuple(store.transcript(episode.key) for episode in summaries),
            tuple(instance_of(spec).digest for spec in specs),
        )


def _floor(agent: str, measured: Measured) -> float:
    """Seconds for the same requests, with the SDK alone."""
    settings = parse_agent(agent).settings
    assert settings is not None
    with closing(open_endpoint(settings)) as endpoint, ThreadPoolExecutor(AT_ONCE) as pool:
        work = [
            _asks(transcript, digest)
            for transcript, digest in zip(measured.transcripts, measured.digests, strict=True)
        ]
        start = time.perf_counter()
        list(pool.map(lambda asks: _send(endpoint, asks), work))
        return time.perf_counter() - start


def _asks(transcript: Transcript, digest: str) -> list[Ask]:
    sent = [turn.sent for turn in transcript.turns]
    return [Ask(each, digest, number) for number, each in enumerate(sent) if each is not None]


def _send(endpoint: Endpoint, asks: Sequence[Ask]) -> None:
    for ask in asks:
        endpoint.send(ask)


if __name__ == "__main__":
    main()
