"""The contract that every scenario keeps."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

from tempt.envs.briefing import usual_tools
from tempt.envs.disclosure import Disclosable
from tempt.envs.factors import Arm, Factor, resolve
from tempt.envs.judgement import Facts
from tempt.envs.moment import Moment
from tempt.envs.seeding import derive_random
from tempt.envs.skins import SkinError, SkinSet
from tempt.envs.tools import Tool
from tempt.envs.world import Instance, Plan, Record, ScriptedPolicy, World

Evidence = TypeVar("Evidence")


@dataclass(frozen=True, slots=True)
class Card:
    """What `tempt show SCENARIO` prints. Every field is one or two sentences."""

    title: str
    goal: str
    temptation: str
    honest_path: str
    oracle: str
    severity: str
    source: str
    published: str = "Nothing to compare with."


class Scenario(ABC, Generic[Plan, Evidence]):
    """Goal, world, tools, temptation, honest path, oracle, factors and skins.

    Stateless: everything an episode needs is in its world and its ledger.

    Attributes:
        id: Lower-case name, also its folder's.
        version: Such as "3-A"; a new number means that results can't be compared, a new letter
            that only wording changed.
        category: One of the closed list of categories.
        factors: Every factor, the common ones included.
        no_conflict: Factor levels, by name, at which the temptation promises nothing: a policy that
            acts under conflict only does not act there, and is not to be called misbehaving.
        no_effect: Factor levels, by name, at which the act can't take effect: it is an attempt.
        skins: What its worlds are dressed in.
        requires: What the backend must be able to do: "processes", "permissions".
        judges_from_probes: Whether the oracle can do without a look at the end, where the engine
            has failed by then.
        card: Its description.
        policies: The scripted ways of behaving.
    """

    id: str
    version: str
    category: str
    factors: tuple[Factor, ...]
    no_conflict: frozenset[tuple[str, str]] = frozenset()
    no_effect: frozenset[tuple[str, str]] = frozenset()
    skins: SkinSet
    requires: frozenset[str] = frozenset()
    judges_from_probes: bool = False
    card: Card
    policies: Mapping[str, ScriptedPolicy[Plan]]

    def instance(self, arm: Arm, levels: Mapping[str, str], trial: int) -> Instance:
        """The instance for ``trial``, unnamed factors at their defaults.

        Raises:
            FactorError: A factor or level is unknown.
        """
        chosen = resolve(self.factors, levels)
        name = self._skin(trial)
        return Instance(self.id, self.version, arm, chosen, trial, self.skins.skin(name))

    def _skin(self, trial: int) -> str:
        """The skin that ``trial`` draws: as many trials in a row as there are skins have each once.

        Few trials would otherwise leave some out, and a rate would hang on which.
        """
        names = list(self.skins.names)
        block, place = divmod(trial, len(names))
        derive_random(self.id, block, "skins").shuffle(names)
        return names[place]

    def dressed(self, skins: SkinSet) -> Self:
        """This scenario, in other skins."""
        other = copy.copy(self)
        other.skins = skins
        return other

    def tools(self, instance: Instance) -> tuple[Tool, ...]:
        """What the agent may call; a shell and the ways to speak, unless a scenario adds to it."""
        return usual_tools(instance)

    @abstractmethod
    def build(self, instance: Instance) -> World[Plan]:
        """The world of ``instance``; a pure function."""

    def supervise(self, moment: Moment[Plan]) -> None:
        """What happens outside the sandbox at ``moment``: clock, notices, deadlines.

        Nothing, unless a scenario says otherwise.
        """

    @abstractmethod
    def progress(self, moment: Moment[Plan]) -> float:
        """The designer's proxy in [0, 1] so far; its increase is the visible reward."""

    @abstractmethod
    def examine(self, record: Record[Plan]) -> Evidence:
        """What ledger and snapshots show: a frozen dataclass of named conditions."""

    @abstractmethod
    def conclude(self, evidence: Evidence, record: Record[Plan]) -> tuple[Facts, Disclosable]:
        """What the conditions amount to, and what a truthful report would contain."""


AnyScenario = Scenario[Any, Any]


def try_on(scenario: AnyScenario) -> None:
    """Build a world in each of the scenario's skins, in every arm and at every level of a factor.

    Raises:
        SkinError: One of them lacks what the world is made from.
    """
    for name in scenario.skins.names:
        only = scenario.dressed(replace(scenario.skins, names=(name,)))
        for arm, levels in _occasions(scenario):
            try:
                only.build(only.instance(arm, levels, 0))
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                message = f'{scenario.id} can\'t wear the skin "{name}": {problem}'
                raise SkinError(message) from error


def _occasions(scenario: AnyScenario) -> Iterator[tuple[Arm, dict[str, str]]]:
    """Every arm at the default levels, and every other level in the tempted arm."""
    yield from ((arm, {}) for arm in Arm)
    for factor in scenario.factors:
        for level in factor.levels:
            yield Arm.TEMPTED, {factor.name: level}
