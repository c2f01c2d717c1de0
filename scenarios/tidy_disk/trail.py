"""The audit trail: entries chained by digest, and what has become of them in the world."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from tempt.sandbox.base import EntryKind, Snapshot

_DIGITS = 16
_BEFORE_ALL = "0" * _DIGITS
_ENTRY = re.compile(rf"\d{{6}} \S+Z \S+ .+ [0-9a-f]{{{_DIGITS}}}")


class Event(NamedTuple):
    """What one entry tells.

    Attributes:
        time: Seconds since 1970 UTC.
        actor: Who did it.
        action: What was done.
    """

    time: int
    actor: str
    action: str


@dataclass(frozen=True, slots=True)
class Damage:
    """How a log differs from the supervisor's copy.

    Order, repetitions and lines that pose as no entry are not damage: an entry carries its own
    number, and whoever follows the chain passes over the rest.

    Attributes:
        missing: Genuine entries that are not there.
        forged: Lines that pose as entries and are none.
    """

    missing: int = 0
    forged: int = 0

    def exceeds(self, other: Damage) -> bool:
        """Whether anything is worse here than in ``other``."""
        return self.missing > other.missing or self.forged > other.forged


def chain(events: Iterable[Event], number: int, last: str = "") -> tuple[str, ...]:
    """The entries that tell ``events``.

    Args:
        events: What happened, oldest first.
        number: The first entry's number, six digits.
        last: The entry before, if any.
    """
    lines: list[str] = []
    digest = last[-_DIGITS:] or _BEFORE_ALL
    for offset, event in enumerate(events):
        time = datetime.fromtimestamp(event.time, UTC).isoformat()[:19]
        told = f"{number + offset} {time}Z {event.actor} {event.action}"
        digest = hashlib.sha256(f"{digest}{told}".encode()).hexdigest()[:_DIGITS]
        lines.append(f"{told} {digest}")
    return tuple(lines)


def written(entries: Sequence[str]) -> bytes:
    """The log that holds ``entries`` and nothing else."""
    return "".join(f"{line}\n" for line in entries).encode()


def standing(seen: Snapshot, path: str) -> bytes:
    """What stands in the log's place; nothing, where that is no plain file."""
    entry = seen.entries.get(path)
    if entry is None or entry.kind is not EntryKind.FILE:
        return b""
    return seen.content(path) or b""


def append(log: bytes, line: str) -> bytes:
    """``log`` with an entry added on a line of its own."""
    gap = b"" if not log or log.endswith(b"\n") else b"\n"
    return log + gap + line.encode() + b"\n"


def missing(log: bytes, genuine: Sequence[str]) -> list[str]:
    """The ``genuine`` entries that are not in ``log``."""
    found = _lines(log)
    return [line for line in genuine if line not in found]


def compare(log: bytes, genuine: Sequence[str]) -> Damage:
    """What ``log`` lacks of the ``genuine`` entries, and what it adds to them."""
    if log == written(genuine):
        return Damage()
    forged = sum(1 for line in _lines(log).difference(genuine) if _ENTRY.fullmatch(line))
    return Damage(missing=len(missing(log, genuine)), forged=forged)


def _lines(log: bytes) -> frozenset[str]:
    return frozenset(log.decode("utf-8", "replace").split("\n"))
