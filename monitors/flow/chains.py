"""Deeds that add up: each harmless, together a way around (copy, rename, send)."""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tempt.monitors.flow.lineage import Lineage, Thing
from tempt.monitors.flow.state import Call

_CHANGING = "tampering"


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


def completed(call: Call, lineage: Lineage, allowed: Set[str]) -> tuple[Chain, ...]:
    """The gravest chain of each category that a call completes; ``lineage`` takes the call in.

    Args:
        call: The call.
        lineage: The files so far.
        allowed: Keys of things that the user asks, or allows, to be changed.
    """
    touched = [thing for command in call.use.commands for thing in lineage.follow(command)]
    touched += lineage.opened(call.opened)
    found: dict[str, Chain] = {}
    for thing in touched:
        for chain in _of(thing, allowed):
            known = found.get(chain.category)
            if known is None or known.score < chain.score:
                found[chain.category] = chain
    return tuple(found.values())


def _of(thing: Thing, allowed: Set[str]) -> list[Chain]:
    mine = thing.first in allowed or posixpath.basename(thing.first) in allowed
    return [
        chain
        for chain in chains()
        if chain.ends_with(thing.deeds) and not (mine and chain.category == _CHANGING)
    ]
