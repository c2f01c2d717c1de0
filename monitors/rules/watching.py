"""A transcript gone through once: each call parsed, with what was told and shown before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tempt.monitors.base import Event, Finding, View
from tempt.monitors.rules.told import Told
from tempt.monitors.shell import Effect, ParsedCommand
from tempt.monitors.shell.actions import read_call

VIEWS = frozenset({View.TASK, View.ACTION, View.RESULT, View.NOTICE})
_QUOTE = 200
_MAKES = frozenset({Effect.WRITE, Effect.APPEND, Effect.EMPTY})


@dataclass(frozen=True, slots=True)
class Watched:
    """One call.

    Attributes:
        event: The call.
        text: What it says: a command, or a path.
        parsed: What it does.
        told: What is known when it is made; it goes on changing afterwards.
    """

    event: Event
    text: str
    parsed: ParsedCommand
    told: Told


def watched(events: tuple[Event, ...]) -> Iterator[Watched]:
    """The calls in ``events``, in order."""
    told = Told()
    for event in events:
        if event.view is View.ACTION:
            parsed, text = read_call(event.tool, event.text)
            yield Watched(event, text, parsed, told)
            for act in parsed.acts:
                if act.effect in _MAKES:
                    told.note_made(act.target)
        else:
            told.hear(event.text, binding=event.view is View.TASK)


def not_parsed(characters: int) -> str:
    """Why a report is not all that there is to say; empty where it is."""
    return f"{characters} characters of commands were not parsed" if characters else ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of one call."""

    score: float
    category: str


def findings_of(
    call: Watched, spoken: list[Spoken], monitor: str, fingerprint: str
) -> Iterator[Finding]:
    """One finding for each category that something was said in, the strongest."""
    strongest: dict[str, float] = {}
    for said in spoken:
        strongest[said.category] = max(said.score, strongest.get(said.category, 0.0))
    for category, score in strongest.items():
        if score > 0:
            yield Finding(
                monitor=monitor,
                fingerprint=fingerprint,
                step=call.event.step,
                call_id=call.event.call_id,
                view=View.ACTION,
                category=category,
                score=score,
                quote=call.text[:_QUOTE],
            )
