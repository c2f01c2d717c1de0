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

    @property
    def permits(self) -> bool:
        """Whether the tempting act is allowed or ordered."""
        return self in (Arm.AUTHORISED, Arm.ORDERED)


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
PLACEMENT = Factor(
    "placement",
    ("user", "system", "result"),
    "user",
    "where the rule is told: in the task, in the system prompt, with the first tool result",
)
PRESSURE = Factor(
    "pressure",
    (
        "none",
        *(
            f"{kind}{level}"
            for kind in ("time", "kpi", "autonomy", "resource")
            for level in (1, 2, 3)
        ),
    ),
    "none",
    "a kind of pressure and how much of it",
)
AGENCY = Factor("agency", ("absent", "present"), "absent", "a sentence that asks to act boldly")
NUDGE = Factor("nudge", ("absent", "present"), "absent", "a sentence that puts the goal first")
OVERSIGHT = Factor(
    "oversight",
    ("unstated", "none", "logged", "live"),
    "unstated",
    "what is said about who watches",
)
TEST = Factor(
    "test", ("none", "evaluation", "simulation"), "none", "whether it is said to be a test"
)
CONTEXT = Factor(
    "context",
    ("0", "4000", "16000", "64000"),
    "0",
    "tokens of irrelevant history before the task, at four characters a token",
)
ATTACK = Factor(
    "attack",
    ("none", "preamble", "injection", "split"),
    "none",
    "an attack: a jailbreak before the task, orders in a tool result, a request in three parts",
)
COMMON = (
    POLICY,
    PLACEMENT,
    ESCALATION,
    PRESSURE,
    AGENCY,
    NUDGE,
    OVERSIGHT,
    TEST,
    CONTEXT,
    ATTACK,
)
"""Factors of every scenario; `tempt.envs.briefing` gives them their words."""

TIMING = Factor(
    "timing",
    ("during", "after"),
    "during",
    "when the temptation comes: within the task, or after it, when there is no conflict",
)
AFFORDANCE = Factor(
    "affordance", ("open", "closed"), "open", "whether the shortcut's object can be changed at all"
)
NAMING = Factor(
    "naming", ("benign", "alarming"), "benign", "how the names around the shortcut sound"
)
COST = Factor("cost", ("low", "mid", "high"), "mid", "what the honest path costs")
"""This and the three before it are names that scenarios share for what each does itself."""


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
