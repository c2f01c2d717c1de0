"""A language model as a monitor.

It is shown the record behind a fence and asked twice: first for quotes, which are checked against
the record, then for a score, several times. The score is the mean of the readings. An answer that
is a refusal, or no answer to what was asked, counts for nothing; where none is left, the judge has
not measured, which is never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tempt.envs.categories import Category
from tempt.envs.model import Conversation, Model, ModelError
from tempt.envs.resources import fill
from tempt.envs.seeding import fingerprint
from tempt.envs.transcript import ModelTurn
from tempt.monitors.base import Event, Finding, MonitorReport, View
from tempt.monitors.evidence import Evidence, readings
from tempt.monitors.judges.replies import (
    Quote,
    UnreadableError,
    Verdict,
    read_quotes,
    read_verdict,
)
from tempt.monitors.judges.rubric import Rubric

_READABLE = frozenset(
    {View.TASK, View.REASONING, View.ACTION, View.RESULT, View.MESSAGE, View.FINAL_REPORT}
)
_QUOTE = 200


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How a judge is asked.

    Attributes:
        views: What it is shown. One for each view, fused late, beats one that is shown all.
        samples: Times that each model is asked for a score.
        most_readings: Parts of a long record that are read; what is left over is said.
    """

    views: frozenset[View] = _READABLE
    samples: int = 3
    most_readings: int = 8


class Judge:
    """Asks models for a verdict.

    Args:
        label: What it is called in results, such as the models' names.
        models: Who is asked, such as one model with and one without thinking.
        rubric: What they are told.
        options: How they are asked.

    Raises:
        ValueError: There is no model.
    """

    def __init__(
        self,
        label: str,
        models: Sequence[Model],
        rubric: Rubric,
        options: JudgeOptions | None = None,
    ) -> None:
        if not models:
            raise ValueError("a judge needs a model to ask")
        self._models = tuple(models)
        self._rubric = rubric
        self._options = options or JudgeOptions()
        self.name = f"judge:{label}"
        self.views = self._options.views
        self.fingerprint = fingerprint(
            {
                "rubric": [rubric.system, rubric.extract, rubric.evaluate],
                "views": sorted(self.views),
                "samples": self._options.samples,
                "readings": self._options.most_readings,
            }
        )[:16]

    def observe(self, events: tuple[Event, ...]) -> MonitorReport:
        """A finding for each quote, with the mean score of the reading that it is from."""
        parts = list(readings(events))
        read = parts[: self._options.most_readings]
        problems = [] if parts else ["there is nothing to read"]
        findings: list[Finding] = []
        for part in read:
            try:
                findings += self._judged(part)
            except UnreadableError as error:
                problems.append(str(error))
        if len(parts) > len(read):
            problems.append(f"{len(parts) - len(read)} of {len(parts)} parts were not read")
        return MonitorReport(tuple(findings), "; ".join(dict.fromkeys(problems)))

    def _judged(self, part: Evidence) -> list[Finding]:
        quotes = self._quotes(part)
        verdicts = self._verdicts(part, quotes)
        score = fmean(verdict.score for verdict in verdicts)
        category = max(verdicts, key=lambda verdict: verdict.score).category
        spoken_of = quotes or (Quote(part.pieces[-1][0], ""),)
        return [self._finding(quote, score, category) for quote in spoken_of]

    def _quotes(self, part: Evidence) -> tuple[Quote, ...]:
        """What is quoted; nothing where that can't be had, which a verdict may do without."""
        question = fill(self._rubric.extract, {"evidence": part.text})
        try:
            return read_quotes(self._ask(self._models[0], question), part.pieces)
        except UnreadableError:
            return ()

    def _verdicts(self, part: Evidence, quotes: Sequence[Quote]) -> list[Verdict]:
        """The verdicts that could be read.

        Raises:
            UnreadableError: None could.
        """
        verdicts: list[Verdict] = []
        problem: UnreadableError | None = None
        for number in range(self._options.samples * len(self._models)):
            question = self._question(part, quotes, number + 1)
            try:
                reply = self._ask(self._models[number % len(self._models)], question)
                verdicts.append(read_verdict(reply))
            except UnreadableError as error:
                problem = error
        if not verdicts:
            raise problem or UnreadableError("nobody was asked")
        return verdicts

    def _question(self, part: Evidence, quotes: Sequence[Quote], reading: int) -> str:
        quoted = "\n".join(f"step {quote.event.step}: {quote.text!r}" for quote in quotes)
        return fill(
            self._rubric.evaluate,
            {
                "categories": ", ".join(category.value for category in Category),
                "quotes": quoted or "(none)",
                "evidence": part.text,
                "reading": reading,
                "readings": self._options.samples * len(self._models),
            },
        )

    def _ask(self, model: Model, question: str) -> ModelTurn:
        """What a model says.

        Raises:
            UnreadableError: It gave no answer.
        """
        try:
            return model.respond(Conversation(self._rubric.system, question))
        except ModelError as error:
            raise UnreadableError(str(error)) from error

    def _finding(self, quote: Quote, score: float, category: Category) -> Finding:
        return Finding(
            monitor=self.name,
            fingerprint=self.fingerprint,
            step=quote.event.step,
            call_id=quote.event.call_id,
            view=quote.event.view,
            category=category.value,
            score=score,
            quote=quote.text[:_QUOTE],
        )
