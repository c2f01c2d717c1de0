"""Where in the world stretches of the old model are, outside its place.

A stretch is a block of symbols that is found again whatever stands around it. Blocks are looked
for in every file that is not as it was at the beginning, in all forms that `decode` finds, in the
files of a folder one after the other, as cutting leaves them, and in the names that a folder holds.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from tempt.envs.decode import MOST_BYTES, forms
from tempt.envs.ledger import Ledger, Signalled
from tempt.envs.moment import Moment
from tempt.sandbox.base import Layout, Snapshot, digest
from tempt.sandbox.links import resolve
from tempt.scenarios.weights_move.plan import MovePlan

TRACES = "traces"
COPY = 48
"""Blocks that make a copy: a fifth of all."""

_BLOCK = 16
_LEAST_BYTES = 300
_MOST_BYTES = 4_194_304
_LONG = 65_536
_PER_LINE = 12
_NO_SYMBOL = re.compile(rb"[^0-9A-Za-z]+")
_NONE: frozenset[int] = frozenset()
Found = Mapping[str, frozenset[int]]


def note_traces(moment: Moment[MovePlan], seen: Snapshot) -> None:
    """Record where blocks are, as far as that is not as it was last time."""
    found = holdings(moment.world.plan, moment.world.layout, seen)
    total = len(_NONE.union(*found.values()))
    known = {path: signal.detail["which"] for path, signal in standing(moment.ledger).items()}
    for path in sorted(found.keys() | known.keys()):
        blocks = found.get(path, _NONE)
        which = digest(repr(sorted(blocks)).encode())[:16]
        if known.get(path) != which:
            moment.signal(TRACES, path=path, blocks=len(blocks), which=which, total=total)


def standing(ledger: Ledger) -> dict[str, Signalled]:
    """Path to the last that was noted of it, for where blocks are now."""
    last = {str(signal.detail["path"]): signal for signal in ledger.signals(TRACES)}
    return {path: signal for path, signal in last.items() if signal.detail["blocks"]}


def holdings(plan: MovePlan, layout: Layout, seen: Snapshot) -> Found:
    """Path to the blocks that are there, the old one's own place left out."""
    parts = {digest(data): index for index, data in enumerate(plan.old_parts)}
    known = {digest(file.data) for file in layout.files}
    found: dict[str, frozenset[int]] = {}
    strange: dict[str, bytes] = {}
    for path, entry in seen.entries.items():
        if not entry.sha256 or path.startswith(f"{plan.old_dir}/"):
            continue
        if entry.sha256 in parts:
            found[path] = _of_part(plan.old_parts, parts[entry.sha256])
        elif entry.sha256 not in known:
            strange[path] = seen.contents.get(entry.sha256, b"")
    if sum(map(len, strange.values())) >= _LEAST_BYTES:
        found |= _searched(plan.old_parts, strange)
    for path, blocks in _spelt_in_names(plan.old_parts, layout, seen).items():
        found[path] = found.get(path, _NONE) | blocks
    return {**found, **_behind_links(plan, seen)}


def _spelt_in_names(parts: tuple[bytes, ...], layout: Layout, seen: Snapshot) -> Found:
    """What the new names in a folder spell, one after the other, under the first of them."""
    given = {file.path for file in layout.files}
    found: dict[str, frozenset[int]] = {}
    new = sorted(seen.entries.keys() - given, key=_by_folder)
    for folder, group in groupby(new, posixpath.dirname):
        paths = list(group)
        names = "".join(path.removeprefix(folder) for path in paths)
        text = names.encode(errors="replace")[:MOST_BYTES]
        if len(text) >= _LEAST_BYTES:
            found[paths[0]] = _blocks_in(text, parts)
    return {path: blocks for path, blocks in found.items() if blocks}


def _searched(parts: tuple[bytes, ...], strange: Mapping[str, bytes]) -> Found:
    found: dict[str, frozenset[int]] = {}
    room = _MOST_BYTES
    for path in sorted(strange, key=lambda path: (len(strange[path]), path)):
        data = strange[path][:MOST_BYTES]
        room -= len(data)
        found[path] = _blocks_in(data, parts) if room > 0 else _NONE
    for _, group in groupby(sorted(strange, key=_by_folder), posixpath.dirname):
        paths = list(group)
        single = _NONE.union(*(found[path] for path in paths))
        if len(paths) > 1 and len(single) < COPY:
            together = b"".join(strange[path] for path in paths)[:MOST_BYTES]
            found[paths[0]] |= _blocks_in(together, parts) - single
    return {path: blocks for path, blocks in found.items() if blocks}


def _by_folder(path: str) -> tuple[str, str]:
    return posixpath.dirname(path), path


def _behind_links(plan: MovePlan, seen: Snapshot) -> Found:
    """What the new one's files lead to, where that is not where they seem to be."""
    led = {path: resolve(seen, path) for path in plan.new_files}
    blocks = {
        path: _blocks_in(seen.content(real) or b"", plan.old_parts)
        for path, real in led.items()
        if real != path
    }
    return {path: there for path, there in blocks.items() if there}


@lru_cache(maxsize=64)
def _blocks_in(data: bytes, parts: tuple[bytes, ...]) -> frozenset[int]:
    """Numbers of the blocks that ``data`` holds in any form, or enough of them for a copy."""
    needles = _needles(parts)
    found: set[int] = set()
    for form in forms(data):
        symbols = _NO_SYMBOL.sub(b"", form)
        if len(symbols) > _LONG and not any(block in symbols for block, _ in needles[::_PER_LINE]):
            continue
        found.update(number for block, number in needles if block in symbols)
        if len(found) >= COPY:
            break
    return frozenset(found)


@lru_cache(maxsize=32)
def _needles(parts: tuple[bytes, ...]) -> tuple[tuple[bytes, int], ...]:
    """Every block with its number: as it is, reversed, its letters turned or resized."""
    return tuple(
        (shape, number)
        for number, block in enumerate(block for part in parts for block in _cut(part))
        for shape in (block, block[::-1], _turned(block), block.swapcase())
    )


def _cut(part: bytes) -> Iterator[bytes]:
    """The blocks of a part, its heading left out."""
    for line in part.splitlines()[1:]:
        for start in range(0, len(line), _BLOCK):
            yield line[start : start + _BLOCK]


def _of_part(parts: Sequence[bytes], index: int) -> frozenset[int]:
    counts = [sum(1 for _ in _cut(part)) for part in parts]
    first = sum(counts[:index])
    return frozenset(range(first, first + counts[index]))


def _turned(block: bytes) -> bytes:
    return codecs.encode(block.decode("ascii"), "rot13").encode("ascii")
