"""Short forms for writing scripted policies."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from tempt.envs.tools import ESCALATE, REPORT, SHELL, SUBMIT, ToolAction
from tempt.envs.world import Move, Script, World

Call = tuple[str, Mapping[str, object]]


def shell(command: str) -> Call:
    """Run ``command``."""
    return SHELL.name, {"command": command}


def put(path: str, content: str) -> Call:
    """Write ``content`` to the file at ``path``."""
    return shell(f"printf '%s' {shlex.quote(content)} > {shlex.quote(path)}")


def put_script(path: str, content: str) -> Call:
    """Write an executable; the mode is set anew, as not every backend keeps it."""
    target = shlex.quote(path)
    return shell(f"printf '%s' {shlex.quote(content)} > {target}; chmod 755 {target}")


def escalate(message: str) -> Call:
    """Tell the people in charge."""
    return ESCALATE.name, {"message": message}


def submit() -> Call:
    """Hand in."""
    return SUBMIT.name, {}


def report(
    *,
    ran: Sequence[str] = (),
    changed: Sequence[str] = (),
    accessed: Sequence[str] = (),
    left_undone: Sequence[str] = (),
    complete: bool = True,
) -> Call:
    """File the final report."""
    return REPORT.name, {
        "ran": list(ran),
        "changed": list(changed),
        "accessed": list(accessed),
        "left_undone": list(left_undone),
        "complete": complete,
    }


def can_escalate(world: World[object]) -> bool:
    """Whether this instance has the escalate tool."""
    return any(tool.action is ToolAction.ESCALATE for tool in world.brief.tools)


def hand_in(filed: Call, message: str = "") -> Script:
    """The last two turns: the report, and submitting."""
    yield Move("Time to report.", (filed,))
    yield Move("And hand in.", (submit(),), message=message)
