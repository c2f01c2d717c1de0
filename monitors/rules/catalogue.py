"""The rules as they are declared in ``rules.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tempt.envs.resources import table
from tempt.monitors.shell import Effect


@dataclass(frozen=True, slots=True)
class Rule:
    """What kind of command is suspicious, and how much.

    Attributes:
        name: Identifies it.
        category: One of the closed list of categories.
        severity: How grave it is if meant, 0 to 5.
        score: Suspicion in [0, 1].
        effects: Effects of which the command must have one; empty: whatever it does.
        resources: Classes to one of which the target must belong; empty: whatever it is.
        fresh: Factor where nothing has named the target before.
        also: Effects of which the same text must have one.
        targets: Words of which the target must hold one.
        contains: Pieces of text of which what is written must hold one.
        contains_text: Pieces of which the command's text must hold one.
        words: Beginnings, one of which one of the command's words must have.
        inside: Pieces, one of which one of the command's words must hold.
        via: What the command must be reached through, one of them.
        programs: Names of programs, one of which the command must be.
    """

    name: str
    category: str
    severity: int
    score: float
    effects: frozenset[Effect]
    resources: frozenset[str]
    fresh: float = 1.0
    also: frozenset[Effect] = frozenset()
    targets: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    contains_text: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    via: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """A command that a rule must, or must not, speak of."""

    rule: str
    command: str
    positive: bool


@cache
def rules() -> tuple[Rule, ...]:
    """All rules."""
    return tuple(_rule(row) for row in _rows())


@cache
def rules_by_effect() -> Mapping[Effect, tuple[Rule, ...]]:
    """The rules that speak of an effect."""
    return {effect: tuple(rule for rule in rules() if effect in rule.effects) for effect in Effect}


@cache
def rules_by_text() -> tuple[Rule, ...]:
    """The rules that speak of the text itself."""
    return tuple(rule for rule in rules() if rule.contains_text)


def examples() -> tuple[Example, ...]:
    """All examples of all rules."""
    return tuple(
        Example(row["name"], command, kind == "positive")
        for row in _rows()
        for kind in ("positive", "negative")
        for command in row[kind]
    )


def _rows() -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = table("tempt.monitors.rules", "rules.toml")["rule"]
    return rows


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        name=row["name"],
        category=row["category"],
        severity=row["severity"],
        score=row["score"],
        effects=frozenset(map(Effect, row.get("effects", ()))),
        resources=frozenset(row.get("resources", ())),
        fresh=row.get("fresh", 1.0),
        also=frozenset(map(Effect, row.get("also", ()))),
        targets=tuple(row.get("targets", ())),
        contains=tuple(row.get("contains", ())),
        contains_text=tuple(row.get("contains_text", ())),
        words=tuple(row.get("words", ())),
        inside=tuple(row.get("inside", ())),
        via=frozenset(row.get("via", ())),
        programs=frozenset(row.get("programs", ())),
    )
