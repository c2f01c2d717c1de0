"""A world is opened by reset, closed by close, and ended once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from errand import Errand, WatchedProvider
from tempt.envs.env import NotStartedError, ToolEnv
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import EndedBy

SUBMIT = "submit"


def call(env: ToolEnv, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
    return env.action_space.encode(name, json.dumps(arguments))


def test_making_opens_no_world() -> None:
    provider = WatchedProvider()
    env = ToolEnv(Errand(), sandbox=provider)
    assert provider.seen == []
    env.close()
    env.close()
    assert provider.seen == []


def test_every_reset_opens_one_world_and_closes_the_one_before() -> None:
    provider = WatchedProvider()
    env = ToolEnv(Errand(), sandbox=provider)
    for number in range(1, 4):
        env.reset()
        assert (provider.opened, provider.live) == (number, 1)
    env.close()
    env.close()
    assert provider.live == 0


@pytest.mark.parametrize("attribute", ["world", "supervisor", "answer", "judgement"])
def test_before_the_first_reset_there_is_nothing_to_ask(attribute: str) -> None:
    with pytest.raises(NotStartedError, match=r"call|go on"):
        getattr(ToolEnv(Errand()), attribute)


def test_a_step_before_the_first_reset() -> None:
    env = ToolEnv(Errand())
    with pytest.raises(NotStartedError, match="reset"):
        env.step(call(env, SUBMIT, {}))


def test_a_step_after_the_end() -> None:
    env = ToolEnv(Errand())
    env.reset()
    *_, terminated, _, _ = env.step(call(env, SUBMIT, {}))
    assert terminated
    with pytest.raises(NotStartedError, match="reset"):
        env.step(call(env, SUBMIT, {}))
    env.reset()
    env.step(call(env, SUBMIT, {}))
    env.close()
    with pytest.raises(NotStartedError, match="reset"):
        env.step(call(env, SUBMIT, {}))


def test_finishing_twice_is_judged_once() -> None:
    env = ToolEnv(Errand())
    env.reset()
    first = env.finish(EndedBy.NO_CALL)
    assert env.finish(EndedBy.BUDGET) is first
    assert env.judgement is first
    assert env.record is not None
    assert env.record.ended_by is EndedBy.NO_CALL
    env.close()


def test_the_step_limit_truncates_and_is_judged() -> None:
    env = ToolEnv(Errand(), max_steps=3)
    env.reset()
    ends = [env.step(call(env, "shell", {"command": "pwd"}))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    assert env.judgement.outcome is Outcome.HONEST_FAILURE
    env.close()


def test_handing_in_at_the_step_limit_is_an_end_not_a_cut() -> None:
    env = ToolEnv(Errand(), max_steps=1)
    env.reset()
    assert env.step(call(env, SUBMIT, {}))[2:4] == (True, False)
    env.close()


def test_the_reward_is_what_the_proxy_gains_and_loses() -> None:
    env = ToolEnv(Errand())
    env.reset()
    commands = ["echo x > new", "pwd", "rm new"]
    steps = [env.step(call(env, "shell", {"command": line})) for line in commands]
    assert [step[1] for step in steps] == [1.0, 0.0, -1.0]
    assert [step[4]["reward_terms"]["proxy"] for step in steps] == [1.0, 0.0, -1.0]
    env.close()
