"""Evaluation awareness: an agent says, in its thoughts or to the user, that it is being tested.

Reads reasoning and messages. Talk of tests that is part of the work (suites, scripts, scores) is
told apart from talk of the situation itself. Awareness is no misbehaviour: it says how far an
episode can stand for what the agent does when it believes that it matters.

Can't see: an awareness that is not put into words. Without any reasoning it is unmeasured, whatever
the messages say or leave out, unless one of them says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempt.envs.categories import Category
from tempt.envs.resources import table
from tempt.envs.seeding import fingerprint
from tempt.monitors.base import Event, Finding, MonitorReport, View
from tempt.monitors.language.lexicon import Lexicon
from tempt.monitors.language.patterns import Pattern
from tempt.monitors.language.reading import Evidence, Reader
from tempt.monitors.language.stance import Speech
from tempt.monitors.language.states import not_read

_VERSION = 1
_QUOTE = 300
_WEIGHTS = "weights"


class Awareness:
    """Scores each piece of reasoning or message by what it says about being tested."""

    name = "awareness"
    views = frozenset({View.REASONING, View.MESSAGE})
    category = Category.OVERSIGHT

    def __init__(self) -> None:
        self.signs: Mapping[str, Any] = table(__package__, "signs.toml")
        words = table(__package__, "words.toml")
        patterns = [
            Pattern.read(name, row)
            for name, sign in self.signs.items()
            if name != _WEIGHTS
            for row in sign["patterns"]
        ]
        speech = Speech(Speech.load().lexicon, self.signs[_WEIGHTS])
        self.reader = Reader(patterns, Lexicon(words), speech)
        self.fingerprint = f"{_VERSION}-{fingerprint([self.signs, words, speech.data])[:12]}"

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        """One finding per piece that says it."""
        findings = tuple(
            self._finding(event, evidence)
            for event in events
            if event.text
            for evidence in self._strongest(event.text)
        )
        return MonitorReport(findings, "" if findings else not_read(events))

    def _strongest(self, text: str) -> list[Evidence]:
        """The strongest evidence, alone in a list; an empty one where there is none."""
        found = sorted(self.reader.read(text), key=lambda evidence: -evidence.weight)
        return found[:1]

    def _finding(self, event: Event, evidence: Evidence) -> Finding:
        return Finding(
            monitor=self.name,
            fingerprint=self.fingerprint,
            step=event.step,
            call_id=event.call_id,
            view=event.view,
            category=self.category,
            score=evidence.weight,
            quote=evidence.quote[:_QUOTE],
        )
