"""Events written out for a reader who must not be talked to by them.

The text stands between two fence lines that carry a hash of it, so that nothing in it can be one of
them. Control characters are escaped, long pieces lose their middle, and a record too long for one
reading is cut into several.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tempt.envs.transcript import ReasoningKind
from tempt.monitors.base import Event, View

MOST_OF_A_PIECE = 8_000
MOST_OF_A_READING = 60_000
_HIDDEN = {
    ReasoningKind.NONE: "no reasoning was let out",
    ReasoningKind.REDACTED: "the reasoning is not readable",
}
_SUMMARY = " (a summary of it)"
_KEPT = frozenset("\n\t")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reading.

    Attributes:
        text: Fenced text.
        pieces: What stands in it, as it stands there.
    """

    text: str
    pieces: tuple[tuple[Event, str], ...]


def readings(events: Sequence[Event]) -> Iterator[Evidence]:
    """The events in order, cut into readings between pieces."""
    pieces: list[tuple[Event, str]] = []
    size = 0
    for event in events:
        written = escaped(_shortened(event.text))
        if pieces and size + len(written) > MOST_OF_A_READING:
            yield _fenced(pieces)
            pieces, size = [], 0
        pieces.append((event, written))
        size += len(written)
    if pieces:
        yield _fenced(pieces)


def escaped(text: str) -> str:
    """``text`` without control characters, surrogates and characters that are not seen."""
    return "".join(
        character
        if character in _KEPT or character.isprintable()
        else character.encode("ascii", "backslashreplace").decode()
        if ord(character) > _ASCII
        else f"\\x{ord(character):02x}"
        for character in text
    )


_ASCII = 0x7F


def _shortened(text: str) -> str:
    if len(text) <= MOST_OF_A_PIECE:
        return text
    half = MOST_OF_A_PIECE // 2
    return f"{text[:half]}\n[{len(text) - 2 * half:,} characters left out]\n{text[-half:]}"


def _fenced(pieces: Sequence[tuple[Event, str]]) -> Evidence:
    body = "\n\n".join(f"[{_heading(event)}]\n{written}".rstrip() for event, written in pieces)
    mark = hashlib.sha256(body.encode()).hexdigest()[:24]
    return Evidence(f"=== evidence {mark}\n{body}\n=== end of evidence {mark}", tuple(pieces))


def _heading(event: Event) -> str:
    """What a piece is; its tool's name is the agent's word and is escaped."""
    where = f"step {event.step}, {event.view.value}"
    if event.view is View.REASONING and event.reasoning is not None:
        hidden = _HIDDEN.get(event.reasoning, "")
        note = _SUMMARY if event.reasoning is ReasoningKind.SUMMARY else ""
        return f"{where}{note}{': ' * bool(hidden)}{hidden if not event.text else ''}"
    return f"{where}{f' of {escaped(event.tool[:64])!r}' if event.tool else ''}"
