"""What the main process does where somebody changes things under its hands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tempt.sandbox.world import files
from tempt.sandbox.world.surroundings import Surroundings


def found(path: Path) -> files.Found:
    descriptor = os.open(path.parent, os.O_RDONLY)
    return files.Found(str(path), path.lstat(), descriptor, path.name)


def test_a_file_that_turns_into_a_folder_before_it_is_removed_is_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").touch()
    stale = (tmp_path / "other").lstat()
    (tmp_path / "path").mkdir()
    monkeypatch.setattr(files, "status", lambda *_: stale)
    with pytest.raises(files.ObstructedError):
        files.remove(str(tmp_path / "path"))


def test_what_is_adopted_is_what_was_put_down_not_what_stands_there(tmp_path: Path) -> None:
    around = Surroundings((str(tmp_path),), os.getuid())
    path = tmp_path / "folder" / "notice"
    node = files.Node(str(path), files.FILE, 0o644, os.getuid(), b"ours\n")
    files.put(node, lambda _: os.getuid())
    path.write_bytes(b"theirs\n")
    around.adopt(node)
    told = found(path)
    with files.opened(told.folder):
        assert around.differs(told)
    path.write_bytes(b"ours\n")
    told = found(path)
    with files.opened(told.folder):
        assert not around.differs(told)
