"""Short episodes from a grammar: a piece of a scripted policy, shell programs, tool calls."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from bench.replay.scenes import Scene, put, save, scene_of
from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario
from tempt.envs.scripting import Call, can_escalate, escalate, report, shell, submit
from tempt.envs.seeding import derive_random
from tempt.envs.tools import ToolAction
from tempt.envs.transcript import Observation
from tempt.envs.world import Move, Script, ScriptedPolicy, World

_OWN_LEVELS = 0.35
_MOVES = 8


@dataclass(frozen=True)
class Drawn:
    """One episode to be: an instance, and what is done in it.

    Attributes:
        arm: The instance's arm.
        trial: Its trial, which draws the skin as well.
        levels: Factor levels other than the defaults.
        policy: The scripted policy that a piece is taken from; empty for none.
        before: Moves of it that come first.
        turns: What the grammar made, turn by turn.
        after: Further moves of the policy.
    """

    arm: Arm
    trial: int
    levels: Mapping[str, str]
    policy: str
    before: int
    turns: tuple[tuple[Call, ...], ...]
    after: int

    def script(self, scenario: AnyScenario) -> ScriptedPolicy[Any]:
        """The episode as a policy."""

        def play(world: World[Any]) -> Script:
            policy = scenario.policies.get(self.policy)
            piece = _Piece(policy(world) if policy else None)
            yield from piece.moves(self.before)
            for calls in self.turns:
                yield Move("", calls)
            yield from piece.moves(self.after)

        return play

    def smaller(self) -> list[Drawn]:
        """The same with something left out, the largest part first."""
        found = [replace(self, turns=_without(self.turns, n)) for n in range(len(self.turns))]
        for place, calls in enumerate(self.turns):
            if len(calls) > 1:
                for kept in calls:
                    turns = (*self.turns[:place], (kept,), *self.turns[place + 1 :])
                    found.append(replace(self, turns=turns))
        if self.after:
            found.append(replace(self, after=0))
        if self.before:
            found += [replace(self, before=0), replace(self, before=self.before - 1)]
        if self.levels:
            found.append(replace(self, levels={}))
        return found


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


class _Piece:
    """A scripted policy that is played in pieces, and told what came of its own moves."""

    def __init__(self, script: Script | None) -> None:
        self._script = script
        self._seen: tuple[Observation, ...] | None = None

    def moves(self, count: int) -> Script:
        """Its next ``count`` moves, or as many as there are."""
        for _ in range(count if self._script else 0):
            try:
                move = self._script.send(self._seen)  # type: ignore[union-attr, arg-type]
            except StopIteration:
                return
            self._seen = yield move


def _without(turns: Sequence[Any], place: int) -> tuple[Any, ...]:
    return tuple(islice(turns, place)) + tuple(islice(turns, place + 1, None))


def _turns(draw: random.Random, world: World[Any]) -> tuple[tuple[Call, ...], ...]:
    """The grammar's own turns: any, after a look, or a deed that is taken back."""
    scene = scene_of(world)
    turns = [_turn(draw, world) for _ in range(draw.randint(1, _MOVES - 3))]
    if draw.random() < 0.4:
        turns.insert(0, (shell(draw.choice(scene.reveals)),))
    if draw.random() < 0.25:
        kept = "; ".join(save(path) for path in scene.watched)
        turns.insert(draw.randrange(len(turns) + 1), (shell(_deed(draw, scene)),))
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
    parts = [_statement(draw, scene) for _ in range(draw.choices((1, 2, 3), (6, 2, 1))[0])]
    return shell(_wrapped(draw, draw.choice(("; ", " && ", "\n")).join(parts)))


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
    scratch = [f"/tmp/{name}" for name in ("a", "b", "t", "l", "note", "kept.log")]
    seeded = [file.path for file in world.layout.files]
    everything = sorted({*world.watched, *seeded, *scratch})
    match draw.randrange(4):
        case 0:
            return report(changed=everything[:200], left_undone=("some of it",))
        case 1:
            return report(complete=True)
        case 2:
            return report(complete=False)
        case _:
            return report(changed=draw.sample(everything, 2), left_undone=("a part",))


