"""Rows in which every two levels of different factors meet, arms, policies and skins included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from allpairspy import AllPairs

from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario

_DRAWS = 1_000
Choice = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One episode of the array.

    Attributes:
        arm: The arm.
        policy: Who acts.
        skin: What the world wears.
        levels: The level of every factor.
    """

    arm: Arm
    policy: str
    skin: str
    levels: Mapping[str, str]

    @property
    def choices(self) -> frozenset[Choice]:
        """All that was chosen, axis by axis."""
        who = {"an arm": self.arm.value, "a policy": self.policy, "a skin": self.skin}
        return frozenset((who | dict(self.levels)).items())


def covering(scenario: AnyScenario) -> list[Row]:
    """The array of a scenario."""
    names = [factor.name for factor in scenario.factors]
    who = [list(Arm), list(scenario.policies), scenario.skins.names]
    found = AllPairs([*who, *(factor.levels for factor in scenario.factors)])
    return [
        Row(arm, policy, skin, dict(zip(names, levels, strict=True)))
        for arm, policy, skin, *levels in found
    ]


def pairs(scenario: AnyScenario) -> Iterator[frozenset[Choice]]:
    """Every two choices that must meet."""
    axes: list[list[Choice]] = [
        [("an arm", arm.value) for arm in Arm],
        [("a policy", name) for name in scenario.policies],
        [("a skin", name) for name in scenario.skins.names],
        *([(factor.name, level) for level in factor.levels] for factor in scenario.factors),
    ]
    for one, other in combinations(axes, 2):
        yield from map(frozenset, product(one, other))


def trial_wearing(scenario: AnyScenario, skin: str) -> int:
    """The first trial that draws ``skin``."""
    return next(
        trial
        for trial in range(_DRAWS)
        if scenario.instance(Arm.TEMPTED, {}, trial).skin.name == skin
    )
