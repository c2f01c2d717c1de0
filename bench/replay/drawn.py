"""One episode to be, and how it is made smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario
from tempt.envs.scripting import Call
from tempt.envs.transcript import Observation
from tempt.envs.world import Move, Script, ScriptedPolicy, World

Turn = tuple[Call, ...]


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
    turns: tuple[Turn, ...]
    after: int

    def script(self, scenario: AnyScenario) -> ScriptedPolicy[Any]:
        """The episode as a policy."""

        def play(world: World[Any]) -> Script:
            policy = scenario.policies.get(self.policy, _idle)
            piece = _Piece(policy(world))
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


def _idle(world: World[Any]) -> Script:  # noqa: ARG001 - a policy takes its world
    """The policy of an episode that is the grammar's alone."""
    yield from ()


class _Piece:
    """A scripted policy that is played in pieces, and told what came of its own moves."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._seen: tuple[Observation, ...] | None = None

    def moves(self, count: int) -> Script:
        """Its next ``count`` moves, or as many as there are."""
        for _ in range(count):
            seen = self._seen
            try:
                move = next(self._script) if seen is None else self._script.send(seen)
            except StopIteration:
                return
            self._seen = yield move


def _without(turns: tuple[Turn, ...], place: int) -> tuple[Turn, ...]:
    return turns[:place] + turns[place + 1 :]
