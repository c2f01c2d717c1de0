"""A run file has one writer, and nobody deletes it under that writer's hands."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from stored import new_store, query, row
from tempt.runs.lock import HeldError, held
from tempt.runs.store import open_store

HOLDING = """
import sys, time
from pathlib import Path
from tempt.runs.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A run file."""
    new_store(tmp_path / "run.sqlite").close()
    return tmp_path / "run.sqlite"


def test_a_file_that_is_held_is_held_once_and_then_free_again(path: Path) -> None:
    with held(path), pytest.raises(HeldError, match="is being written"), held(path):
        pass
    with held(path):
        pass
    assert list(path.parent.iterdir()) == [path]


def test_a_hold_and_the_database_do_not_meet(path: Path) -> None:
    with held(path):
        with closing(open_store(path)) as writer:
            writer.add(row())
        assert query(path, "SELECT count(*) FROM episode") == [(1,)]


def test_a_hold_ends_with_a_process_that_is_killed(path: Path) -> None:
    words = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(HeldError), held(path):
            pass
        process.kill()
    with held(path):
        pass


def test_what_was_deleted_or_never_there_is_not_held(path: Path) -> None:
    path.unlink()
    with pytest.raises(HeldError, match="No such file"), held(path):
        pass
