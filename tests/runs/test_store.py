"""The run file: its owner's alone, whole or not at all, small, and never somebody else's."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stored import dump, finding, new_store, query, row
from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Step,
    ToolCall,
    Transcript,
)
from tempt.runs.store import SCHEMA_VERSION, StoreError, create_store, open_store

NOBODY = 65534
MEGABYTE = 1_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def unprivileged() -> Iterator[None]:
    """As somebody whom modes bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# Who may read it.


def test_nobody_but_its_owner_can_read_a_run_while_it_is_written_or_afterwards(path: Path) -> None:
    with umask(0):
        store = new_store(path)
        store.add(row())
        open_files = {file.name: file.stat() for file in path.parent.iterdir()}
        store.close()
    assert set(open_files) == {"run.sqlite", "run.sqlite-wal", "run.sqlite-shm"}
    assert {stat.S_IMODE(found.st_mode) for found in open_files.values()} == {0o600}
    assert [file.name for file in path.parent.iterdir()] == ["run.sqlite"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# What goes in.


def test_an_episode_comes_back_with_its_transcript_ledger_and_findings(path: Path) -> None:
    transcript = Transcript("be good " * 100, "do it")
    lines = ['{"entry":"called","step":1}', '{"entry":"ended","step":1}']
    with closing(new_store(path)) as store:
        stored = row(transcript, ledger=lines, findings=[finding(), finding(step=5)])
        store.add(stored)
    with closing(open_store(path)) as store:
        (summary,) = store.summaries()
        assert store.keys() == {stored.key} == {summary.key}
        assert store.transcript(summary.key) == transcript
        assert [entry["entry"] for entry in store.ledger(summary.key)] == ["called", "ended"]
        assert [(f.step, f.quote) for f in store.findings(summary.key)] == [
            (3, "rm bin/halt"),
            (5, "rm bin/halt"),
        ]
        assert summary.label == "halt_midway/tempted/scripted:honest"
        assert (summary.outcome, summary.exposed, summary.act_done) == ("honest_stop", True, False)
        assert summary.evidence == ("step 3: seen",)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(hostile=st.text(st.characters() | st.characters(categories=["Cs", "Cc"])))
def test_no_text_of_an_episode_is_refused(
    tmp_path_factory: pytest.TempPathFactory, hostile: str
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "run.sqlite"
    transcript = Transcript(hostile, hostile, (ModelTurn(Reasoning(ReasoningKind.RAW, hostile)),))
    with closing(new_store(path)) as store:
        stored = row(transcript, findings=[finding(quote=hostile)])
        store.add(stored)
        assert store.transcript(stored.key) == transcript
        assert len(store.findings(stored.key)) == 1
    shutil.rmtree(path.parent)


def test_an_episode_that_cannot_be_stored_whole_leaves_nothing(path: Path) -> None:
    with closing(new_store(path)) as store:
        good = row(Transcript("system " * 100, "user"), findings=[finding()])
        bad = replace(good, findings=good.findings * 2)  # the last insertion of the episode fails
        before = dump(path)
        with pytest.raises(StoreError, match="UNIQUE"):
            store.add(bad)
        assert dump(path) == before
        store.add(good)
        assert store.keys() == {good.key}


def test_an_episode_is_stored_once(path: Path) -> None:
    with closing(new_store(path)) as store:
        store.add(row(Transcript("the first", "")))
        before = dump(path)
        with pytest.raises(StoreError, match="UNIQUE"):
            store.add(row(Transcript("another", "")))
        assert dump(path) == before


def test_episodes_come_in_the_order_of_the_plan(path: Path) -> None:
    with closing(new_store(path)) as store:
        for trial in (2, 0, 1):
            store.add(row(trial=trial))
        assert [summary.trial for summary in store.summaries()] == [0, 1, 2]


def test_a_run_never_takes_the_place_of_another(path: Path) -> None:
    new_store(path).close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="can't be created"):
        create_store(path, {})
    assert path.read_bytes() == before


# What it costs.


def prose(draw: random.Random, characters: int) -> str:
    """Text that compresses about as well as source code does."""
    words = ["".join(draw.choices("aeiourstlnmdchpg", k=draw.randint(2, 9))) for _ in range(3_000)]
    text = ""
    while len(text) < characters:
        text += " ".join(draw.choices(words, k=12)) + "\n"
    return text[:characters]


def long_episode() -> Transcript:
    """60 turns over a context of 64k tokens, each with a thought, a command and its output."""
    draw = random.Random(64)
    turns, steps = [], []
    for number in range(60):
        call = ToolCall(f"call_{number}", "shell", f'{{"command": "{prose(draw, 120)!r}"}}')
        turns.append(ModelTurn(Reasoning(ReasoningKind.RAW, prose(draw, 1_200)), "", (call,)))
        seen = Observation(call.id, "shell", prose(draw, 3_000), Status.OK)
        steps.append(Step(number + 1, number, call, seen, 0.0, ("modified /srv/app/run.sh",)))
    return Transcript(prose(draw, 6_000), prose(draw, 256_000), tuple(turns), tuple(steps))


def test_a_long_episode_takes_less_than_a_megabyte(path: Path) -> None:
    with closing(new_store(path)) as store:
        empty = path.stat().st_size
        store.add(row(long_episode()))
    assert empty + 100_000 < path.stat().st_size <= MEGABYTE


def test_a_text_that_two_episodes_share_is_stored_once(path: Path) -> None:
    system = prose(random.Random(1), 20_000)
    with closing(new_store(path)) as store:
        both = [row(Transcript(system, f"task {trial}"), trial=trial) for trial in range(2)]
        for stored in both:
            store.add(stored)
        assert [store.transcript(stored.key).system for stored in both] == [system] * 2
    assert query(path, "SELECT count(*) FROM text") == [(1,)]


# What is refused.


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE theirs (word TEXT)")


def foreign_and_in_use(path: Path) -> None:
    """Somebody's database as a crash left it: what SQLite would mend on opening it."""
    script = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "db.execute('PRAGMA journal_mode = WAL'); db.execute('CREATE TABLE theirs (word TEXT)');"
        "db.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert path.with_name(f"{path.name}-wal").stat().st_size


def newer(path: Path) -> None:
    new_store(path).close()
    query(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def truncated(path: Path) -> None:
    with closing(new_store(path)) as store:
        store.add(row(Transcript("system " * 5_000, "user")))
    os.truncate(path, path.stat().st_size - 5_000)


def short_of_a_byte(path: Path) -> None:
    """What SQLite itself reads as a whole file that ends with zeros."""
    new_store(path).close()
    os.truncate(path, path.stat().st_size - 1)


def cut_in_its_header(path: Path) -> None:
    new_store(path).close()
    os.truncate(path, 50)


def overwritten(path: Path) -> None:
    new_store(path).close()
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * (len(data) - 100))


def nothing(path: Path) -> None:
    assert not path.exists()


def linked_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "foreign database": (foreign, "is not a run file"),
    "foreign database after a crash": (foreign_and_in_use, "is not a run file"),
    "text": (lambda path: path.write_text("hello\n" * 500), "is not a run file"),
    "short text": (lambda path: path.write_text("hello\n"), "is not a run file"),
    "empty": (Path.touch, "is not a run file"),
    "directory": (Path.mkdir, "can't be read: Is a directory"),
    "missing": (nothing, "can't be read: No such file or directory"),
    "unreadable": (linked_to_itself, "can't be read: Too many levels of symbolic links"),
    "newer": (newer, f"has schema {SCHEMA_VERSION + 1}; this version reads {SCHEMA_VERSION}"),
    "truncated": (truncated, "damaged"),
    "short of a byte": (short_of_a_byte, "damaged: its end is missing"),
    "cut in its header": (cut_in_its_header, "is not a run file"),
    "overwritten": (overwritten, "damaged"),
}


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_run_is_refused_and_left_as_it_was(
    path: Path, make: Callable[[Path], object], says: str
) -> None:
    make(path)
    before = contents(path.parent)
    with pytest.raises(StoreError, match=says) as refusal:
        open_store(path)
    assert str(path) in str(refusal.value)
    assert contents(path.parent) == before


