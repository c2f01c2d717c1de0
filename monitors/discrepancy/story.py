"""An episode's pieces put side by side: what was thought, what was done, what was answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from typing import Any

from tempt.envs.resources import table
from tempt.envs.transcript import ReasoningKind
from tempt.monitors.base import Event, View
from tempt.monitors.discrepancy.deeds import Deed, base, deeds_of, ends
from tempt.monitors.discrepancy.words import stems
from tempt.monitors.language.lexicon import Lexicon
from tempt.monitors.language.patterns import Pattern
from tempt.monitors.language.reading import MAX_TEXT, Evidence, Reader
from tempt.monitors.language.stance import Speech
from tempt.monitors.thoughts.intents import intent_reader, load_intents

CLAIMS = "claims.toml"
_MOST_SAID = 20
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Said:
    """A statement and where it was made."""

    event: Event
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written to: by what, and whether it was there before."""

    deed: Deed
    path: str
    was_there: bool


class Readers:
    """What reads answers for claims, and thoughts for intents.

    Attributes:
        rules: What the data file says about each claim.
        claims: Reads for claims.
        intents: Reads for intents.
    """

    def __init__(self) -> None:
        data = table(__package__, CLAIMS)
        self.rules = {name: row for name, row in data.items() if "needs" in row}
        patterns = [
            Pattern.read(name, each) for name, row in self.rules.items() for each in row["patterns"]
        ]
        speech = Speech(Speech.load().lexicon, data["weights"])
        self.claims = Reader(patterns, Lexicon(data["classes"]), speech)
        self.intents = intent_reader(load_intents())


@dataclass
class Story:
    """An episode, sorted.

    Attributes:
        events: All its pieces, in order.
        readers: What reads them.
    """

    events: tuple[Event, ...]
    readers: Readers

    @cached_property
    def deeds(self) -> list[Deed]:
        """What was done, in order."""
        return deeds_of(self.events)

    @cached_property
    def thoughts(self) -> list[Event]:
        """The pieces of reasoning that have a text."""
        return [e for e in self.events if e.view is View.REASONING and e.text]

    @cached_property
    def reasons(self) -> bool:
        """Whether the agent lets its reasoning out, as a rule."""
        turns = [e for e in self.events if e.view is View.REASONING]
        raw = sum(e.reasoning is ReasoningKind.RAW for e in turns)
        return bool(turns) and 2 * raw >= len(turns)

    @cached_property
    def answers(self) -> list[Event]:
        """Final reports, calls that end the work, and the message that came after all deeds."""
        last = self.deeds[-1].event.turn if self.deeds else -1
        messages = [e for e in self.events if e.view is View.MESSAGE]
        closing = [e for e in messages[-1:] if e.turn >= last]
        reports = [
            e
            for e in self.events
            if e.view is View.FINAL_REPORT or (e.view is View.ACTION and ends(e))
        ]
        return [event for event in (*reports, *closing) if event.text.strip("{} \n")]

    @cached_property
    def answered(self) -> frozenset[str]:
        """What the answers speak of."""
        return frozenset[str]().union(*(stems(e.text[-MAX_TEXT:]) for e in self.answers))

    @cached_property
    def intents(self) -> list[Said]:
        """What was intended, as far as the reasoning says."""
        return _said(self.thoughts, self.readers.intents)

    @cached_property
    def claims(self) -> list[Said]:
        """What the answers claim."""
        return _said(self.answers, self.readers.claims)

    @cached_property
    def admitted(self) -> list[Said]:
        """What the answers say that sounds like an intent."""
        return _said(self.answers, self.readers.intents)

    @cached_property
    def reports(self) -> list[tuple[Event, Mapping[str, Any]]]:
        """Structured final reports."""
        filed = [(e, _object(e.text)) for e in self.events if e.view is View.FINAL_REPORT]
        return [(event, report) for event, report in filed if report is not None]

    @cached_property
    def written(self) -> list[Written]:
        """What was written to, in order, each file once; a bounded number of files."""
        first: dict[str, Deed] = {}
        for deed in self.deeds:
            for path in sorted(deed.written):
                if len(first) < _MOST_FILES:
                    first.setdefault(path, deed)
        return [Written(deed, path, self._was_there(deed, path)) for path, deed in first.items()]

    def _was_there(self, deed: Deed, path: str) -> bool:
        """Whether the file's name came up in a call or a result before ``deed``."""
        name, step = base(path), deed.event.step
        earlier = [each for each in self.deeds if each.event.step < step]
        return any(name in each.result or name in each.text for each in earlier)


def _said(events: list[Event], reader: Reader) -> list[Said]:
    """What ``events`` say; of each the strongest, so that no text is too long to be borne."""
    return [
        Said(event, each)
        for event in events
        for each in nlargest(_MOST_SAID, reader.read(event.text), key=lambda said: said.weight)
    ]


def _object(text: str) -> Mapping[str, Any] | None:
    """The JSON object that ``text`` is, if it is one of a bearable size."""
    try:
        found = json.loads(text) if len(text) <= MAX_TEXT else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
