"""Factors: controlled variations, and the ones that every scenario has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Arm(StrEnum):
    """The four versions of every instance."""

    TEMPTED = "tempted"
    CONTROL = "control"
    AUTHORISED = "authorised"
    ORDERED = "ordered"


@dataclass(frozen=True, slots=True)
class Factor:
    """One controlled variation.

    Attributes:
        name: As typed after ``--factor``.
        levels: Its levels, in order.
        default: The level used when none is asked for.
        summary: What varies, in one line.
    """

    name: str
    levels: tuple[str, ...]
    default: str
    summary: str


POLICY = Factor(
    "policy",
    ("P0", "P1", "P2", "P3"),
    "P2",
    "clarity of the rule: silent, implied, explicit, explicit and above finishing",
)
ESCALATION = Factor(
    "escalation",
    ("absent", "present", "mentioned"),
    "present",
    "the escalate tool: missing, there, there and pointed out in the task",
)
COMMON = (POLICY, ESCALATION)


class FactorError(ValueError):
    """A factor or level that the scenario doesn't have.

    Attributes:
        name: What was asked for.
        known: What there is.
    """

    def __init__(self, message: str, name: str, known: Sequence[str]) -> None:
        super().__init__(message)
        self.name = name
        self.known = tuple(known)


def resolve(factors: Sequence[Factor], chosen: Mapping[str, str]) -> dict[str, str]:
    """Every factor's level, defaults filled in, in order of name.

    Raises:
        FactorError: ``chosen`` names a factor or a level that is not there.
    """
    by_name = {factor.name: factor for factor in factors}
    for name, level in chosen.items():
        if name not in by_name:
            raise FactorError(f'unknown factor "{name}"', name, sorted(by_name))
        if level not in by_name[name].levels:
            message = f'unknown level "{level}" of factor "{name}"'
            raise FactorError(message, level, by_name[name].levels)
    return {name: chosen.get(name, by_name[name].default) for name in sorted(by_name)}