def test_a_file_of_somebody_else_is_refused(path: Path) -> None:
    new_store(path).close()
    path.chmod(0)
    with unprivileged(), pytest.raises(StoreError, match="can't be read: Permission denied"):
        open_store(path)


UNWRITABLE = {"below a file": "file/runs", "a file": "file", "of the kernel": "/proc/runs"}


@pytest.mark.parametrize("where", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_a_run_is_not_created_where_nothing_can_be(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be created"):
        create_store(tmp_path / where / "run.sqlite", {})
    assert [(file.name, file.stat().st_size) for file in tmp_path.iterdir()] == [("file", 0)]


def test_a_run_is_not_created_in_a_folder_of_somebody_else(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with unprivileged(), pytest.raises(StoreError, match="can't be created: Permission denied"):
        create_store(tmp_path / "run.sqlite", {})
    tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


def damaged_transcript(path: Path) -> None:
    query(path, "UPDATE episode SET transcript = x'00'")


def missing_text(path: Path) -> None:
    query(path, "DELETE FROM text")


def missing_table(path: Path) -> None:
    query(path, "DROP TABLE text")


@pytest.mark.parametrize("damage", [damaged_transcript, missing_text, missing_table])
def test_an_episode_that_was_damaged_inside_a_sound_file_is_said_to_be(
    path: Path, damage: Callable[[Path], None]
) -> None:
    with closing(new_store(path)) as store:
        stored = row(Transcript("system " * 100, "user"))
        store.add(stored)
    damage(path)
    with closing(open_store(path)) as store, pytest.raises(StoreError, match="can't be used"):
        store.transcript(stored.key)


def test_an_episode_that_is_not_there_is_said_not_to_be(path: Path) -> None:
    with closing(new_store(path)) as store, pytest.raises(StoreError, match="holds no episode x"):
        store.ledger("x")
