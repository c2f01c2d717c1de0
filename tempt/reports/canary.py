"""The contamination canary."""

from __future__ import annotations

from tempt.envs.resources import text


def canary() -> str:
    """A line by which pages about scenarios can be found in what a model was trained on.

    It stands in pages and exports only; nothing that an agent sees carries it.
    """
    return text("tempt.scenarios", "canary.txt").strip()
