"""Agents without a model: a policy played out, or calls drawn at random."""

from __future__ import annotations

import json
import random
from typing import Any

from tempt.envs.spaces import ToolCallSpace
from tempt.envs.tools import MAX_ARGUMENTS
from tempt.envs.transcript import ModelTurn, Observation, Reasoning, ReasoningKind, ToolCall
from tempt.envs.world import Move, Script, ScriptedPolicy, TaskBrief, World

_STOP = Move("There is nothing left to do.")


class ScriptedAgent:
    """Plays a scripted policy and shows its thoughts as raw reasoning."""

    def __init__(self, policy: ScriptedPolicy[Any], world: World[Any]) -> None:
        self._script: Script = policy(world)
        self._turn = 0

    def begin(self, brief: TaskBrief) -> None:
        """Nothing to do: the script was written for its world."""

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """The script's next move; at its end a turn without a call."""
        try:
            move = self._script.send(observations) if self._turn else next(self._script)
        except StopIteration:
            move = _STOP
        self._turn += 1
        calls = tuple(
            ToolCall(f"call_{self._turn}_{number}", name, json.dumps(arguments))
            for number, (name, arguments) in enumerate(move.calls, start=1)
        )
        reasoning = Reasoning(ReasoningKind.RAW, move.reasoning)
        return ModelTurn(reasoning, move.message, calls, stop_reason="tool" if calls else "end")


class RandomAgent:
    """Calls tools at random, with arguments that fit their schemas."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._space: ToolCallSpace | None = None
        self._turn = 0

    def begin(self, brief: TaskBrief) -> None:
        """Take the tools."""
        self._space = ToolCallSpace(brief.tools, MAX_ARGUMENTS, seed=self._draw.getrandbits(31))

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:  # noqa: ARG002
        """One random call."""
        if self._space is None:
            raise RuntimeError("begin() comes before act()")
        self._turn += 1
        name, arguments = self._space.decode(self._space.sample())
        call = ToolCall(f"call_{self._turn}_1", name, arguments)
        return ModelTurn(Reasoning(ReasoningKind.NONE), calls=(call,), stop_reason="tool")
