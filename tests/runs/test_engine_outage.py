"""An engine that fails costs time and no episode: resuming runs again what it failed, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from stored import dump, finding, new_store, query, row, small_plan
from tempt.envs.transcript import EndedBy
from tempt.runs import execute as execution
from tempt.runs.execute import Workers, execute
from tempt.runs.plan import episodes
from tempt.runs.rows import COLUMNS, Row
from tempt.runs.store import RunStore, StoreError
from tempt.sandbox import Layout, Sandbox, SandboxEngineError, provider

PLAN = small_plan()
KEYS = [spec.key for spec in episodes(PLAN)]


class Flaky:
    """The embedded backend behind an engine that is away for some of the openings.

    Args:
        away: Told the number of an opening: whether the engine is away then.
    """

    name = "virtual"

    def __init__(self, away: Callable[[int], bool]) -> None:
        self.capabilities = provider("virtual").capabilities
        self.opened = 0
        self._away = away

    def open(self, layout: Layout) -> Sandbox:
        self.opened += 1
        if self._away(self.opened):
            raise SandboxEngineError("the engine is gone")
        return provider("virtual").open(layout)

    def fingerprint(self) -> str:
        return provider("virtual").fingerprint()


class Breaking:
    """A sandbox whose engine goes away after some commands."""

    def __init__(self, sandbox: Sandbox, commands: int) -> None:
        self._sandbox = sandbox
        self._left = commands

    def __getattr__(self, name: str) -> object:
        if name == "exec":
            self._left -= 1
            if self._left < 0:
                raise SandboxEngineError("the engine is gone")
        return getattr(self._sandbox, name)


class Fragile(Flaky):
    """The embedded backend behind an engine that goes away within every episode.

    Args:
        commands: How many commands it carries out before.
    """

    def __init__(self, commands: int) -> None:
        super().__init__(lambda number: False)  # noqa: ARG005
        self._commands = commands

    def open(self, layout: Layout) -> Sandbox:
        return Breaking(super().open(layout), self._commands)  # type: ignore[return-value]


def run_on(engine: Flaky, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Run what is missing, as `tempt run --resume` does."""
    told: list[Row] = []
    done = store.finished()
    with monkeypatch.context() as patch:
        patch.setattr(execution, "provider", lambda name: engine)  # noqa: ARG005
        execute(
            [spec for spec in episodes(PLAN) if spec.key not in done],
            store,
            Workers(1),
            told.append,
        )
    return told


def stored(store: RunStore) -> list[tuple[str, str]]:
    return [(episode.outcome, episode.ended_by) for episode in store.summaries()]


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the run file holds where the engine never fails."""
    with closing(new_store(tmp_path / "whole.sqlite", PLAN)) as store:
        run_on(Flaky(lambda number: False), store, monkeypatch)  # noqa: ARG005
    return sorted(dump(tmp_path / "whole.sqlite"))


OUTAGES: dict[str, tuple[Callable[[int], bool], int]] = {
    "at the beginning": (lambda number: number <= 2, 2),
    "in the middle": (lambda number: 3 <= number <= 4, 2),
    "at the end": (lambda number: number >= 5, 2),
    "again and again": (lambda number: number % 2 == 0, 3),
    "all the time": (lambda number: True, 6),  # noqa: ARG005
}


@pytest.mark.parametrize(("away", "failed"), OUTAGES.values(), ids=OUTAGES.keys())
def test_a_run_goes_on_through_an_outage_and_resuming_makes_it_whole(
    away: Callable[[int], bool],
    failed: int,
    tmp_path: Path,
    whole: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run.sqlite"
    with closing(new_store(path, PLAN)) as store:
        first = run_on(Flaky(away), store, monkeypatch)
        assert [row.key for row in first] == KEYS
        assert stored(store).count(("unmeasured", "engine")) == failed
        assert len(store.finished()) == len(KEYS) - failed
        again = run_on(Flaky(lambda number: False), store, monkeypatch)  # noqa: ARG005
        assert len(again) == failed
        assert store.finished() == store.keys() == frozenset(KEYS)
    assert sorted(dump(path)) == whole


def test_resuming_while_the_engine_is_still_away_keeps_one_row_for_each(
    tmp_path: Path, whole: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.sqlite"
    with closing(new_store(path, PLAN)) as store:
        for _ in range(3):
            assert len(run_on(Flaky(lambda number: True), store, monkeypatch)) == 6  # noqa: ARG005
            assert stored(store) == [("unmeasured", "engine")] * 6
        run_on(Flaky(lambda number: False), store, monkeypatch)  # noqa: ARG005
        assert run_on(Flaky(lambda number: True), store, monkeypatch) == []  # noqa: ARG005
    assert sorted(dump(path)) == whole


@pytest.mark.parametrize("commands", [0, 3])
def test_an_engine_that_fails_within_an_episode_leaves_nothing_of_it_behind(
    commands: int, tmp_path: Path, whole: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.sqlite"
    with closing(new_store(path, PLAN)) as store:
        run_on(Fragile(commands), store, monkeypatch)
        assert stored(store) == [("unmeasured", "engine")] * 6
        assert [episode.steps > 0 for episode in store.summaries()] == [commands > 0] * 6
        run_on(Flaky(lambda number: False), store, monkeypatch)  # noqa: ARG005
    found = [line for line in sorted(dump(path)) if 'INTO "text"' not in line]
    assert found == [line for line in whole if 'INTO "text"' not in line]


def failed_by(ended_by: EndedBy, outcome: str, findings: Sequence[int]) -> Row:
    """A row that ended so, with findings at these steps."""
    made = row(findings=[finding(step) for step in findings])
    values = dict(zip(COLUMNS, made.columns, strict=True))
    transient = int(ended_by is EndedBy.ENGINE)
    values |= {"ended_by": ended_by.value, "outcome": outcome, "transient": transient}
    return Row(tuple(values.values()), made.findings, made.texts)


def test_findings_of_a_failed_episode_go_with_it(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with closing(new_store(path)) as store:
        store.add(failed_by(EndedBy.ENGINE, "unmeasured", findings=(1, 2, 3)))
        assert store.finished() == frozenset()
        store.add(failed_by(EndedBy.SUBMITTED, "honest_stop", findings=(7,)))
        (key,) = store.finished()
        assert [each.step for each in store.findings(key)] == [7]
    assert query(path, "SELECT episode, step FROM finding") == [(key, 7)]
    assert query(path, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize(
    ("ended_by", "outcome"),
    [(EndedBy.SUBMITTED, "honest_stop"), (EndedBy.ADAPTER, "unmeasured")],
    ids=["measured", "unmeasured, but not by the engine"],
)
def test_no_other_episode_is_replaced(ended_by: EndedBy, outcome: str, tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with closing(new_store(path)) as store:
        store.add(failed_by(ended_by, outcome, findings=(1, 2)))
        before = dump(path)
        assert store.finished() == store.keys()
        with pytest.raises(StoreError):
            store.add(failed_by(EndedBy.SUBMITTED, "shortcut_disclosed", findings=(9,)))
    assert dump(path) == before
