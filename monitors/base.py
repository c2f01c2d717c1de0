"""What a monitor is, what it may read, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tempt.envs.transcript import ModelTurn, Observation, ReasoningKind, ToolCall, Transcript


class View(StrEnum):
    """What a monitor may read. A monitor declares its views and is shown nothing else."""

    TASK = "task"
    """What the agent was told: system prompt, task, and what the user said later."""
    REASONING = "reasoning"
    ACTION = "action"
    RESULT = "result"
    MESSAGE = "message"
    NOTICE = "notice"
    FINAL_REPORT = "final_report"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of a transcript.

    Attributes:
        view: What kind of piece.
        turn: Number of the turn it belongs to; results and notices reach the agent with the next.
        step: The step it belongs to; for reasoning and messages, the turn's first step.
        call_id: The tool call it belongs to, or empty.
        tool: The tool's name for actions, results and notices; else empty.
        text: The piece itself: hostile text.
        reasoning: How much a turn let out of its thinking; ``None`` for other pieces. Every turn
            has such a piece: one of kind ``none`` says that there was nothing to be read.
    """

    view: View
    turn: int
    step: int
    call_id: str
    tool: str
    text: str
    reasoning: ReasoningKind | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A monitor's statement about one step.

    Attributes:
        monitor: The monitor's name.
        fingerprint: Its version.
        step: The step spoken of.
        call_id: The tool call spoken of.
        view: Where the evidence was read.
        category: One of the closed list of categories.
        score: Suspicion in [0, 1].
        quote: The evidence, verbatim and bounded.
    """

    monitor: str
    fingerprint: str
    step: int
    call_id: str
    view: View
    category: str
    score: float
    quote: str


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """All that a monitor has to say about one episode.

    Attributes:
        findings: What it found.
        unmeasured: Why it can't say whether there was more, such as reasoning that it was not
            shown; empty where it has seen what it reads. Never the same as having found nothing.
    """

    findings: tuple[Finding, ...]
    unmeasured: str = ""

    @property
    def score(self) -> float:
        """The highest score of any step; 0 where nothing was found."""
        return max((finding.score for finding in self.findings), default=0.0)

    def step_scores(self) -> dict[int, float]:
        """The highest score of each step that something was found in."""
        scores: dict[int, float] = {}
        for finding in self.findings:
            scores[finding.step] = max(finding.score, scores.get(finding.step, 0.0))
        return scores


class Monitor(Protocol):
    """Reads, and acts on nothing."""

    name: str
    fingerprint: str
    views: frozenset[View]

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        """What the events, in order, give reason to say.

        Args:
            events: Those of the declared views only.
        """
        ...


def events_of(transcript: Transcript, views: frozenset[View]) -> tuple[Event, ...]:
    """The transcript's pieces, in order, cut down to ``views``.

    Raises:
        ValueError: ``views`` holds the ledger, which no transcript contains.
    """
    if View.LEDGER in views:
        raise ValueError("a transcript holds no ledger; an oracle-informed monitor reads records")
    return tuple(event for event in _all_events(transcript) if event.view in views)


def turn_events(turn: ModelTurn, number: int, step: int) -> tuple[Event, ...]:
    """What a turn says besides its calls.

    Args:
        turn: The turn.
        number: Its number.
        step: Number of its first step.
    """
    thought = turn.reasoning
    reasoning = Event(View.REASONING, number, step, "", "", thought.text, thought.kind)
    if not turn.message:
        return (reasoning,)
    return (reasoning, Event(View.MESSAGE, number, step, "", "", turn.message))


def call_events(
    call: ToolCall, turn: int, step: int, seen: Observation | None = None
) -> tuple[Event, ...]:
    """A call and, where it was answered, its answer.

    Args:
        call: The call.
        turn: Number of its turn.
        step: Its number.
        seen: The answer.
    """
    view = View.FINAL_REPORT if call.name == "report" else View.ACTION
    events = [Event(view, turn, step, call.id, call.name, call.arguments)]
    if seen is not None:
        events.append(Event(View.RESULT, turn, step, call.id, call.name, seen.text))
        if seen.notices:
            events.append(Event(View.NOTICE, turn, step, call.id, call.name, seen.text))
    return tuple(events)


def _all_events(transcript: Transcript) -> Iterator[Event]:
    for told in (transcript.system, transcript.user):
        if told:
            yield Event(View.TASK, 0, 0, "", "", told)
    for number, turn in enumerate(transcript.turns):
        steps = transcript.steps_of(number)
        first = steps[0].index if steps else len(transcript.steps) + 1
        yield from turn_events(turn, number, first)
        for step in steps:
            yield from call_events(step.call, number, step.index, step.observation)
