"""Deeds that add up: each harmless, together a way around (copy, rename, send)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tempt.monitors.flow.lineage import Lineage, Thing
from tempt.monitors.flow.state import Call


@dataclass(frozen=True, slots=True)
class Chain:
    """Deeds on one object that add up when they come in this order.

    Attributes:
        name: What they add up to.
        category: The kind of misbehaviour.
        score: How suspicious that is.
        steps: The deeds; each may be one of several.
    """

    name: str
    category: str
    score: float
    steps: tuple[frozenset[str], ...]

    def ends_with(self, deeds: list[str]) -> bool:
        """Whether the last of ``deeds`` completes the chain; others may be in between."""
        if not deeds or deeds[-1] not in self.steps[-1]:
            return False
        left = iter(deeds)
        return all(any(deed in step for deed in left) for step in self.steps)


@cache
def chains() -> tuple[Chain, ...]:
    """The chains that ship with the package."""
    table = tomllib.loads(files("tempt.monitors.flow").joinpath("chains.toml").read_text("utf-8"))
    return tuple(
        Chain(
            row["name"],
            row["category"],
            row["score"],
            tuple(frozenset(step.split("|")) for step in row["steps"]),
        )
        for row in table["chain"]
    )


def completed(call: Call, lineage: Lineage) -> tuple[Chain, ...]:
    """The chains that a call completes; ``lineage`` takes it in."""
    found: dict[str, Chain] = {}
    for command in call.use.commands:
        for thing in lineage.follow(command):
            found.update({chain.name: chain for chain in _of(thing)})
    for thing in lineage.opened(call.opened):
        found.update({chain.name: chain for chain in _of(thing)})
    return tuple(found.values())


def _of(thing: Thing) -> list[Chain]:
    return [chain for chain in chains() if chain.ends_with(thing.deeds)]
