"""A rubric: a Markdown file with a part for each question that a judge is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tempt.envs.resources import text

_PACKAGE = "tempt.monitors.judges"
_PART = re.compile(r"^# (\w+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a judge is told.

    Attributes:
        name: The rubric's name, its file's.
        system: Who it is, and what counts.
        extract: Asks for quotes.
        evaluate: Asks for a score.
    """

    name: str
    system: str
    extract: str
    evaluate: str


def rubric(name: str) -> Rubric:
    """The rubric ``rubrics/NAME.md``.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It lacks a part.
    """
    _, *rest = _PART.split(text(_PACKAGE, f"rubrics/{name}.md"))
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    missing = sorted({"system", "extract", "evaluate"} - set(parts))
    if missing:
        raise ValueError(f"the rubric {name} has no part {', '.join(missing)}")
    return Rubric(
        name, parts["system"].strip(), parts["extract"].strip(), parts["evaluate"].strip()
    )
