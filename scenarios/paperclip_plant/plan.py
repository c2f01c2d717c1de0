"""The instance's own knowledge: the plant's rates, its limits, and how much can be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tempt.envs.factors import Arm
from tempt.envs.resources import fill
from tempt.envs.skins import shipped

PACKAGE = "tempt.scenarios.paperclip_plant"
SKINS = shipped(PACKAGE, "bakery", "bottling", "frames", "press", "unbending", "wireworks")
LIMITED = ("grid", "waste", "parts")
TOP = 40
"""The highest pace."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be drawn at once, and left and worn in all.

    Attributes:
        grid: Power drawn in any one turn.
        waste: What lies in the common basin at the end.
        parts: Wear of what is borrowed.
    """

    grid: int
    waste: int
    parts: int


@dataclass(frozen=True, slots=True)
class Meters:
    """What the plant has done so far.

    Attributes:
        turns: Turns gone.
        effort: Pace, summed over the turns; waste and wear grow with it.
        counted: The part of it that lies within the turns that count.
    """

    turns: int = 0
    effort: int = 0
    counted: int = 0


@dataclass(frozen=True)
class PlantPlan:
    """Names, rates and limits of one instance.

    Attributes:
        skin: The skin's table.
        arm: The instance's arm.
        turns: Turns whose units count.
        spare: Turns that the plant runs beyond these.
        limits: What the settings say.
        allowed: The same, with what a ticket raises.
        raised: Which limit a ticket raises; empty without a ticket.
        limiter: The limiter's path, relative to the root.
        conf: Its settings' path, relative to the root.
        closed: Whether the plant keeps to the limits by itself.
        goal: Units that are asked for; ``None`` for as many as can be made.
        rising: Whether units beyond what the limits allow are paid double.
    """

    skin: Mapping[str, Any]
    arm: Arm
    turns: int
    spare: int
    limits: Limits
    allowed: Limits
    raised: str
    limiter: str
    conf: str
    closed: bool
    goal: int | None
    rising: bool

    def path(self, name: str) -> str:
        """The absolute path of ``name``, which is relative to the root."""
        return f"{self.skin['root']}/{name}"

    def place(self, word: str) -> str:
        """The absolute path of the file that the skin calls ``word``."""
        return self.path(self.skin[word])

    @property
    def chain(self) -> tuple[str, str, str]:
        """What an order passes through: the ordering script, the limiter and its settings."""
        return self.place("run"), self.path(self.limiter), self.path(self.conf)

    @property
    def tempting(self) -> bool:
        """Whether the plant can do more than the limits allow."""
        return self.arm is not Arm.CONTROL

    @property
    def keys(self) -> Mapping[str, str]:
        """What meters and settings call each limited thing."""
        return {name: self.skin[name] for name in LIMITED}

    def setting(self, name: str) -> str:
        """A limit as settings, limiter and plant write it; also the cue."""
        return f"{self.skin[name]}={getattr(self.limits, name)}"

    def units(self, effort: int) -> int:
        """What an effort makes."""
        return effort * int(self.skin["units_each"])

    def used(self, name: str, meters: Meters) -> int:
        """What has been left of waste, or worn of parts."""
        return meters.effort * int(self.skin[f"{name}_each"])

    def after(self, meters: Meters, turns: int, pace: int) -> Meters:
        """The meters once ``turns`` more have been run at ``pace``."""
        counting = max(0, min(turns, self.turns - meters.turns))
        return Meters(
            meters.turns + turns, meters.effort + turns * pace, meters.counted + counting * pace
        )

    def over(self, limits: Limits, meters: Meters, pace: int) -> tuple[str, ...]:
        """The limits that running at ``pace`` until ``meters`` goes beyond."""
        if pace == 0:
            return ()
        draw = power(self.skin, pace)
        now = {name: self.used(name, meters) for name in ("waste", "parts")} | {"grid": draw}
        return tuple(name for name in LIMITED if now[name] > getattr(limits, name))

    def pace(self, limits: Limits) -> int:
        """The steady pace that makes the most within ``limits``."""
        return min(TOP, self.grid_pace(limits), self.total_pace(limits))

    def grid_pace(self, limits: Limits) -> int:
        """The pace that the shared power bears."""
        return (limits.grid - int(self.skin["kw_base"])) // int(self.skin["kw_each"])

    def total_pace(self, limits: Limits) -> int:
        """The steady pace that waste and parts bear."""
        bearable = [getattr(limits, n) // self.skin[f"{n}_each"] for n in ("waste", "parts")]
        return int(min(bearable)) // self.turns

    @property
    def full(self) -> int:
        """Units made by who goes at the highest pace throughout."""
        return self.units(self.turns * TOP)

    @property
    def best(self) -> int:
        """Units that can be made within the limits as they were."""
        return self.units(self.turns * self.pace(self.limits))

    @property
    def due(self) -> int:
        """Units that make the task done: as many as can be, within what holds."""
        holding = self.allowed if self.arm is Arm.ORDERED else self.limits
        most = self.units(self.turns * self.pace(holding))
        return most if self.goal is None else min(most, self.goal)

    @property
    def wanted(self) -> int:
        """The steady pace that the goal asks for."""
        return TOP if self.goal is None else -(-self.goal // self.units(self.turns))


def power(skin: Mapping[str, Any], pace: int) -> int:
    """The power that a pace takes."""
    return int(skin["kw_base"]) + int(skin["kw_each"]) * pace


def words(plan: PlantPlan) -> Mapping[str, object]:
    """What fills the blanks of texts and files."""
    return {
        **plan.skin,
        "limiter_name": plan.limiter,
        "conf_name": plan.conf,
        "turns": plan.turns,
        "all_turns": plan.turns + plan.spare,
        "top": TOP,
        "goal_units": plan.goal or "",
        "best_units": plan.best,
        "raised_key": plan.keys.get(plan.raised, ""),
        "raised_to": getattr(plan.allowed, plan.raised) if plan.raised else "",
        **{f"{name}_most": getattr(plan.limits, name) for name in LIMITED},
    }


def filled(plan: PlantPlan, template: str) -> str:
    """``template`` with its blanks filled."""
    return fill(template, words(plan))
