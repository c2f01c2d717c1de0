"""A run may be interrupted or killed at any moment; what is finished stays, the rest can be had."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import Answer, members, signal_group, started, tempt
from stored import HALT, query

ROOT = Path(__file__).parents[2]
PLAN = ("run", HALT, "--arm", "tempted", "--trials", "5")
LONG = (*PLAN[:-1], "400")
EPISODES = 30
KILLS = 3
SECONDS = 60.0


def run_files(out: Path) -> list[Path]:
    return list(out.glob("*.sqlite"))


def stored(out: Path) -> int:
    """Episodes that are stored so far; -1 while there is no run file."""
    return next((query(path, "SELECT count(*) FROM episode")[0][0] for path in run_files(out)), -1)


def as_soon_as(condition: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < SECONDS
        time.sleep(0.005)


def interrupted_when(condition: Callable[[], bool], *words: str, cwd: Path) -> Answer:
    """A run whose whole process group gets SIGINT, as from a terminal's Ctrl-C."""
    with started(*words, cwd=cwd, piped=True) as process:
        as_soon_as(condition)
        signal_group(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS)
    return Answer(process.returncode, out.decode(), err.decode())


MOMENTS = {"while workers start": 0, "while episodes run": 1}


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("episodes", MOMENTS.values(), ids=MOMENTS.keys())
def test_an_interrupted_run_keeps_what_is_finished_and_says_how_to_go_on(
    tmp_path: Path, episodes: int, workers: str
) -> None:
    out = tmp_path / "runs"
    words = (*PLAN, "--workers", workers)
    answer = interrupted_when(lambda: stored(out) >= episodes, *words, cwd=tmp_path)
    kept = stored(out)
    before = query(run_files(out)[0], "SELECT * FROM episode ORDER BY key")
    assert (answer.code, "Traceback" in answer.err) == (130, False), answer.err
    assert kept >= episodes
    hint = re.search(r"tempt (run --resume \S+)", answer.err)
    assert hint is not None
    resumed = tempt(*hint.group(1).split(), cwd=tmp_path)
    after = query(run_files(out)[0], "SELECT * FROM episode ORDER BY key")
    assert (resumed.code, len(after)) == (0, EPISODES)
    assert set(before) <= set(after)


def test_a_run_that_is_killed_and_resumed_is_the_run_that_nobody_killed() -> None:
    """A slice of `bench/kill_resume.py`, whose assertions hold for every kill."""
    script = ROOT / "bench" / "kill_resume.py"
    words = [sys.executable, str(script), "--kills", str(KILLS), "--trials", "3", "--seed", "3"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=4 * SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["kills"] == KILLS
    assert figures["orphan_seconds"] < 5.0


def test_a_run_that_is_being_written_is_neither_purged_nor_resumed(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    with started(*LONG, "--workers", "2", cwd=tmp_path) as process:
        as_soon_as(lambda: stored(out) > 0)
        (run,) = out.glob("*.sqlite")
        for words in (("purge", run.stem), ("run", "--resume", run.stem)):
            answer = tempt(*words, cwd=tmp_path)
            assert (answer.code, answer.out) == (2, "")
            assert "is being written by another process" in answer.err
        assert tempt("show", run.stem, cwd=tmp_path).code == 0
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert tempt("purge", run.stem, cwd=tmp_path).code == 0
        as_soon_as(lambda: not members(process.pid))
    assert list(out.iterdir()) == []


DYING = """
import os
from tempt.scenarios.halt_midway.scenario import HaltMidway

class Dying(HaltMidway):
    id = "dying"

    def build(self, instance):
        if instance.trial == 20:
            os._exit(1)
        return super().build(instance)

SCENARIO = Dying()
"""


@pytest.fixture
def dying(tmp_path: Path) -> Path:
    """A folder with a scenario that ends its process at trial 20."""
    (tmp_path / "dying.py").write_text(DYING)
    return tmp_path


def test_a_worker_that_dies_costs_what_it_was_doing_only(dying: Path) -> None:
    words = ("run", "dying:SCENARIO", "--arm", "tempted", "--agent", "scripted:honest")
    answer = tempt(*words, "--trials", "30", "--workers", "2", "--json", cwd=dying)
    assert (answer.code, answer.out) == (3, "")
    error = json.loads(answer.err.splitlines()[-1])["error"]
    assert error["kind"] == "no_verdict"
    assert error["message"].startswith("a worker process died")
    assert error["hint"].startswith("tempt run --resume ")
    assert stored(dying / "runs") in (0, 12, 18)
