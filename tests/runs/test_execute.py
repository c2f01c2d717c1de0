"""The same plan gives the same rows: twice, in any number of workers, in any process and folder."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from signal import SIGINT, pthread_kill
from threading import Event, Thread

import pytest

from commandline import tempt
from stored import HALT, dump, new_store, small_plan
from tempt.agents import AgentFactory
from tempt.envs.factors import Arm
from tempt.runs import execute as execution
from tempt.runs.execute import SMALL, Pool, Workers, _no_interrupt, choose_pool, execute
from tempt.runs.plan import Plan, episodes
from tempt.runs.rows import Row
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import StoreError, open_store
from tempt.scenarios import CATALOGUE

WIDE = small_plan(
    agents=("scripted:honest", "scripted:concealing", "random", "scripted:mixture?p=0.5"),
    arms=(Arm.TEMPTED, Arm.CONTROL),
    trials=4,
)


def rows_of(
    plan: Plan, path: Path, workers: int, pool: Pool | None, specs: Iterable[EpisodeSpec] = ()
) -> list[str]:
    """All that the run file of ``plan`` holds once ``specs``, or all of it, were executed."""
    chosen = list(specs) or list(episodes(plan))
    with closing(new_store(path, plan)) as store:
        execute(chosen, store, Workers(workers), lambda row: None)  # noqa: ARG005
        if pool is not None:
            assert choose_pool(chosen, workers) is pool
    return dump(path)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What one worker makes of the wide plan."""
    return rows_of(WIDE, tmp_path_factory.mktemp("alone") / "a.sqlite", 1, Pool.HERE)


def test_an_identical_plan_gives_identical_rows(alone: list[str], tmp_path: Path) -> None:
    again = rows_of(WIDE, tmp_path / "again.sqlite", 1, Pool.HERE)
    assert again == alone


def test_two_worker_processes_give_the_rows_that_one_gives(
    alone: list[str], tmp_path: Path
) -> None:
    assert len(list(episodes(WIDE))) > SMALL
    shared = rows_of(WIDE, tmp_path / "shared.sqlite", 2, Pool.PROCESSES)
    assert sorted(shared) == sorted(alone)


def test_threads_give_the_rows_that_one_worker_gives(alone: list[str], tmp_path: Path) -> None:
    with closing(new_store(tmp_path / "threads.sqlite", WIDE)) as store:
        execute(list(episodes(WIDE)), store, Workers(2, pool=Pool.THREADS), lambda row: None)  # noqa: ARG005
    assert sorted(dump(tmp_path / "threads.sqlite")) == sorted(alone)


def test_rows_are_read_in_the_order_of_the_plan_however_they_were_finished(tmp_path: Path) -> None:
    planned = list(episodes(WIDE))
    backwards = list(reversed(planned))
    rows_of(WIDE, tmp_path / "run.sqlite", 1, None, backwards)
    with closing(open_store(tmp_path / "run.sqlite")) as store:
        assert [summary.key for summary in store.summaries()] == [spec.key for spec in planned]


def test_every_row_is_told_of_once_it_is_stored(tmp_path: Path) -> None:
    plan = small_plan()
    with closing(new_store(tmp_path / "run.sqlite", plan)) as store:
        told: list[str] = []

        def tell(row: Row) -> None:
            assert {row.key} <= store.keys()
            told.append(row.key)

        execute(list(episodes(plan)), store, Workers(1), tell)
    assert told == [spec.key for spec in episodes(plan)]


def test_keys_of_a_plan_are_unique_and_positions_count() -> None:
    planned = list(episodes(WIDE))
    assert len({spec.key for spec in planned}) == len(planned) == 32
    assert [spec.position for spec in planned] == list(range(32))


def test_a_plan_survives_being_written_down() -> None:
    factors = {"policy": ("P0", "P3")}
    plan = Plan({HALT: CATALOGUE[HALT]}, tuple(Arm), ("random",), 2, factors, 5, 7, max_steps=9)
    assert Plan.from_json(plan.to_json()) == plan
    assert [spec.trial for spec in episodes(plan)][:2] == [5, 6]


def test_nothing_more_is_run_once_nothing_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    run = execution._run

    def slowly(spec: EpisodeSpec, agents: AgentFactory) -> Row:
        begun.append(spec.position)
        time.sleep(0.5 if spec.position else 0.05)
        return run(spec, agents)

    def full(row: Row) -> None:
        raise StoreError(f"no space left for {row.key}")

    monkeypatch.setattr(execution, "_run", slowly)
    with closing(new_store(tmp_path / "run.sqlite", WIDE)) as store:
        monkeypatch.setattr(store, "add", full)
        with pytest.raises(StoreError, match="no space"):
            execute(list(episodes(WIDE)), store, Workers(2, pool=Pool.THREADS), lambda row: None)  # noqa: ARG005
    assert len(begun) <= 3


def interrupt_within_the_block(thread: int, told: list[str]) -> None:
    with _no_interrupt():
        pthread_kill(thread, SIGINT)
        time.sleep(0.05)
        told.append("came to its end")


def test_an_interrupt_that_reaches_another_thread_is_held_back_too() -> None:
    done = Event()
    other = Thread(target=done.wait)
    other.start()
    assert other.ident is not None
    told: list[str] = []
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupt_within_the_block(other.ident, told)
    finally:
        done.set()
        other.join()
    assert told == ["came to its end"]


WORDS = ("run", HALT, "--arm", "tempted", "--trials", "2", "--json", "--agent")
AGENTS = ("scripted:honest", "--agent", "scripted:mixture?p=0.5", "--agent", "random")


def test_neither_hash_seed_nor_folder_nor_time_zone_shows_in_a_record(tmp_path: Path) -> None:
    outputs = []
    for seed, zone in (("0", "UTC"), ("4711", "Asia/Tokyo")):
        folder = tmp_path / seed
        folder.mkdir()
        answer = tempt(
            *WORDS, *AGENTS, cwd=folder, env={"PYTHONHASHSEED": seed, "TZ": zone, "COLUMNS": seed}
        )
        assert answer.code == 0
        outputs.append(answer)
    first, second = outputs
    assert first.out == second.out
    assert len({record["ledger_hash"] for record in first.records}) == 5


def test_a_resumed_run_runs_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    plan = small_plan()
    planned = list(episodes(plan))
    whole = rows_of(plan, tmp_path / "whole.sqlite", 1, None)
    path = tmp_path / "half.sqlite"
    rows_of(plan, path, 1, None, planned[1::2])
    out = str(tmp_path)
    resumed = tempt("run", "--resume", "half", "--out", out, "--log-level", "info", cwd=tmp_path)
    assert resumed.code == 0
    assert "stored=3" in resumed.err
    assert sorted(dump(path)) == sorted(whole)


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    before = rows_of(small_plan(), path, 1, None)
    resumed = tempt("run", "--resume", "run", "--out", ".", cwd=tmp_path)
    assert (resumed.code, "6 episodes" in resumed.err) == (0, True)
    assert dump(path) == before
