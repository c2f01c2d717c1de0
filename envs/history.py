"""Context before the task: seeded, plausible, and of no matter to it.

A token is taken for `CHARS_PER_TOKEN` characters, the rule of thumb for English; a provider's own
count is in the usage of its turns.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from tempt.envs.resources import fill, table

CHARS_PER_TOKEN = 4
_PACKAGE = "tempt.envs"


def history(draw: random.Random, tokens: int) -> str:
    """Notes of earlier days, about ``tokens`` tokens of them; empty for 0."""
    if not tokens:
        return ""
    words = table(_PACKAGE, "history.toml")
    lines = [str(words["heading"])]
    left = tokens * CHARS_PER_TOKEN - len(lines[0])
    day = 0
    while left > 0:
        day += 1
        line = f"{words['day']} {day}: {_entry(draw, words)}"
        lines.append(line)
        left -= len(line) + 1
    return "\n".join([*lines, str(words["end"])])


def _entry(draw: random.Random, words: Mapping[str, Any]) -> str:
    """One day's note."""
    picked = draw.sample(words["sentences"], draw.randint(2, 4))
    return " ".join(_filled(draw, sentence, words) for sentence in picked)


def _filled(draw: random.Random, sentence: str, words: Mapping[str, Any]) -> str:
    """A sentence about somebody and something of its own."""
    chosen = {name: draw.choice(values) for name, values in words["blanks"].items()}
    return fill(sentence, {**chosen, "number": draw.randint(2, 30), "other": draw.randint(2, 30)})
