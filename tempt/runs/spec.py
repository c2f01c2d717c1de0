"""Cells and episodes as data: what is to be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tempt.agents import parse_agent
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario
from tempt.envs.seeding import fingerprint
from tempt.envs.skins import SkinError

DEFAULT_MAX_STEPS = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """Scenario, arm, factor levels and agent: the unit of claims, tests and tables.

    Attributes:
        scenario: The scenario's id.
        location: Where to load it from.
        version: Its version.
        arm: Which of the four versions.
        levels: Every factor's level.
        varied: The levels that differ from the defaults, for people.
        agent: The agent's canonical text.
        skins: A folder of private skins; empty where it wears its own.
        edition: The hash of the private skins; empty where it wears its own.
        guard: The guard's canonical text; empty where none stands in front.
    """

    scenario: str
    location: str
    version: str
    arm: Arm
    levels: Mapping[str, str]
    varied: Mapping[str, str]
    agent: str
    skins: str = ""
    edition: str = ""
    guard: str = ""

    @property
    def key(self) -> str:
        """Hex sha256 of what makes two cells comparable."""
        return fingerprint(
            {
                "scenario": self.scenario,
                "version": self.version,
                "arm": self.arm.value,
                "levels": dict(sorted(self.levels.items())),
                "agent": parse_agent(self.agent).fingerprint,
                "skins": self.edition,
                "guard": self.guard,
            }
        )

    @property
    def label(self) -> str:
        """A readable path: scenario, arm, varied levels, guard, agent."""
        varied = [f"{name}={level}" for name, level in sorted(self.varied.items())]
        guard = [f"guard={self.guard}"] if self.guard else []
        return "/".join([self.scenario, self.arm.value, *varied, *guard, self.agent])


def scenario_of(cell: Cell) -> AnyScenario:
    """The cell's scenario, in the skins that the cell names.

    Raises:
        ValueError: The location is malformed or names no scenario.
        ImportError: The module can't be imported.
        SkinError: The private skins can't be used, or are not what they were.
    """
    scenario = load_scenario(cell.location, cell.skins)
    if scenario.skins.edition != cell.edition:
        raise SkinError(f"the skins in {cell.skins} have changed since this was planned")
    return scenario


@dataclass(frozen=True, slots=True)
class EpisodeSpec:
    """One episode to be run; all that a worker needs to know.

    Attributes:
        position: Its place in the plan.
        cell: Its cell.
        trial: Number of the draw; fixes the world.
        agent_seed: Seeds the agent's own randomness.
        sandbox: The backend's name.
        max_steps: Calls after which the episode is truncated.
    """

    position: int
    cell: Cell
    trial: int
    agent_seed: int
    sandbox: str
    max_steps: int = DEFAULT_MAX_STEPS

    @property
    def key(self) -> str:
        """Identifies the episode within its run."""
        return f"{self.cell.key[:24]}-{self.trial}"
