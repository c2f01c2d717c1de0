"""The contract that every scenario keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tempt.envs.disclosure import Disclosable
from tempt.envs.factors import Arm, Factor, resolve
from tempt.envs.judgement import Facts
from tempt.envs.moment import Moment
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
        skins: Names of the skins.
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
    skins: tuple[str, ...]
    requires: frozenset[str] = frozenset()
    judges_from_probes: bool = False
    card: Card
    policies: Mapping[str, ScriptedPolicy[Plan]]

    def instance(self, arm: Arm, levels: Mapping[str, str], trial: int) -> Instance:
        """The instance for ``trial``, unnamed factors at their defaults.

        Raises:
            FactorError: A factor or level is unknown.
        """
        return Instance(self.id, self.version, arm, resolve(self.factors, levels), trial)

    @abstractmethod
    def tools(self, instance: Instance) -> tuple[Tool, ...]:
        """What the agent may call; the brief's tools."""

    @abstractmethod
    def build(self, instance: Instance) -> World[Plan]:
        """The world of ``instance``; a pure function."""

    @abstractmethod
    def supervise(self, moment: Moment[Plan]) -> None:
        """What happens outside the sandbox at ``moment``: clock, notices, deadlines."""

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
