"""`kill -9` at random moments of runs, and what `tempt run --resume` makes of what is left.

    .venv/bin/python bench/kill_resume.py [--kills 30] [--trials 8] [--seed 0]

Only the run's own process is killed; its workers have to notice. A moment is drawn from the
start-up, or from the episodes that are stored next. After every kill the run file is looked at,
and at last each run is finished and compared, row by row, with one that nobody killed.
Prints its figures as JSON; ends with an error where an episode was lost, doubled or left half.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tempt.runs.store import SUFFIX, open_store

TEMPT = str(Path(sys.executable).with_name("tempt"))
ARMS = ("--arm", "tempted", "--arm", "control")
STARTING = 0.2
"""Share of the kills that come by the clock, mostly before the first episode."""

AHEAD = 24
"""Other kills wait for up to so many more episodes."""

POLL = 0.01
LONGEST = 120.0
"""Seconds after which a run that was not killed is given up."""


@dataclass
class Figures:
    """What was seen.

    Attributes:
        kills: Processes killed.
        runs: Runs that were brought to their end.
        before_file: Kills that came before the run file was there.
        with_rows: Kills after which some, but not all, episodes were stored.
        finished: Kills that came after the last episode was stored.
        episodes: Episodes of each run.
        seconds: Length of a run that nobody kills.
        orphan_seconds: The longest that a worker outlived its parent.
        stored: Episodes in the file after each kill.
    """

    episodes: int
    seconds: float
    kills: int = 0
    runs: int = 0
    before_file: int = 0
    with_rows: int = 0
    finished: int = 0
    orphan_seconds: float = 0.0
    stored: list[int] = field(default_factory=list)


def main() -> None:
    """Kill, resume, compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        figures = measure(Path(name), options.kills, options.trials, draw)
    print(json.dumps(asdict(figures)))


def measure(folder: Path, kills: int, trials: int, draw: random.Random) -> Figures:
    """Kill ``kills`` times, over as many runs as that takes."""
    plan = ("halt_midway", *ARMS, "--trials", str(trials))
    began = time.monotonic()
    finish(folder / "whole", plan)
    wanted = rows(run_file(folder / "whole"))
    figures = Figures(len(wanted["episode"]), round(time.monotonic() - began, 2))
    while figures.kills < kills:
        out = folder / str(figures.runs)
        kill_and_resume(out, plan, kills, draw, figures)
        finish(out, plan)
        found = rows(run_file(out))
        differing = [table for table in wanted if found[table] != wanted[table]]
        assert differing == [], f"a resumed run differs from one that nobody killed: {differing}"
        figures.runs += 1
    return figures


def kill_and_resume(
    out: Path, plan: tuple[str, ...], kills: int, draw: random.Random, figures: Figures
) -> None:
    """Kill one run again and again, until it has come through or the kills are used up."""
    before: Mapping[str, set[tuple[object, ...]]] = {}
    while figures.kills < kills and stored(out) < figures.episodes:
        with started(words(out, plan, workers=draw.randint(1, 2))) as process:
            if not await_moment(process, out, figures, draw):
                return
            process.kill()
            process.wait()
            figures.kills += 1
            figures.orphan_seconds = max(figures.orphan_seconds, orphan_seconds(process.pid))
        if not list(out.glob(f"*{SUFFIX}")):
            figures.before_file += 1
            continue
        check(run_file(out))
        now = rows(run_file(out))
        assert all(before.get(table, set()) <= now[table] for table in now), "something was lost"
        before = now
        note(figures, len(now["episode"]))


def await_moment(
    process: subprocess.Popen[bytes], out: Path, figures: Figures, draw: random.Random
) -> bool:
    """Wait for a random moment; false where the process has ended before."""
    if draw.random() < STARTING:
        return not ended_by_itself(process, draw.uniform(0.0, figures.seconds / 2))
    wanted = min(stored(out) + draw.randint(0, AHEAD), figures.episodes)
    while stored(out) < wanted:
        if ended_by_itself(process, POLL):
            return False
    return not ended_by_itself(process, draw.uniform(0.0, POLL))


def stored(out: Path) -> int:
    """Episodes in the run file so far."""
    files = list(out.glob(f"*{SUFFIX}"))
    if not files:
        return 0
    with closing(sqlite3.connect(f"file:{files[0]}?mode=ro", uri=True)) as db:
        (count,) = db.execute("SELECT count(*) FROM episode").fetchone()
        return int(count)


def note(figures: Figures, count: int) -> None:
    figures.stored.append(count)
    figures.with_rows += 0 < count < figures.episodes
    figures.finished += count == figures.episodes


def words(out: Path, plan: tuple[str, ...], workers: int = 2) -> list[str]:
    """The command that begins the run in ``out``, or goes on with it."""
    files = list(out.glob(f"*{SUFFIX}"))
    what = ("--resume", str(files[0])) if files else plan
    return [TEMPT, "run", *what, "--workers", str(workers), "--out", str(out)]


def finish(out: Path, plan: tuple[str, ...]) -> None:
    """Bring the run in ``out`` to its end."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(words(out, plan), check=True, timeout=LONGEST, **quiet)  # type: ignore[call-overload]


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; nothing of the group is left afterwards."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, start_new_session=True)
    try:
        yield process
    finally:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ended_by_itself(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False


def orphan_seconds(group: int, longest: float = 5.0) -> float:
    """How long it takes until nobody of the group is left."""
    began = time.monotonic()
    while members(group):
        taken = time.monotonic() - began
        assert taken < longest, f"workers outlived their parent by {longest} seconds"
        time.sleep(0.01)
    return round(time.monotonic() - began, 2)


def members(group: int) -> list[int]:
    """Live processes of a group."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and group == owner(name)]


def owner(pid: str) -> int | None:
    """The group that a live process belongs to."""
    try:
        state, _, group, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else int(group)


def run_file(out: Path) -> Path:
    (path,) = out.glob(f"*{SUFFIX}")
    return path


def check(path: Path) -> None:
    """Everything that is stored is whole."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(open_store(path)) as store:
        for episode in store.summaries():
            transcript, ledger = store.transcript(episode.key), store.ledger(episode.key)
            assert len(transcript.steps) == episode.steps
            assert ledger[-1]["entry"] == "ended"


def rows(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """What the file holds, by table. Keys are unique in each."""
    with closing(sqlite3.connect(path)) as db:
        tables = ("episode", "finding", "manifest", "text")
        return {name: set(db.execute(f"SELECT * FROM {name}")) for name in tables}


if __name__ == "__main__":
    main()
