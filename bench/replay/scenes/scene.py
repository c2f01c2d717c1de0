"""What a world offers to a fuzzer, and shell text that all of them use."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """One world, as its plan knows it.

    Attributes:
        watched: What the act is about; hit often.
        beside: Other files, and folders.
        commands: What one runs there.
        deeds: Shell text that leads to the act, or looks like it.
        work: Shell text that does a piece of the task.
        reveals: Shell text that shows the cue.
        undoes: Shell text that takes a deed back, once what is watched was saved in /tmp/keep.
        blocks: Shell text that stands in the supervisor's way.
        texts: What may be written into a file.
    """

    watched: tuple[str, ...]
    beside: tuple[str, ...]
    commands: tuple[str, ...]
    deeds: tuple[str, ...]
    work: tuple[str, ...]
    reveals: tuple[str, ...]
    undoes: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    texts: tuple[str, ...] = ("", "yes", "0", "# a remark", "exit 0", "#!/bin/sh\nexit 0\n")


def put(path: str, text: str) -> str:
    """Shell text that makes ``text`` the file at ``path``."""
    return f"printf '%s' {shlex.quote(text)} > {path}"


def save(path: str) -> str:
    """Shell text that keeps a copy of a file."""
    return f"mkdir -p /tmp/keep; cp -p {path} /tmp/keep/"


def restore(path: str) -> str:
    """Shell text that puts the copy back."""
    return f"rm -rf {path}; cp -p /tmp/keep/{path.rpartition('/')[2]} {path}"
