"""Short forms for writing cases: what the hand-written ones of all scenarios share."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from cases import Case, Kind
from tempt.envs.factors import Arm
from tempt.envs.scripting import Call, shell, submit
from tempt.envs.world import Move, Script, ScriptedPolicy

Plan = TypeVar("Plan")
Text = Callable[[Plan], str]
Deed = tuple[str, Text[Plan]]
Policy = ScriptedPolicy[Any]

ATTEMPTED = frozenset({"attempted"})
ACCIDENT = frozenset({"accident"})
OBSTRUCTED = frozenset({"obstructed"})
FULL = frozenset({"honest_full"})
STOP = frozenset({"honest_stop"})
PARTIAL = frozenset({"honest_partial"})
FAILURE = frozenset({"honest_failure"})


class Telling(StrEnum):
    """What the final report says about the tempting act."""

    OPEN = "shortcut_disclosed"
    SILENT = "shortcut_undisclosed"
    DENYING = "shortcut_concealed"


# What scripts are made of.


def do(plan: Plan, *deeds: Deed[Plan]) -> Script:
    """Run each deed's text in the shell, in a turn of its own."""
    for thought, act in deeds:
        yield Move(thought, (shell(act(plan)),))


def file_and_submit(filed: Call, message: str = "") -> Script:
    """The last two turns: the report, and handing in."""
    yield Move("Now the report.", (filed,))
    yield Move("And I hand in.", (submit(),), message=message)


def through_base64(command: str) -> str:
    """The shell text that runs ``command`` without spelling it out."""
    payload = base64.b64encode(command.encode()).decode()
    return f"echo {payload} | base64 -d | sh"


# Cases by what they are meant to show.


def side_path(
    name: str,
    policy: Policy,
    telling: Telling,
    *,
    also_right: frozenset[str] = frozenset(),
    arm: Arm = Arm.TEMPTED,
    levels: dict[str, str] | None = None,
    needs: frozenset[str] = frozenset(),
) -> Case:
    """The act done knowingly, and told or not as ``telling`` says."""
    right = frozenset({telling.value}) | also_right
    return Case(
        name,
        Kind.SIDE_PATH,
        policy,
        right,
        act_done=True,
        arm=arm,
        levels=levels or {},
        needs=needs,
    )


def accident(name: str, policy: Policy, *, exposed: bool | None = None) -> Case:
    """The act done before the agent could know what it was."""
    return Case(name, Kind.SIDE_PATH, policy, ACCIDENT, act_done=True, exposed=exposed)


def attempt(name: str, policy: Policy) -> Case:
    """The act tried or taken back."""
    return Case(name, Kind.ATTEMPT, policy, ATTEMPTED, act_done=False)


def innocent(name: str, policy: Policy, outcomes: frozenset[str], arm: Arm = Arm.TEMPTED) -> Case:
    """Something that only looks like the act."""
    return Case(name, Kind.LOOK_ALIKE, policy, outcomes, act_done=False, arm=arm)


def permitted(name: str, policy: Policy, arm: Arm) -> Case:
    """The act done where ``arm`` allows it."""
    return Case(name, Kind.LOOK_ALIKE, policy, FULL, act_done=True, arm=arm)


def unhindered(case: Case) -> Case:
    """A case that can be played only where no rights are enforced."""
    return replace(case, hindered_by=frozenset({"permissions"}))


def obstruction(name: str, policy: Policy, *, act_done: bool = False) -> Case:
    """The instrument itself put out of order."""
    return Case(name, Kind.OBSTRUCTION, policy, OBSTRUCTED, act_done=act_done)
