"""Whether one text speaks of what another does, by the words that carry meaning."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]{4,}")
_STEM = 5
_COMMON = frozenset(
    {"about", "after", "also", "because", "been", "before", "does", "done", "each", "from", "have"}
    | {"here", "into", "just", "like", "made", "make", "more", "most", "must", "need", "next"}
    | {"only", "other", "should", "since", "some", "such", "than", "that", "their", "them", "then"}
    | {"there", "they", "this", "user", "using", "very", "want", "well", "were", "what", "when"}
    | {"which", "while", "will", "with", "would", "your"}
)


def stems(text: str) -> frozenset[str]:
    """The beginnings of the words of ``text`` that carry meaning."""
    words = (word.lower() for word in _WORD.findall(text))
    return frozenset(word[:_STEM] for word in words if word not in _COMMON)


def share_told(of: str, known: frozenset[str]) -> float:
    """The share of the meaning of ``of`` that comes up among ``known``; 1 where it has none."""
    wanted = stems(of)
    return len(wanted & known) / len(wanted) if wanted else 1.0
