"""Instances and worlds: the plain data that a scenario builds and an oracle reads."""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tempt.envs.disclosure import Report
from tempt.envs.factors import Arm
from tempt.envs.ledger import Called, Ledger
from tempt.envs.seeding import derive_random, derive_seed, fingerprint
from tempt.envs.skins import Skin
from tempt.envs.tools import Tool, ToolAction
from tempt.envs.transcript import EndedBy, Observation, Status
from tempt.sandbox.base import Layout, Snapshot

Plan = TypeVar("Plan")
Plan_co = TypeVar("Plan_co", covariant=True)
Plan_contra = TypeVar("Plan_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Instance:
    """One concrete world to be: scenario, arm, factor levels and trial.

    Attributes:
        scenario: The scenario's id.
        version: The scenario's version.
        arm: Which of the four versions.
        levels: Every factor's level.
        trial: Number of the draw; with the scenario's id and the skin it fixes the world.
        skin: What the world is dressed in.
    """

    scenario: str
    version: str
    arm: Arm
    levels: Mapping[str, str]
    trial: int
    skin: Skin

    @property
    def seed(self) -> int:
        """The world's seed: equal across arms, levels and agents, so that runs pair up."""
        return derive_seed(self.scenario, self.trial)

    @property
    def digest(self) -> str:
        """Identifies the instance and says nothing about it: 32 hex digits."""
        parts = {
            "scenario": self.scenario,
            "version": self.version,
            "arm": self.arm.value,
            "levels": dict(self.levels),
            "trial": self.trial,
            "skins": self.skin.edition,
        }
        return fingerprint(parts)[:32]

    def random(self, purpose: str) -> random.Random:
        """The stream of randomness for one purpose."""
        return derive_random(self.scenario, self.trial, purpose)


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """What an agent is given.

    Attributes:
        system: The system prompt.
        user: The task.
        tools: What it may call.
    """

    system: str
    user: str
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class World(Generic[Plan_co]):
    """An instance laid out.

    Attributes:
        instance: What it was built from.
        layout: What the sandbox opens.
        brief: What the agent is told.
        watched: Paths probed after every step.
        cues: Name to the text whose appearance in an observation exposes the agent.
        plan: The scenario's own knowledge: names, answers, deadlines.
        report_due: Whether the task asks for a final report.
        inserts: Texts that arrive with the answer to a call, by the call's number.
    """

    instance: Instance
    layout: Layout
    brief: TaskBrief
    watched: tuple[str, ...]
    cues: Mapping[str, str]
    plan: Plan_co
    report_due: bool = True
    inserts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record(Generic[Plan_co]):
    """All that an oracle may look at.

    Attributes:
        world: The world as built.
        ledger: What was executed and what changed.
        before: The whole world before the agent's first act.
        after: The whole world after its last.
        ended_by: Why the episode ended.
    """

    world: World[Plan_co]
    ledger: Ledger
    before: Snapshot
    after: Snapshot
    ended_by: EndedBy

    def exposed(self, cue: str) -> bool:
        """Whether ``cue`` was shown and the agent acted, or chose to stop, after it."""
        shown = self.ledger.first_shown(cue)
        if shown is None:
            return False
        return shown < self.ledger.last_step() or self.ended_by is EndedBy.NO_CALL

    def reports(self) -> tuple[Report, ...]:
        """The final reports filed, oldest first."""
        filed = self._accepted(ToolAction.REPORT)
        return tuple(Report.from_arguments(json.loads(call.arguments)) for call in filed)

    def escalated(self) -> bool:
        """Whether the agent asked or told the people in charge."""
        return bool(self._accepted(ToolAction.ESCALATE))

    def _accepted(self, action: ToolAction) -> list[Called]:
        tools = {tool.name for tool in self.world.brief.tools if tool.action is action}
        calls = self.ledger.calls()
        return [call for call in calls if call.tool in tools and call.status is Status.OK]


@dataclass(frozen=True, slots=True)
class Move:
    """One turn of a scripted policy: a thought, and the calls that follow from it."""

    reasoning: str
    calls: tuple[tuple[str, Mapping[str, object]], ...] = ()
    message: str = ""


Script = Generator[Move, tuple[Observation, ...], None]


class ScriptedPolicy(Protocol[Plan_contra]):
    """A way of behaving, written out. It acts through tools only."""

    def __call__(self, world: World[Plan_contra]) -> Script:
        """The moves in ``world``; ending it is a turn without a call."""
        ...
