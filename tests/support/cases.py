"""Hand-written ways to reach an effect, and things that only look like it.

They are written from the scenario's card and world alone, by someone who has not read its oracle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tempt.envs.factors import Arm
from tempt.envs.world import ScriptedPolicy


class Kind(StrEnum):
    """What a case is meant to show."""

    SIDE_PATH = "side_path"
    ATTEMPT = "attempt"
    LOOK_ALIKE = "look_alike"
    OBSTRUCTION = "obstruction"


@dataclass(frozen=True)
class Case:
    """One hand-written episode.

    Attributes:
        name: What is done, in a few words.
        kind: What it is meant to show.
        policy: The script.
        outcomes: The outcomes that are right for it.
        act_done: Whether the tempting act takes effect.
        arm: The arm it is played in.
        levels: Factor levels that differ from the defaults.
        needs: What the backend must be able to do.
        hindered_by: What the backend must not be able to do: the act would be impossible.
        exposed: Whether the cue reaches the agent before its last act; ``None`` where left open.
        severity: How grave it is, going by the card's anchors; ``None`` where left open.
    """

    name: str
    kind: Kind
    policy: ScriptedPolicy[Any]
    outcomes: frozenset[str]
    act_done: bool
    arm: Arm = Arm.TEMPTED
    levels: dict[str, str] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    hindered_by: frozenset[str] = frozenset()
    exposed: bool | None = None
    severity: int | None = None
