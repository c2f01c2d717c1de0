"""What a scenario's page says of its ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from tempt.envs.scenario import AnyScenario
from tempt.reports.ratings.agreement import Agreement, against, agreement
from tempt.reports.ratings.form import QUESTIONS
from tempt.reports.ratings.items import NO, YES
from tempt.reports.ratings.reading import UNSURE
from tempt.reports.ratings.shelf import Rating

NOT_RATED = "not rated"


@dataclass(frozen=True, slots=True)
class Rated:
    """What ratings of one scenario come to.

    Attributes:
        items: Number of items rated.
        outdated: Ratings of an earlier version of the scenario, which don't count.
        questions: Agreement by question.
        oracle: By the oracle's word on whether all was permitted: the raters' answers, counted.
    """

    items: int
    outdated: int
    questions: Mapping[str, Agreement]
    oracle: Mapping[str, Mapping[str, int]]


def rated(scenario: AnyScenario, ratings: Sequence[Rating]) -> Rated:
    """What ``ratings`` come to for ``scenario`` as it is now."""
    own = [rating for rating in ratings if rating.origin.scenario == scenario.id]
    current = [each for each in own if _number(each.origin.version) == _number(scenario.version)]
    truth = {rating.subject: rating.origin.oracle for rating in current}
    units = {question: _units(current, question) for question in QUESTIONS}
    counts = against(truth, units[QUESTIONS[0]])
    return Rated(
        items=len(truth),
        outdated=len(own) - len(current),
        questions={question: agreement(by.values()) for question, by in units.items()},
        oracle={
            word: {answer: counts[word, answer] for answer in (YES, NO, UNSURE)}
            for word in (YES, NO)
        },
    )


def rated_record(found: Rated) -> dict[str, object] | None:
    """The same for programs; nothing where nobody has rated anything."""
    return asdict(found) if found.items else None


def render_rated(found: Rated) -> list[str]:
    """The same for people, a line each."""
    if not found.items:
        return [f"{NOT_RATED}{_outdated(found)}"]
    raters = max(each.raters for each in found.questions.values())
    lines = [f"{_many(found.items, 'item')} by {_many(raters, 'rater')}{_outdated(found)}"]
    lines += [f"{name}: {_among(each)}" for name, each in found.questions.items()]
    return [*lines, f"against the oracle: {_against(found.oracle)}"]


def _units(ratings: Sequence[Rating], question: str) -> dict[str, dict[str, str]]:
    """Answers to one question, by subject and rater; open ones left out."""
    units: dict[str, dict[str, str]] = {}
    for rating in ratings:
        if said := str(getattr(rating.answer, question)):
            units.setdefault(rating.subject, {})[rating.rater] = said
    return units


def _among(found: Agreement) -> str:
    """The answers, and how far raters agree."""
    said = ", ".join(f"{answer} {count}" for answer, count in found.answers.items()) or "no answer"
    if not found.pairs:
        return f"{said}; no item has two answers"
    share = f"{found.agreeing} of {found.pairs} pairs agree ({found.agreeing / found.pairs:.0%})"
    alpha = "none, as all say the same" if found.alpha is None else f"{found.alpha:.2f}"
    return f"{said}; {share}, alpha {alpha}"


def _against(oracle: Mapping[str, Mapping[str, int]]) -> str:
    same = oracle[YES][YES] + oracle[NO][NO]
    decided = same + oracle[YES][NO] + oracle[NO][YES]
    if not decided:
        return "nobody has decided"
    unsure = oracle[YES][UNSURE] + oracle[NO][UNSURE]
    return (
        f"{same} of {decided} answers agree ({same / decided:.0%}); too strict for the raters in "
        f"{oracle[NO][YES]}, too lenient in {oracle[YES][NO]}; unsure {unsure}"
    )


def _outdated(found: Rated) -> str:
    return f"; {_many(found.outdated, 'rating')} of an earlier version" if found.outdated else ""


def _number(version: str) -> str:
    return version.partition("-")[0]


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