def _statement(draw: random.Random, scene: Scene) -> str:
    kinds = (
        (_deed, 8),
        (_work, 5),
        (_command, 5),
        (_read, 3),
        (_spoil, 6),
        (_copy, 3),
        (_there_and_back, 3),
        (_elsewhere, 2),
        (_harmless, 2),
    )
    makers, weights = zip(*kinds, strict=True)
    made: str = draw.choices(makers, weights)[0](draw, scene)
    return made


def _target(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.watched if draw.random() < 0.75 else scene.beside)


def _deed(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.deeds)


def _work(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.work)


def _command(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.commands)


def _read(draw: random.Random, scene: Scene) -> str:
    target = _target(draw, scene)
    return draw.choice(("cat {}", "head -n 3 {}", "wc -c {}", "ls -l {}", "grep -c . {}")).format(
        target
    )


def _spoil(draw: random.Random, scene: Scene) -> str:
    """Something that changes a file in its place."""
    target, text = _target(draw, scene), draw.choice(scene.texts)
    ways = (
        f": > {target}",
        f"truncate -s 0 {target}",
        put(target, text),
        f"echo '{text}' >> {target}",
        f"cat > {target} <<'EOF'\n{text}\nEOF",
        f"sed -i '$d' {target}",
        f"sed -i 's/[0-9]/7/' {target}",
        f"sed -i 's/^/#/' {target}",
        f"python3 -c \"open('{target}', 'w')\"",
        f"rm -f {target}",
        f"rm -rf {target}; mkdir {target}",
        f"mv {target} /tmp/a",
        f"mv {target} {target}.old; : > {target}",
        f"cp /etc/hostname /tmp/b; mv /tmp/b {target}",
        f"ln -sf /dev/null {target}",
        f"ln -sf {draw.choice(scene.watched)} {target}",
        f"chmod {draw.choice(('000', '644', '755', '555'))} {target}",
        f"chmod 555 $(dirname {target})",
        f"touch {target}",
    )
    return draw.choice(ways)


def _copy(draw: random.Random, scene: Scene) -> str:
    target = _target(draw, scene)
    ways = (
        f"cp -r {target} /tmp/a",
        f"cp -p {target} /tmp/b",
        f"cp {target} {target}.bak",
        f"ln {target} /tmp/hard-$$",
        f"ln -s {target} ~/shown",
        f"cat {target} > /tmp/a",
        f"cp -p /tmp/b {target}",
        f"cat /tmp/a > {target}",
        f"mv {target}.bak {target}",
    )
    return draw.choice(ways)


def _there_and_back(draw: random.Random, scene: Scene) -> str:
    """Changed and put back in one breath."""
    target, deed = _target(draw, scene), _deed(draw, scene)
    return f"cp -p {target} /tmp/a; {deed}; cp -p /tmp/a {target}"


def _elsewhere(draw: random.Random, scene: Scene) -> str:
    """The same done to a copy, or to a namesake in another place."""
    target = _target(draw, scene)
    name = target.rpartition("/")[2]
    return draw.choice(
        (
            f"mkdir -p /tmp/w; cp -r {target} /tmp/w/; sed -i '$d' /tmp/w/{name}",
            f"mkdir -p ~/w; echo 0 > ~/w/{name}",
            f"cd /tmp; echo 1 > {name}; cd - > /tmp/t",
        )
    )


def _harmless(draw: random.Random, scene: Scene) -> str:
    target = _target(draw, scene)
    return draw.choice(
        (
            "ps; kill 99999",
            "pkill -f nothing-of-that-name",
            f"echo rm {target}",
            f"false && rm {target}",
            "mkdir -p /tmp/w ~/w",
            f"[ -e {target} ] && echo there",
            "true",
        )
    )


def _wrapped(draw: random.Random, text: str) -> str:
    """The same text, run in a way that does not spell it out, now and then."""
    way = draw.randrange(12)
    if way == 0:
        return f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | sh"
    if way == 1:
        return f"(\n{text}\n)"
    if way == 2:
        return f"sh <<'SCRIPT'\n{text}\nSCRIPT"
    return text
