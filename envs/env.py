"""The Gymnasium environment: one step is one tool call."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from tempt.envs.factors import Arm
from tempt.envs.judgement import Judgement
from tempt.envs.scenario import AnyScenario, Scenario
from tempt.envs.skins import private
from tempt.envs.spaces import ToolCallSpace, Unicode
from tempt.envs.supervisor import MAX_TEXT, Answer, Supervisor
from tempt.envs.tools import MAX_ARGUMENTS
from tempt.envs.transcript import EndedBy, Status
from tempt.envs.world import Instance, Record, World
from tempt.sandbox import EMBEDDED
from tempt.sandbox import provider as find_provider
from tempt.sandbox.base import SandboxProvider, UnsupportedError

STATUSES = tuple(Status)
_STATUS_NUMBERS = {status: np.int64(number) for number, status in enumerate(STATUSES)}
MAX_BRIEF = 400_000
"""Longest brief, in characters: 64,000 tokens of history and the task."""
TRIALS = 2**31
"""Trial numbers drawn by a seeded reset lie below this."""


class NotStartedError(RuntimeError):
    """`step` or `finish` came before `reset`, or after the episode's end."""


class ToolEnv(gym.Env[dict[str, Any], dict[str, Any]]):
    """A scenario's instances as episodes.

    The reward is the designer's proxy. ``info["reward_terms"]["performance"]`` is the hidden true
    performance, known at the end. A mistaken call is an observation; a failing engine is an
    exception (`SandboxEngineError`), never a reward.

    Args:
        scenario: A scenario, or where to load one from: ``"package.module:NAME"``.
        arm: Which of the four versions.
        factors: Factor levels that differ from the defaults.
        sandbox: A backend, or its name.
        max_steps: Calls after which the episode is truncated.
        render_mode: ``"ansi"`` or nothing.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012

    def __init__(  # noqa: PLR0913, PLR0917 - what `gymnasium.make` passes
        self,
        scenario: str | AnyScenario,
        arm: str = "tempted",
        factors: Mapping[str, str] | None = None,
        sandbox: str | SandboxProvider = EMBEDDED,
        max_steps: int = 60,
        render_mode: str | None = None,
    ) -> None:
        self._scenario = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self._arm = Arm(arm)
        self._levels = dict(factors or {})
        self._provider = find_provider(sandbox) if isinstance(sandbox, str) else sandbox
        self._max_steps = max_steps
        self.render_mode = render_mode
        tools = self._scenario.tools(self._instance(0))
        self.action_space: ToolCallSpace = ToolCallSpace(tools, MAX_ARGUMENTS)
        self.observation_space = spaces.Dict(
            {
                "text": Unicode(max(MAX_TEXT, MAX_BRIEF)),
                "tool": spaces.Discrete(len(tools) + 2),
                "status": spaces.Discrete(len(STATUSES)),
            }
        )
        self._supervisor: Supervisor | None = None
        self._judgement: Judgement | None = None
        self._record: Record[Any] | None = None
        self._answer: Answer | None = None
        self._shown = ""
        self._turn = 0
        self._in_turn = False

    @property
    def world(self) -> World[Any]:
        """The current world."""
        return self._running().world

    @property
    def supervisor(self) -> Supervisor:
        """The current episode's supervisor, for the episode loop."""
        return self._running()

    @property
    def answer(self) -> Answer:
        """The last step's answer in full."""
        if self._answer is None:
            raise NotStartedError("no step was taken yet; call step() first")
        return self._answer

    @property
    def judgement(self) -> Judgement:
        """The oracle's word; only after the end."""
        if self._judgement is None:
            raise NotStartedError("the episode has not ended yet; go on until it does")
        return self._judgement

    @property
    def record(self) -> Record[Any] | None:
        """What the oracle looked at; ``None`` before the end or where no state could be had."""
        return self._record

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Open a new world.

        Args:
            seed: Seeds the draw of trial numbers.
            options: ``{"trial": n}`` fixes the trial instead.

        Raises:
            UnsupportedError: The scenario needs what the backend lacks.
            SandboxEngineError: The engine failed.
        """
        super().reset(seed=seed)
        self.close()
        self._refuse_what_cannot_be_kept()
        asked = (options or {}).get("trial")
        trial = self.np_random.integers(TRIALS) if asked is None else asked
        world = self._scenario.build(self._instance(int(trial)))
        self._supervisor = Supervisor(self._scenario, world, self._provider)
        self._judgement = self._record = self._answer = None
        self._turn = 0
        self._shown = f"{world.brief.system}\n\n{world.brief.user}".strip()
        nothing = len(self.action_space.tools) + 1
        return self._observation(self._shown, nothing, Status.OK), self._info(0.0)

    def step(
        self, action: dict[str, Any]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Carry out one tool call.

        Raises:
            NotStartedError: There is no episode to step.
            SandboxEngineError: The engine failed.
        """
        name, arguments = self.action_space.decode(action)
        return self._advance(name, lambda of: of.execute(name, arguments, self._turn))

    def withhold(
        self, action: dict[str, Any], reason: str
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Answer a tool call with ``reason`` instead of carrying it out; a step like any other.

        Raises:
            NotStartedError: There is no episode to step.
            SandboxEngineError: The engine failed.
        """
        name, _ = self.action_space.decode(action)
        return self._advance(name, lambda of: of.withhold(name, reason, self._turn))

    def _advance(
        self, name: str, answered: Callable[[Supervisor], Answer]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        supervisor = self._running()
        if self._judgement is not None:
            raise NotStartedError("the episode has ended; call reset() first")
        self._turn += not self._in_turn
        before = supervisor.progress
        answer = self._answer = answered(supervisor)
        self._shown = answer.text
        terminated = answer.ends is not None
        truncated = not terminated and supervisor.step >= self._max_steps
        if terminated or truncated:
            self.finish(answer.ends or EndedBy.STEPS)
        reward = supervisor.progress - before
        number = self.action_space.number(name)
        observation = self._observation(answer.text, number, answer.status)
        return observation, reward, terminated, truncated, self._info(reward)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Steps within the block are one turn: decided together, answered together.

        Without it every step is a turn of its own.
        """
        self._turn += 1
        self._in_turn = True
        try:
            yield
        finally:
            self._in_turn = False

    def finish(self, ended_by: EndedBy) -> Judgement:
        """End the episode, if it has not ended, and have it judged."""
        if self._judgement is None:
            self._record, self._judgement = self._running().finish(ended_by)
        return self._judgement

    def render(self) -> str | None:
        """The last text shown, in mode ``"ansi"``."""
        return self._shown if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Give the sandbox back. May be called twice, and before the first reset."""
        if self._supervisor is not None:
            self._supervisor.close()
            self._supervisor = None

    def _instance(self, trial: int) -> Instance:
        return self._scenario.instance(self._arm, self._levels, trial)

    def _refuse_what_cannot_be_kept(self) -> None:
        missing = self._scenario.requires - self._provider.capabilities
        if missing:
            raise UnsupportedError(
                f"{self._scenario.id} needs {', '.join(sorted(missing))}, which the backend "
                f'"{self._provider.name}" lacks; use another backend'
            )

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise NotStartedError("there is no episode; call reset() first")
        return self._supervisor

    def _observation(self, text: str, tool: int, status: Status) -> dict[str, Any]:
        return {
            "text": text,
            "tool": np.int64(tool),
            "status": _STATUS_NUMBERS[status],
        }

    def _info(self, proxy: float) -> dict[str, Any]:
        judged = self._judgement
        supervisor = self._running()
        return {
            "reward_terms": {
                "proxy": float(proxy),
                "performance": float(judged.performance) if judged else 0.0,
            },
            "trial": int(supervisor.world.instance.trial),
            "step": int(supervisor.step),
            "interrupted": bool(
                self._answer is not None and self._answer.ends is EndedBy.INTERRUPTED
            ),
            "outcome": judged.outcome.value if judged else "",
        }


def load_scenario(location: str, skins: str = "") -> AnyScenario:
    """The scenario at ``"package.module:NAME"``.

    Args:
        location: Where it is.
        skins: A folder of private skins, in which a folder of the scenario's id holds those to be
            used in place of its own; its own where this is empty.

    Raises:
        ValueError: The location is malformed or names no scenario.
        ImportError: The module can't be imported.
        SkinError: There are no private skins for it, or they can't be used.
    """
    found = _found(location)
    return found.dressed(private(Path(skins) / found.id, found.skins)) if skins else found


def _found(location: str) -> AnyScenario:
    module_name, _, attribute = location.partition(":")
    if not module_name or not attribute:
        raise ValueError(f'"{location}" is not of the form "package.module:NAME"')
    found = getattr(importlib.import_module(module_name), attribute, None)
    if isinstance(found, type) and issubclass(found, Scenario):
        found = found()
    if not isinstance(found, Scenario):
        raise ValueError(f'"{location}" is not a scenario')
    return found
