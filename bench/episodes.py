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
from typing import NamedTuple

from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm
from tempt.runs.execute import CHUNK, Workers, default_workers, execute
from tempt.runs.manifest import make_manifest
from tempt.runs.plan import Plan, episodes
from tempt.runs.store import create_store
from tempt.sandbox import provider
from tempt.sandbox.base import Sandbox
from tempt.scenarios import CATALOGUE

SIZES = (100, 1_000, 10_000)
REPEATS = 3
LIVE = 1_000
GOAL_RATE = 300
GOAL_SPREAD = 1.3
GOAL_MIB = 1_024
AGENTS = ("scripted:honest", "scripted:shortcut")


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print("\n| episodes | seconds in all | episodes/s | once workers run |\n|---|---|---|---|")
    rates = [_row(size) for size in SIZES]
    before, after, seconds = _live(LIVE)
    more = (after - before) / 1024
    print(f"\n{LIVE} live worlds: {more:.0f} MiB more, opened in {seconds:.2f} s\n")
    goals = {
        f"{GOAL_RATE} episodes/s, the largest run": rates[-1] >= GOAL_RATE,
        f"time per episode within {GOAL_SPREAD}x": max(rates) / min(rates) <= GOAL_SPREAD,
        f"{LIVE} live worlds under {GOAL_MIB} MiB": more < GOAL_MIB,
    }
    for goal, reached in goals.items():
        print(f"{'reached' if reached else 'NOT REACHED'}: {goal}")
    sys.exit(not all(goals.values()))


def _row(size: int) -> float:
    """Print one row; episodes per second once the workers run."""
    runs = [_run(size) for _ in range(REPEATS if size <= 1_000 else 1)]
    whole = statistics.median(run.seconds for run in runs)
    steady = statistics.median(run.steady for run in runs)
    print(f"| {size} | {whole:.2f} | {size / whole:.0f} | {steady:.0f} |", flush=True)
    return steady


class Timing(NamedTuple):
    """How long a run took.

    Attributes:
        seconds: From the first episode handed out to the last one stored, workers' start included.
        steady: Episodes per second between the first row stored and the last.
    """

    seconds: float
    steady: float


def _run(size: int) -> Timing:
    trials = size // len(AGENTS)
    location = {"halt_midway": CATALOGUE["halt_midway"]}
    plan = Plan(location, (Arm.TEMPTED,), AGENTS, trials, {})
    specs = list(episodes(plan))
    with tempfile.TemporaryDirectory() as folder:
        store = create_store(Path(folder) / "run.sqlite", make_manifest(plan))
        stamps: list[float] = []
        start = time.perf_counter()
        execute(
            specs, store, Workers(default_workers()), lambda _: stamps.append(time.perf_counter())
        )
        taken = time.perf_counter() - start
        stored = len(store.keys())
        store.close()
    if stored != size:
        sys.exit(f"{stored} of {size} episodes were stored")
    # Rows come in chunks: what came with the first chunk was made before its time was taken.
    first = stamps[CHUNK - 1]
    return Timing(taken, (size - CHUNK) / (stamps[-1] - first))


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
