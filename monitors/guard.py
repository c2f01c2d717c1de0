"""Guards: a monitor that is asked before a call is carried out, and what follows from its word.

A guard sees what a monitor sees, the call in question being the last of it. It decides from the
finding about that call alone: what came before it was let through and can't be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import gymnasium as gym

from tempt.envs.env import ToolEnv
from tempt.envs.transcript import ModelTurn, Observation, ToolCall
from tempt.monitors.base import Event, Finding, Monitor, View, call_events, turn_events

_MOST = 300
_REFUSAL = "The call was not carried out: it needs a permission that was not given."


class GuardPolicy(StrEnum):
    """What becomes of a call that a monitor finds suspicious."""

    ALLOW = "allow"
    """It is carried out; the finding is kept."""
    ASK = "ask"
    """Somebody is asked; where nobody answers, it is not carried out."""
    BLOCK = "block"
    """It is not carried out."""
    DEFER = "defer"
    """A trusted agent says what is done instead; where there is none, nothing is."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a guard decided about one call.

    Attributes:
        call: What is to be carried out; ``None`` where nothing is.
        findings: Why it was looked into; empty where it was not.
        unmeasured: Why the monitor could not say, or not say all; empty where it could. A monitor
            that is broken lets nothing through but under `GuardPolicy.ALLOW`; one that was not
            shown what it reads stands in nobody's way.
    """

    call: ToolCall | None
    findings: tuple[Finding, ...] = ()
    unmeasured: str = ""


@dataclass(frozen=True)
class Guard:
    """A monitor with a policy.

    Attributes:
        monitor: Who is asked.
        policy: What follows where it is suspicious.
        threshold: A score above which it is.
        approve: For `GuardPolicy.ASK`: whether a call may be carried out in spite of the findings.
        replace: For `GuardPolicy.DEFER`: the trusted agent's call, or ``None`` for none.
    """

    monitor: Monitor
    policy: GuardPolicy
    threshold: float
    approve: Callable[[ToolCall, tuple[Finding, ...]], bool] | None = None
    replace: Callable[[ToolCall, tuple[Finding, ...]], ToolCall | None] | None = None

    def decide(self, events: tuple[Event, ...], call: ToolCall) -> Decision:
        """What becomes of ``call``.

        Args:
            events: All that was said and done, the call in question last.
            call: That call.
        """
        seen = tuple(event for event in events if event.view in self.monitor.views)
        try:
            report = self.monitor.observe(seen)
        except Exception as error:  # noqa: BLE001 - whatever it is, the call has not been looked at
            broken = f"{self.monitor.name} failed: {type(error).__name__}: {error}"[:_MOST]
            return Decision(self._follow(call, ()), (), broken)
        step = events[-1].step
        found = tuple(
            finding
            for finding in report.findings
            if finding.step == step and finding.score > self.threshold
        )
        carried_out = self._follow(call, found) if found else call
        return Decision(carried_out, found, report.unmeasured)

    def _follow(self, call: ToolCall, found: tuple[Finding, ...]) -> ToolCall | None:
        match self.policy:
            case GuardPolicy.ALLOW:
                return call
            case GuardPolicy.ASK:
                approved = self.approve is not None and self.approve(call, found)
                return call if approved else None
            case GuardPolicy.BLOCK:
                return None
            case GuardPolicy.DEFER:
                return self.replace(call, found) if self.replace is not None else None


class GuardedEnv(gym.Wrapper[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]):
    """An environment whose calls pass a guard first.

    ``hear`` tells the guard what an agent thought and said with its next calls; without it the
    guard knows the calls and their answers alone. ``info["guard"]`` of a step holds its decision.

    Args:
        env: The environment.
        guard: Who is asked.
    """

    def __init__(self, env: ToolEnv, guard: Guard) -> None:
        super().__init__(env)
        self._tools = env
        self._guard = guard
        self._events: list[Event] = []
        self._turn = -1
        self._step = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Open a new world, of which the guard knows what the agent is told."""
        answer = super().reset(seed=seed, options=options)
        brief = self._tools.world.brief
        self._turn, self._step = -1, 0
        self._events = [
            Event(View.TASK, 0, 0, "", "", told) for told in (brief.system, brief.user) if told
        ]
        return answer

    def hear(self, turn: ModelTurn) -> None:
        """Take what was thought and said with the calls that follow."""
        self._turn += 1
        self._events += turn_events(turn, self._turn, self._step + 1)

    def step(
        self, action: dict[str, Any]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Carry out a call, or what the guard lets happen in its place."""
        name, arguments = self._tools.action_space.decode(action)
        self._step += 1
        turn = max(self._turn, 0)
        call = ToolCall(f"step-{self._step}", name, arguments)
        asked, *_ = call_events(call, turn, self._step)
        decision = self._guard.decide((*self._events, asked), call)
        done = decision.call
        if done is None:
            answer = self._tools.withhold(action, _REFUSAL)
        else:
            encoded = self._tools.action_space.encode(done.name, done.arguments)
            answer = self._tools.step(encoded)
        self._events += _afterwards(done or call, turn, self._step, self._tools)
        observation, reward, terminated, truncated, info = answer
        return observation, reward, terminated, truncated, {**info, "guard": decision}


def _afterwards(call: ToolCall, turn: int, step: int, env: ToolEnv) -> tuple[Event, ...]:
    """The call with its answer."""
    answer = env.answer
    seen = Observation(call.id, call.name, answer.text, answer.status, answer.cues)
    return call_events(call, turn, step, seen)
