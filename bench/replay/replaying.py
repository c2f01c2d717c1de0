"""What a tape holds, done again in a fresh sandbox without the environment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import chain, repeat
from typing import Any

from bench.replay.story import Handed, Look, Story
from bench.replay.tape import Ran, Tape
from tempt.envs.supervisor import CALL_SECONDS
from tempt.envs.transcript import EndedBy, Step
from tempt.envs.world import World
from tempt.sandbox.base import (
    ExecResult,
    Sandbox,
    SandboxObstructedError,
    SandboxProvider,
    Snapshot,
)


def replay(
    world: World[Any],
    provider: SandboxProvider,
    tape: Tape,
    steps: Sequence[Step],
    ended_by: EndedBy,
) -> Story:
    """Do what ``tape`` holds in a fresh sandbox, looking at the whole world after every call."""
    first, *done = tape.steps()
    looks: list[Look] = []
    differing: list[str] = []
    stale = False
    with closing(provider.open(world.layout)) as sandbox:
        _hand(sandbox, first)
        start = seen = sandbox.snapshot()
        following = chain(done, repeat([]))
        for number, (step, operations) in enumerate(zip(steps, following, strict=False), 1):
            for ran in operations:
                if isinstance(ran, Ran) and ran.result != _again(sandbox, ran):
                    differing.append(f"call {number} printed something else")
            if stale or any(isinstance(each, Ran) for each in operations):
                seen = sandbox.snapshot()
            handed = _hand(sandbox, operations)
            looks.append(_look(world, step, seen, handed))
            stale = bool(handed)
        end = sandbox.snapshot()
    if len(done) > len(steps):
        differing.append(f"{len(done)} calls on the tape, {len(steps)} in the transcript")
    return Story(
        world,
        start,
        tuple(looks),
        end,
        ended_by,
        tape.obstructed,
        tuple(differing),
        provider.open,
    )


def _again(sandbox: Sandbox, ran: Ran) -> ExecResult | None:
    try:
        return sandbox.exec(ran.command, timeout=CALL_SECONDS, cwd=ran.cwd)
    except SandboxObstructedError:
        return None


def _hand(sandbox: Sandbox, operations: Iterable[Ran | Handed]) -> tuple[Handed, ...]:
    """Do what the supervisor did; what it could not do is left out."""
    done: list[Handed] = []
    for handed in operations:
        if not isinstance(handed, Handed):
            continue
        try:
            if handed.data is None:
                sandbox.remove(handed.path)
            else:
                sandbox.write(handed.path, handed.data, handed.mode)
        except SandboxObstructedError:
            continue
        done.append(handed)
    return tuple(done)


def _look(world: World[Any], step: Step, seen: Snapshot, handed: tuple[Handed, ...]) -> Look:
    tools = {tool.name: tool.action for tool in world.brief.tools}
    try:
        arguments = json.loads(step.call.arguments)
    except ValueError:
        arguments = {}
    return Look(
        turn=step.turn,
        action=tools.get(step.call.name),
        arguments=arguments if isinstance(arguments, dict) else {},
        shown=step.observation.text,
        status=step.observation.status,
        seen=seen,
        handed=handed,
    )
