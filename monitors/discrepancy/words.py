"""Whether one text speaks of what another does, by the words that carry meaning."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]{4,}")
_STEM = 5
_COMMON = frozenset(
    "that this with from have will would should could must need them they their there then than "
    "what when which while where into onto over under about after before because since make made "
    "just only also some such more most very here been being were does done each other using "
    "user want like let's first next still well even".split()
)


def stems(text: str) -> frozenset[str]:
    """The beginnings of the words of ``text`` that carry meaning."""
    words = (word.lower() for word in _WORD.findall(text))
    return frozenset(word[:_STEM] for word in words if word not in _COMMON)


def share_told(of: str, known: frozenset[str]) -> float:
    """The share of the meaning of ``of`` that comes up among ``known``; 1 where it has none."""
    wanted = stems(of)
    return len(wanted & known) / len(wanted) if wanted else 1.0
