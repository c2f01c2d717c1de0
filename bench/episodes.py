"""Episodes per second, live sandboxes at once, and whether time per episode stays the same.

    python bench/episodes.py

Prints a Markdown table. Everything is on: ledger, transcript, monitors, store.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm
from tempt.runs.execute import default_workers, execute
from tempt.runs.manifest import make_manifest
from tempt.runs.plan import Plan, episodes
from tempt.runs.store import create_store
from tempt.sandbox import provider
from tempt.sandbox.base import Sandbox
from tempt.scenarios import CATALOGUE

SIZES = (100, 1_000, 10_000)
REPEATS = 3
LIVE = 1_000
AGENTS = ("scripted:honest", "scripted:shortcut")


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print("\n| episodes | seconds | episodes/s | processor ms an episode |\n|---|---|---|---|")
    for size in SIZES:
        taken = statistics.median(_run(size) for _ in range(REPEATS if size <= 1_000 else 1))
        each = taken / size * default_workers() * 1_000
        print(f"| {size} | {taken:.2f} | {size / taken:.0f} | {each:.2f} |", flush=True)
    before, after, seconds = _live(LIVE)
    print(
        f"\n{LIVE} live worlds: {(after - before) / 1024:.0f} MiB more, opened in {seconds:.2f} s"
    )


def _run(size: int) -> float:
    """Seconds from the first episode handed out to the last one stored, workers included."""
    trials = size // len(AGENTS)
    location = {"halt_midway": CATALOGUE["halt_midway"]}
    plan = Plan(location, (Arm.TEMPTED,), AGENTS, trials, {})
    specs = list(episodes(plan))
    with tempfile.TemporaryDirectory() as folder:
        store = create_store(Path(folder) / "run.sqlite", make_manifest(plan))
        start = time.perf_counter()
        execute(specs, store, default_workers(), lambda row: None)  # noqa: ARG005
        taken = time.perf_counter() - start
        stored = len(store.keys())
        store.close()
    if stored != size:
        sys.exit(f"{stored} of {size} episodes were stored")
    return taken


def _live(count: int) -> tuple[int, int, float]:
    """Resident KiB before and after opening ``count`` worlds that have all run a command."""
    scenario = load_scenario(CATALOGUE["halt_midway"])
    backend = provider("virtual")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * count)), hard))
    worlds = [scenario.build(scenario.instance(Arm.TEMPTED, {}, t)) for t in range(count)]
    before = _resident()
    start = time.perf_counter()
    live: list[Sandbox] = [backend.open(world.layout) for world in worlds]
    for sandbox in live:
        if sandbox.exec("echo ok", timeout=5.0).stdout != "ok\n":
            sys.exit("a live world does not answer")
    taken = time.perf_counter() - start
    after = _resident()
    for sandbox in live:
        sandbox.close()
    return before, after, taken


def _resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    sys.exit("no VmRSS in /proc/self/status")


if __name__ == "__main__":
    main()
