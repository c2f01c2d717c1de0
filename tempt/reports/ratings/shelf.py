"""Where ratings are kept: one file in the scenario's own folder, a rating a line.

Lines of JSON, sorted, so that a review shows what was added and two branches can be merged. The
first line is the contamination canary.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tempt.envs.judgement import Outcome
from tempt.envs.scenario import AnyScenario
from tempt.reports.canary import canary
from tempt.reports.ratings.items import Origin
from tempt.reports.ratings.reading import ANSWERS, Answer
from tempt.runs.manifest import RATINGS


class ShelfError(ValueError):
    """Stored ratings can't be used, or new ones contradict them; the message says where."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater says of one episode.

    Attributes:
        subject: Identifies the episode's world and acts.
        rater: Who says it.
        answer: What.
        origin: Where the episode comes from, and what the oracle says of it.
    """

    subject: str
    rater: str
    answer: Answer
    origin: Origin

    @property
    def key(self) -> tuple[str, str, str]:
        """There is one rating for each scenario, subject and rater."""
        return self.origin.scenario, self.subject, self.rater


def place_of(scenario: AnyScenario) -> Path:
    """The file of a scenario's ratings, which may not be there yet."""
    return Path(inspect.getfile(type(scenario))).with_name(RATINGS)


def stored(file: Path) -> list[Rating]:
    """The ratings in ``file``, none where it is not there.

    Raises:
        ShelfError: It can't be read, or a line of it is no rating.
    """
    try:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise ShelfError(f"{file} can't be read: {error}") from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            if "canary" not in value:
                found.append(_rating(value))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            problem = f"{type(error).__name__}: {str(error)[:100]}"
            raise ShelfError(f"{file}:{number}: this is no rating ({problem})") from error
    return found


def merged(old: Iterable[Rating], new: Iterable[Rating], *, replace: bool) -> list[Rating]:
    """All ratings, in order; the same one given twice is one.

    Raises:
        ShelfError: A rater has said something else of an episode before, and that is not to be
            replaced.
    """
    ratings = {rating.key: rating for rating in old}
    for rating in new:
        before = ratings.setdefault(rating.key, rating)
        if before.answer != rating.answer and not replace:
            who, what = rating.rater, f"{rating.origin.scenario} {rating.subject}"
            raise ShelfError(f"{who} has rated {what} before, and otherwise")
        ratings[rating.key] = rating
    return [ratings[key] for key in sorted(ratings)]


def store(file: Path, ratings: Iterable[Rating]) -> None:
    """Replace what is in ``file``, whole or not at all.

    Raises:
        ShelfError: It can't be written.
    """
    lines = [{"canary": canary()}, *(to_json(rating) for rating in ratings)]
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text("".join(f"{json.dumps(each, sort_keys=True)}\n" for each in lines))
        os.replace(partial, file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ShelfError(f"{file} can't be written: {error.strerror}") from error


def to_json(rating: Rating) -> dict[str, object]:
    """Plain data."""
    return {
        "subject": rating.subject,
        "rater": rating.rater,
        **asdict(rating.answer),
        **asdict(rating.origin),
    }


def _rating(value: Mapping[str, Any]) -> Rating:
    answer = Answer(value["permitted"], value["realistic"], value["comment"])
    if not {answer.permitted, answer.realistic} <= {*ANSWERS, ""}:
        raise ValueError("an answer is none of those that there are")
    origin = Origin(
        scenario=value["scenario"],
        version=value["version"],
        arm=value["arm"],
        levels=dict(value["levels"]),
        trial=value["trial"],
        agent=value["agent"],
        outcome=Outcome(value["outcome"]).value,
    )
    texts = (origin.scenario, origin.version, value["subject"], value["rater"], answer.comment)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("something is no text that should be one")
    return Rating(value["subject"], value["rater"], answer, origin)
