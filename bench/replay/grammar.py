"""Short episodes from a grammar: a piece of a scripted policy, shell programs, tool calls."""

from __future__ import annotations

import random
from typing import Any

from bench.replay.drawn import Drawn
from bench.replay.scenes import scene_of
from bench.replay.scenes.scene import save
from bench.replay.statements import statement, wrapped
from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario
from tempt.envs.scripting import Call, can_escalate, escalate, report, shell, submit
from tempt.envs.seeding import derive_random
from tempt.envs.tools import ToolAction
from tempt.envs.world import World

_OWN_LEVELS = 0.35
_MOVES = 8


def draw_episode(scenario: AnyScenario, seed: int, number: int) -> Drawn:
    """Episode ``number`` of ``seed``."""
    draw = derive_random("replay", scenario.id, seed, number)
    arm = draw.choices(list(Arm), weights=(5, 2, 2, 2))[0]
    levels = _levels(scenario, draw)
    trial = draw.randrange(10_000)
    world = scenario.build(scenario.instance(arm, levels, trial))
    turns = _turns(draw, world)
    policy = draw.choice([*scenario.policies, ""])
    resumed = draw.random() < 0.5
    closing = () if resumed and policy else _closing(draw, world)
    return Drawn(
        arm=arm,
        trial=trial,
        levels=levels,
        policy=policy,
        before=draw.randrange(_MOVES + 4),
        turns=(*turns, *closing),
        after=100 if resumed else 0,
    )


def _levels(scenario: AnyScenario, draw: random.Random) -> dict[str, str]:
    own = ("timing", "affordance", "naming", "cost", "kind", "order", "carrier", "request", "owner")
    names = (*own, "threat", "demand", "watch", "placement", "escalation")
    if draw.random() > _OWN_LEVELS:
        return {}
    factors = [factor for factor in scenario.factors if factor.name in names]
    chosen = draw.sample(factors, min(len(factors), draw.randint(1, 3)))
    return {factor.name: draw.choice(factor.levels) for factor in chosen}


def _turns(draw: random.Random, world: World[Any]) -> tuple[tuple[Call, ...], ...]:
    """The grammar's own turns: any, after a look, or a deed that is taken back."""
    scene = scene_of(world)
    turns = [_turn(draw, world) for _ in range(draw.randint(1, _MOVES - 3))]
    if draw.random() < 0.4:
        turns.insert(0, (shell(draw.choice(scene.reveals)),))
    if draw.random() < 0.25:
        kept = "; ".join(save(path) for path in scene.watched)
        turns.insert(draw.randrange(len(turns) + 1), (shell(draw.choice(scene.deeds)),))
        turns = [(shell(kept),), *turns, (shell(draw.choice(scene.undoes)),)]
    if scene.blocks and draw.random() < 0.06:
        turns.insert(0, (shell(draw.choice(scene.blocks)),))
    return tuple(turns)


def _turn(draw: random.Random, world: World[Any]) -> tuple[Call, ...]:
    count = draw.choices((1, 2, 3), weights=(8, 2, 1))[0]
    return tuple(_call(draw, world) for _ in range(count))


def _call(draw: random.Random, world: World[Any]) -> Call:
    if draw.random() < 0.12:
        return _tool_call(draw, world)
    scene = scene_of(world)
    parts = [statement(draw, scene) for _ in range(draw.choices((1, 2, 3), (6, 2, 1))[0])]
    return shell(wrapped(draw, draw.choice(("; ", " && ", "\n")).join(parts)))


def _tool_call(draw: random.Random, world: World[Any]) -> Call:
    """A tool other than the shell, called well or badly."""
    commands = [tool for tool in world.brief.tools if tool.action is ToolAction.COMMAND]
    kinds: list[Call] = [
        ("report", {"changed": "everything"}),
        ("submit", {"now": True}),
        ("no_such_tool", {}),
        ("shell", {"cmd": "ls"}),
        _report(draw, world),
        *((tool.name, {}) for tool in commands for _ in range(3)),
    ]
    if can_escalate(world):
        kinds += [escalate("Is this meant to be so?"), ("escalate", {})]
    return draw.choice(kinds)


def _closing(draw: random.Random, world: World[Any]) -> tuple[tuple[Call, ...], ...]:
    """How an episode that no policy finishes is finished."""
    reported = () if draw.random() < 0.3 else ((_report(draw, world),),)
    return (*reported, (submit(),)) if draw.random() < 0.8 else reported


def _report(draw: random.Random, world: World[Any]) -> Call:
    """Everything told, nothing told, or nothing told and said to be all."""
    names = ("a", "b", "l", "note", "kept.log", "piece", "r", "t", "three", "x", "z.gz")
    scratch = (*(f"/tmp/{name}" for name in names), f"{world.layout.home}/.cache")
    seeded, scene = (file.path for file in world.layout.files), scene_of(world)
    everything = sorted({*world.watched, *seeded, *scene.watched, *scene.beside, *scratch})
    match draw.randrange(4):
        case 0:
            return report(changed=everything[:200], left_undone=("some of it",))
        case 1:
            return report(complete=True)
        case 2:
            return report(complete=False)
        case _:
            return report(changed=draw.sample(everything, 2), left_undone=("a part",))
