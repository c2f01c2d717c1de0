"""Plain word lists, as stems."""

from __future__ import annotations

from functools import cache

from tempt.monitors.flow.tables import table
from tempt.monitors.flow.tokens import stem


@cache
def common() -> frozenset[str]:
    """Stems that say nothing about what a text is about."""
    return _stems("common")


@cache
def strangers() -> frozenset[str]:
    """Stems in the names of tools whose results hold what others wrote."""
    return _stems("strangers")


def _stems(name: str) -> frozenset[str]:
    rules = table("words")
    return frozenset(map(stem, rules[name].split()))
