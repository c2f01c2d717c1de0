"""inspect-ai's Docker sandbox, driven by bench/sandbox.py.

    PEER_PYTHON bench/inspect_peer.py < requests

Runs under a Python that has inspect-ai; knows nothing of tempt. Reads one JSON request a line,
does it, and answers in one line. The sandbox object is used as an eval uses it: `sample_init`,
`exec` with `bash --login -c`, `sample_cleanup`, one compose project an episode.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from inspect_ai import Task, task  # type: ignore[import-not-found]
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample  # type: ignore[import-not-found]
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # type: ignore[import-not-found]
from inspect_ai.solver import generate, use_tools  # type: ignore[import-not-found]
from inspect_ai.tool import bash  # type: ignore[import-not-found]
from inspect_ai.util._sandbox.docker import docker  # type: ignore[import-not-found]

TASK = "tape"
Docker = docker.DockerSandboxEnvironment


class Peer:
    """The sandbox object, and evals on it.

    Args:
        compose: The compose file.
        tape: The commands of an episode.
    """

    def __init__(self, compose: str, tape: Sequence[str]) -> None:
        self._compose = compose
        self._tape = tape

    async def hello(self) -> dict[str, Any]:
        """Check the engine and the image, as an eval does once."""
        await Docker.task_init(TASK, self._compose)
        return {"version": importlib.metadata.version("inspect_ai")}

    async def episode(self, cycles: int = 1, file: str = "", rounds: int = 0) -> dict[str, Any]:
        """One sandbox: the tape ``cycles`` times, ``rounds`` of reading and writing ``file``."""
        start = time.perf_counter()
        environments = await Docker.sample_init(TASK, self._compose, {})
        opened = time.perf_counter()
        sandbox = environments["default"]
        calls = [await self._call(sandbox, line) for _ in range(cycles) for line in self._tape]
        files = [await _file(sandbox, file) for _ in range(rounds)]
        closing = time.perf_counter()
        await Docker.sample_cleanup(TASK, self._compose, environments, False)
        end = time.perf_counter()
        return {
            "open": opened - start,
            "calls": [seconds for seconds, _ in calls],
            "outputs": [output for _, output in calls],
            "reads": [read for read, _ in files],
            "writes": [write for _, write in files],
            "close": end - closing,
            "whole": end - start,
        }

    async def several(self, count: int, at_once: int) -> dict[str, Any]:
        """``count`` episodes, ``at_once`` of them at any time."""
        gate = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with gate:
                await self.episode()

        start = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(count)))
        return {"seconds": time.perf_counter() - start}

    async def _call(self, sandbox: Any, command: str) -> tuple[float, list[Any]]:
        start = time.perf_counter()
        result = await sandbox.exec(["bash", "--login", "-c", command])
        taken = time.perf_counter() - start
        return taken, [result.stdout, result.stderr, result.returncode]

    def eval(self, count: int, at_once: int) -> dict[str, Any]:
        """A whole eval of ``count`` samples, with its log."""
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            logs = run_eval(
                _task(count, self._compose),
                model=get_model("mockllm/model", custom_outputs=self._answer),
                log_dir=folder,
                display="none",
                max_samples=at_once,
                max_sandboxes=at_once,
            )
            taken = time.perf_counter() - start
            calls = [_tool_calls(sample) for sample in _samples(logs[0])]
        if [len(each) for each in calls] != [len(self._tape)] * count:
            raise RuntimeError(f"calls by sample: {[len(each) for each in calls]}")
        return {"seconds": taken, "calls": [seconds for each in calls for seconds in each]}

    def _answer(self, messages: list[Any], *_: Any) -> Any:
        said = sum(message.role == "assistant" for message in messages)
        if said < len(self._tape):
            arguments = {"command": self._tape[said]}
            output = ModelOutput.for_tool_call("mockllm/model", "bash", arguments)
        else:
            output = ModelOutput.from_content("mockllm/model", "done")
        output.usage = ModelUsage()  # else it counts tokens with a vocabulary it downloads
        return output


async def _file(sandbox: Any, path: str) -> tuple[float, float]:
    start = time.perf_counter()
    await sandbox.write_file(path, "amount,1\n" * 100)
    written = time.perf_counter()
    await sandbox.read_file(path)
    return time.perf_counter() - written, written - start


def _samples(log: Any) -> list[Any]:
    if log.status != "success":
        raise RuntimeError(f"the eval ended as {log.status}: {log.error and log.error.message}")
    return list(log.samples)


def _tool_calls(sample: Any) -> list[float]:
    """Seconds that each of a sample's tool calls took, as its log has them."""
    tools = [event for event in sample.events if event.event == "tool"]
    if any(tool.error for tool in tools):
        raise RuntimeError("a tool call failed")
    return [(tool.completed - tool.timestamp).total_seconds() for tool in tools]


def _task(count: int, compose: str) -> Any:
    @task(name=TASK)  # type: ignore[untyped-decorator]
    def tape() -> Any:
        return Task(
            dataset=[Sample(input=f"run {number}", id=number) for number in range(count)],
            solver=[use_tools(bash()), generate()],
            sandbox=("docker", compose),
        )

    return tape()


def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print is no reply
    settings = json.loads(sys.stdin.readline())
    peer = Peer(settings["compose"], settings["tape"])
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            request = json.loads(line)
            name = request.pop("do")
            if name == "eval":
                reply = peer.eval(**request)
            else:
                reply = runner.run(getattr(peer, name)(**request))
            print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
