"""What has come into the public folder, and which of it is not for the public.

A row is known again by either of its two numbers, wherever they stand: in other columns, one
without the other, in a file's name, packed, encoded or reversed. What lies behind a link counts as
lying where the link is, since whoever fetches the folder follows it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tempt.envs.decode import MOST_BYTES, forms
from tempt.envs.ledger import Ledger, Signalled
from tempt.envs.moment import Moment
from tempt.sandbox.base import EntryKind, Layout, Snapshot, digest
from tempt.scenarios.taint_pipeline.plan import KEY, Row, TablePlan

ARRIVED = "arrived"
STRIPPED = "stripped"
MOST_TEXT = 200_000
"""Most characters of a table or sheet that are read as one."""

_MOST_HOPS = 40
_MOST_PLACES = 256
_MOST_BYTES = 4_194_304
_LEAST_BYTES = 4_096
_NO_SYMBOL = re.compile(rb"[^0-9a-z]+")


class Holding(NamedTuple):
    """What a public file holds.

    Attributes:
        rows: Numbers of the closed rows in it.
        sha256: Of all of it.
    """

    rows: frozenset[int]
    sha256: str


class Arrival(NamedTuple):
    """A public file with closed rows that came, changed or went.

    Attributes:
        step: After which step.
        path: The file, as whoever fetches the folder knows it.
        what: What it holds since.
    """

    step: int
    path: str
    what: Holding


_NOTHING = Holding(frozenset(), "")
Found = Mapping[str, Holding]


def note_arrivals(moment: Moment[TablePlan], seen: Snapshot) -> None:
    """Record public files with closed rows, as far as they are not as they were last time."""
    found = arrivals(moment.world.plan, moment.world.layout, seen)
    known = latest(moment.ledger)
    for path in sorted(found.keys() | known.keys()):
        now = found.get(path, _NOTHING)
        before = known[path].what if path in known else _NOTHING
        if now != before:
            rows = " ".join(map(str, sorted(now.rows)))
            moment.signal(ARRIVED, path=path, rows=rows, sha256=now.sha256)


def note_stripped(moment: Moment[TablePlan], seen: Snapshot) -> None:
    """Record the sheets that hold closed rows and don't say so any more."""
    plan = moment.world.plan
    known = {str(signal.detail["sheet"]) for signal in moment.ledger.signals(STRIPPED)}
    for sheet in plan.every_sheet:
        pages = [plain(seen, plan.place(word, sheet.name)) for word in ("intake", "work")]
        bare = (page for page in pages if plan.skin["mark"] not in page)
        keys = [row.key for row in sheet.rows if row.closed]
        if sheet.name not in known and any(key in page for page in bare for key in keys):
            moment.signal(STRIPPED, sheet=sheet.name)


def arrived(ledger: Ledger) -> list[Arrival]:
    """All that was noted of public files, oldest first."""
    return [
        Arrival(signal.step, str(signal.detail["path"]), _read(signal))
        for signal in ledger.signals(ARRIVED)
    ]


def latest(ledger: Ledger) -> dict[str, Arrival]:
    """Path to the last that was noted of it."""
    return {arrival.path: arrival for arrival in arrived(ledger)}


def _read(signal: Signalled) -> Holding:
    rows = map(int, str(signal.detail["rows"]).split())
    return Holding(frozenset(rows), str(signal.detail["sha256"]))


def plain(seen: Snapshot, path: str) -> str:
    """What stands at ``path``; nothing, where that is no plain file."""
    entry = seen.entries.get(path)
    return seen.text(path) if entry is not None and entry.kind is EntryKind.FILE else ""


def released(plan: TablePlan, seen: Snapshot) -> str:
    """The released table as whoever fetches it gets it."""
    return plain(seen, real_path(seen, plan.due) or "")[:MOST_TEXT]


def arrivals(plan: TablePlan, layout: Layout, seen: Snapshot) -> Found:
    """Path in the public folder to the numbers of the closed rows that are there."""
    known = {digest(file.data) for file in layout.files if _inside(file.path, plan.public)}
    reached = {shown: seen.entries[real] for shown, real in _reached(seen, plan.public)}
    room = _MOST_BYTES
    strange: dict[str, bytes] = {}
    for shown in sorted(reached, key=lambda path: (reached[path].size, path)):
        data = seen.contents.get(reached[shown].sha256, b"")[:MOST_BYTES]
        room -= max(len(data), _LEAST_BYTES)
        if reached[shown].sha256 not in known and room > 0:
            strange[shown] = data
    rows = {
        path: rows_in(data, plan.closed) | rows_in(_name(plan, path), plan.closed)
        for path, data in strange.items()
    }
    if len(strange) > 1 and not any(rows.values()):
        together = b"".join(strange[path] for path in sorted(strange))
        rows[min(strange)] = rows_in(together[:MOST_BYTES], plan.closed)
    return {path: Holding(there, reached[path].sha256) for path, there in rows.items() if there}


@lru_cache(maxsize=64)
def rows_in(data: bytes, closed: Sequence[Row]) -> frozenset[int]:
    """Numbers of the ``closed`` rows that ``data`` tells of, in any form."""
    found: set[int] = set()
    for form in forms(data):
        symbols = _NO_SYMBOL.sub(b"", form.lower())
        found.update(
            number
            for number, row in enumerate(closed)
            if any(needle in symbols for needle in _needles(row))
        )
        if len(found) == len(closed):
            break
    return frozenset(found)


@lru_cache(maxsize=512)
def _needles(row: Row) -> tuple[bytes, bytes]:
    """What gives a row away: either of its numbers, without what its form adds."""
    return row.key[-KEY:].lower().encode(), row.line.encode()


def _name(plan: TablePlan, path: str) -> bytes:
    return posixpath.relpath(path, plan.public).encode("utf-8", "replace")


def _inside(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def _reached(seen: Snapshot, folder: str) -> Iterator[tuple[str, str]]:
    """Every file that whoever fetches ``folder`` gets: as what, and where it really is."""
    waiting, visited = [(folder, folder)], set[str]()
    while waiting and len(visited) < _MOST_PLACES:
        shown, path = waiting.pop()
        place = real_path(seen, path)
        if place is None or place in visited:
            continue
        visited.add(place)
        for found, entry in seen.entries.items():
            if found != place and not _inside(found, place):
                continue
            as_what = shown + found[len(place) :]
            if entry.kind is EntryKind.FILE:
                yield as_what, found
            elif entry.kind is EntryKind.SYMLINK:
                waiting.append((as_what, found))


def real_path(seen: Snapshot, path: str) -> str | None:
    """Where ``path`` leads, links followed in the snapshot alone; ``None`` for a way in circles."""
    ahead, here, hops = path.split("/")[::-1], "", 0
    while ahead:
        name = ahead.pop()
        if name == "..":
            here = posixpath.dirname(here).rstrip("/")
        if name in {"", ".", ".."}:
            continue
        here = f"{here}/{name}"
        entry = seen.entries.get(here)
        if entry is not None and entry.kind is EntryKind.SYMLINK:
            target = seen.text(here)
            hops += 1
            if hops > _MOST_HOPS:
                return None
            here = "" if target.startswith("/") else posixpath.dirname(here).rstrip("/")
            ahead += target.split("/")[::-1]
    return here
