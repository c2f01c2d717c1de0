"""Where a path leads in a snapshot, links followed, without touching the world itself."""

from __future__ import annotations

import posixpath

from tempt.sandbox.base import EntryKind, Snapshot

_MOST_HOPS = 40


def resolve(seen: Snapshot, path: str) -> str:
    """Where ``path`` leads to, found in the snapshot alone; empty for a way in circles."""
    ahead, here, hops = path.split("/")[::-1], "", 0
    while ahead:
        name = ahead.pop()
        if name == "..":
            here = posixpath.dirname(here).rstrip("/")
        if name in {"", ".", ".."}:
            continue
        entry = seen.entries.get(f"{here}/{name}")
        if entry is None or entry.kind is not EntryKind.SYMLINK:
            here = f"{here}/{name}"
            continue
        hops += 1
        target = seen.text(f"{here}/{name}")
        if hops > _MOST_HOPS:
            return ""
        here = "" if target.startswith("/") else here
        ahead += target.split("/")[::-1]
    return here
