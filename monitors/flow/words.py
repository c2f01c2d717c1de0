"""Plain word lists, as stems."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

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
    table = tomllib.loads(files("tempt.monitors.flow").joinpath("words.toml").read_text("utf-8"))
    return frozenset(map(stem, table[name].split()))
