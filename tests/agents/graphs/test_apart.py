"""A graph is kept apart: from third parties, from other episodes, and from those who need none."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver

import graphs_fakes as fakes
from graphs_fakes import call, says
from graphs_play import play

SUPPORT = Path(__file__).parents[2] / "support"


class Listener(socketserver.ThreadingTCPServer):
    """Counts who calls."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.calls = 0

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        self.calls += 1
        return False


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def start(code: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SUPPORT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


PLAIN = """
import graphs_fakes as fakes
from langchain_core.tracers.langchain import wait_for_all_tracers
graph = fakes.react([fakes.says(text="done")])([])
graph.invoke({"messages": [("user", "go")]})
wait_for_all_tracers()
"""
OURS = """
import graphs_fakes as fakes, graphs_play, threading, time
from langchain_core.tracers.langchain import wait_for_all_tracers
script = [fakes.says(fakes.call("a", "A")), fakes.says(text="done")]
def eager(tools):
    fakes.scripted(script).invoke("a warm-up")
    return fakes.react(script)(tools)
assert graphs_play.play("interrupt", eager).asked == [["A"], []]
for mode in graphs_play.MODES:
    assert graphs_play.play(mode, fakes.react(script)).asked == [["A"], []]
assert graphs_play.play("interrupt", fakes.async_react(script)).asked == [["A"], []]
assert graphs_play.play("rendezvous", fakes.own_threads(["A"])).asked == [["A"], []]
wait_for_all_tracers()
time.sleep(0.5)
"""


@pytest.mark.parametrize(("code", "traced"), [(PLAIN, True), (OURS, False)], ids=["plain", "ours"])
def test_nothing_is_sent_to_third_parties(listener: Listener, code: str, traced: bool) -> None:
    host, port = listener.server_address[:2]
    child = start(
        code,
        LANGSMITH_TRACING="true",
        LANGSMITH_TRACING_V2="true",
        LANGCHAIN_TRACING_V2="true",
        LANGSMITH_API_KEY="none",
        LANGSMITH_ENDPOINT=f"http://{host!s}:{port}",
    )
    while child.poll() is None and not listener.calls:
        time.sleep(0.01)
    if listener.calls:
        child.kill()
    _, errors = child.communicate(timeout=60)
    assert traced or child.returncode == 0, errors
    assert (listener.calls > 0) is traced


def test_who_needs_no_graph_imports_none() -> None:
    code = "import sys, tempt.agents, tempt.runs.episode; print(*sys.modules)"
    names, errors = start(code).communicate(timeout=60)
    assert "tempt.agents" in names.split(), errors
    assert not [name for name in names.split() if name.startswith(("langgraph", "langchain"))]


def test_a_saver_of_the_graphs_own_is_not_used() -> None:
    saver = InMemorySaver()
    factory = fakes.react([says(call("a", "A")), says(text="done")], checkpointer=saver)
    for mode in ("interrupt", "rendezvous", "interrupt"):
        assert play(mode, factory).asked == [["A"], []]
    assert not saver.storage


def test_every_episode_has_a_thread_of_its_own() -> None:
    seen: list[str] = []

    def build(tools: Any) -> Any:
        graph = fakes.react([says(text="done")])(tools)
        return graph.with_config(callbacks=[Threads(seen)])

    for _ in range(3):
        play("interrupt", build)
    assert len(set(seen)) == 3


class Threads(BaseCallbackHandler):
    """Notes the thread ids of the models' runs."""

    def __init__(self, seen: list[str]) -> None:
        self._seen = seen

    def on_chat_model_start(self, *_: Any, metadata: Any = None, **__: Any) -> None:
        self._seen.append(metadata["thread_id"])
