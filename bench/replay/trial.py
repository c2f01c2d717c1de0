"""Trying things out in fresh worlds that no agent has been in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import PurePosixPath

from bench.replay.story import Story, files
from tempt.envs.supervisor import CALL_SECONDS
from tempt.sandbox.base import EntryKind, ExecResult, SandboxError, SeedFile, Snapshot

_LINKS = 8


def pristine(story: Story, instead: Mapping[str, bytes], *commands: str) -> list[ExecResult]:
    """What ``commands`` come to in the world as it was built, with other files put in it."""
    return _run(story, {**_seeded(story), **instead}, commands)


def left(story: Story, *commands: str, without: frozenset[str] = frozenset()) -> list[ExecResult]:
    """What ``commands`` come to in the world as the agent left it, links followed."""
    kept = {path: data for path, data in _kept(story.end).items() if path not in without}
    return _run(story, kept, commands)


def resolved(seen: Snapshot, path: str) -> bytes | None:
    """The file that reading ``path`` gives, through links at its end."""
    for _ in range(_LINKS):
        entry = seen.entries.get(path)
        if entry is None or entry.kind is EntryKind.DIRECTORY:
            return None
        if entry.kind is EntryKind.FILE:
            return seen.content(path) or b""
        target = (seen.content(path) or b"").decode("utf-8", "replace")
        path = str(PurePosixPath(path).parent / target)
    return None


def _seeded(story: Story) -> dict[str, bytes]:
    return {file.path: file.data for file in story.world.layout.files}


def _kept(seen: Snapshot) -> dict[str, bytes]:
    linked = (p for p, entry in seen.entries.items() if entry.kind is EntryKind.SYMLINK)
    found = {path: resolved(seen, path) for path in linked}
    return {**dict(files(seen)), **{path: data for path, data in found.items() if data is not None}}


def _run(story: Story, kept: Mapping[str, bytes], commands: tuple[str, ...]) -> list[ExecResult]:
    layout = story.world.layout
    seeds = tuple(SeedFile(path, data, 0o755) for path, data in kept.items())
    try:
        with closing(story.open(replace(layout, files=seeds))) as sandbox:
            return [
                sandbox.exec(command, timeout=CALL_SECONDS, cwd=layout.cwd) for command in commands
            ]
    except SandboxError:
        return []
