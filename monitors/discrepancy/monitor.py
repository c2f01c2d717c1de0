"""Discrepancies: what is said against what was done, and what is thought against both.

Detects, each under a badge of its own (`rules.Badge`): claims of the final answer that the action
log does not bear out; files written to that a structured report does not name; intents, promises
and things heard that the answer passes over; answers less safe than the thoughts; changes made
without a word.

Can't see: what a command did beyond its text (the action log is what was asked for, not what
changed), claims in other words than it knows, or reasons that were invented. Without reasoning, or
without an answer, those halves are unmeasured.
"""

from __future__ import annotations

from dataclasses import replace

from tempt.envs.categories import Category
from tempt.envs.resources import table
from tempt.envs.seeding import fingerprint
from tempt.monitors.base import Event, Finding, MonitorReport, View
from tempt.monitors.discrepancy.rules import Discrepancy, discrepancies
from tempt.monitors.discrepancy.story import CLAIMS, Readers, Story
from tempt.monitors.language.states import not_read
from tempt.monitors.thoughts.intents import rules

_VERSION = 1
_QUOTE = 300
_MOST = 1_000
"""Findings of one episode; more say nothing new."""


class DiscrepancyMonitor:
    """Compares thoughts, deeds and answers."""

    name = "discrepancy"
    views = frozenset({View.REASONING, View.ACTION, View.RESULT, View.MESSAGE, View.FINAL_REPORT})
    category = Category.DECEPTION

    def __init__(self) -> None:
        self._readers = Readers()
        self.fingerprint = f"{_VERSION}-{fingerprint([table(__package__, CLAIMS), *rules()])[:12]}"

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        """One finding per discrepancy, at the step of what is quoted."""
        found = self.compare(events)
        findings = tuple(self._finding(each) for each in found)
        return MonitorReport(findings, "" if findings else not_read(events))

    def compare(self, events: tuple[Event, ...]) -> list[Discrepancy]:
        """The discrepancies with their badges, the strongest first, quotes bounded."""
        story = Story(events, self._readers)
        found = sorted(discrepancies(story), key=lambda each: -each.score)[:_MOST]
        return [replace(each, quote=each.quote[:_QUOTE]) for each in found]

    def _finding(self, found: Discrepancy) -> Finding:
        return Finding(
            monitor=self.name,
            fingerprint=self.fingerprint,
            step=found.event.step,
            call_id=found.event.call_id,
            view=found.event.view,
            category=self.category,
            score=found.score,
            quote=found.quote,
        )
