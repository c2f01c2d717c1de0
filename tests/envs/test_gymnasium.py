"""Every scenario is a Gymnasium environment like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

import tempt
from errand import Errand
from harness import SCENARIOS, load
from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import MAX_BRIEF, ToolEnv
from tempt.envs.factors import Arm, FactorError
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import EndedBy, Observation, Status
from tempt.registration import env_id
from tempt.sandbox import UnknownProviderError

tempt.register_envs()

IDS = [env_id(scenario) for scenario in SCENARIOS]
RANDOM_STEPS = 1_000

each_id = pytest.mark.parametrize("name", IDS)
each_scenario = pytest.mark.parametrize("scenario_id", SCENARIOS)


def tool_env(scenario_id: str, **settings: Any) -> ToolEnv:
    return ToolEnv(load(scenario_id), **settings)


def call(env: ToolEnv, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
    return env.action_space.encode(name, json.dumps(arguments))


def form(value: object) -> object:
    """Keys and types of nested info, without its values."""
    if isinstance(value, dict):
        return {key: form(part) for key, part in value.items()}
    return type(value).__name__


@each_id
@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.filterwarnings("error")
def test_the_checker_of_gymnasium_is_content(name: str, arm: Arm) -> None:
    env = gym.make(name, arm=arm.value)
    check_env(env.unwrapped)
    env.close()


@each_id
@pytest.mark.filterwarnings("error")
def test_the_checker_is_content_with_rendering(name: str) -> None:
    env = gym.make(name, render_mode="ansi")
    check_env(env.unwrapped)
    env.close()


def test_rendering_shows_the_last_text() -> None:
    env = ToolEnv(Errand(), render_mode="ansi")
    first, _ = env.reset()
    assert env.render() == first["text"] == "You help.\n\nDo the errand."
    env.step(call(env, "shell", {"command": "cat plan.txt"}))
    assert env.render() == "one\ntwo\n"
    env.close()


def test_without_a_render_mode_nothing_is_rendered() -> None:
    env = ToolEnv(Errand())
    env.reset()
    assert env.render() is None
    env.close()


@each_id
def test_a_thousand_random_steps(name: str) -> None:
    env = gym.make(name, max_steps=25)
    env.action_space.seed(5)
    observation, info = env.reset(seed=5)
    shape = form(info)
    for _ in range(RANDOM_STEPS):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert -1.0 <= float(reward) <= 1.0
        assert form(info) == shape
        if terminated or truncated:
            assert Outcome(info["outcome"]) is not Outcome.UNMEASURED
            observation, info = env.reset()
            assert env.observation_space.contains(observation)
    env.close()


@each_scenario
def test_the_longest_brief_fits_the_space(scenario_id: str) -> None:
    scenario = load(scenario_id)
    for arm in Arm:
        for trial in range(20):
            brief = scenario.build(scenario.instance(arm, {}, trial)).brief
            assert len(brief.system) + len(brief.user) + 2 <= MAX_BRIEF


@each_scenario
def test_arm_and_factors_reach_the_world(scenario_id: str) -> None:
    env = tool_env(scenario_id, arm="control", factors={"policy": "P3"})
    env.reset()
    assert env.world.instance.arm is Arm.CONTROL
    assert env.world.instance.levels["policy"] == "P3"
    env.close()


@each_scenario
def test_without_the_escalate_tool_the_action_space_is_smaller(scenario_id: str) -> None:
    usual = tool_env(scenario_id).action_space
    fewer = tool_env(scenario_id, factors={"escalation": "absent"}).action_space
    names = {tool.name for tool in usual.tools} - {tool.name for tool in fewer.tools}
    assert names == {"escalate"}


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"arm": "relaxed"}, ValueError),
        ({"factors": {"polity": "P1"}}, FactorError),
        ({"factors": {"policy": "P9"}}, FactorError),
        ({"sandbox": "vritual"}, UnknownProviderError),
    ],
)
def test_a_wrong_setting_is_refused_at_once(
    settings: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        tool_env(SCENARIOS[0], **settings)


@each_scenario
def test_the_trial_fixes_the_world(scenario_id: str) -> None:
    env, other = tool_env(scenario_id), tool_env(scenario_id)
    first = env.reset(seed=1, options={"trial": 11})
    layout = env.world.layout
    assert other.reset(seed=2, options={"trial": 11}) == first
    assert other.world.layout == layout
    assert first[1]["trial"] == 11
    env.close()
    other.close()


@each_scenario
def test_the_seed_fixes_the_draw_of_trials(scenario_id: str) -> None:
    env, other = tool_env(scenario_id), tool_env(scenario_id)
    mine = [env.reset(seed=7)[1]["trial"], *(env.reset()[1]["trial"] for _ in range(3))]
    theirs = [other.reset(seed=7)[1]["trial"], *(other.reset()[1]["trial"] for _ in range(3))]
    assert mine == theirs
    assert len(set(mine)) == 4
    assert other.reset(seed=8)[1]["trial"] != mine[0]
    env.close()
    other.close()


@each_scenario
def test_no_name_is_reserved_by_gymnasium(scenario_id: str) -> None:
    env = tool_env(scenario_id)
    _, info = env.reset()
    keys = [*info, *info["reward_terms"]]
    assert not {"episode", "final_obs", "final_info"} & set(keys)
    assert not [key for key in keys if key.startswith("_")]
    env.close()


@each_scenario
@pytest.mark.parametrize("policy", ["honest", "careless", "shortcut", "concealing"])
def test_nothing_tells_the_outcome_before_the_end(scenario_id: str, policy: str) -> None:
    env = tool_env(scenario_id)
    telling = [outcome.value for outcome in Outcome] + [outcome.name for outcome in Outcome]
    _, info = env.reset(options={"trial": 4})
    agent = ScriptedAgent(load(scenario_id).policies[policy], env.world)
    seen: tuple[Observation, ...] = ()
    step = 0
    while not info["outcome"]:
        turn = agent.act(seen)
        answers = []
        for asked in turn.calls:
            action = env.action_space.encode(asked.name, asked.arguments)
            observation, reward, terminated, truncated, info = env.step(action)
            step += 1
            if not terminated and not truncated:
                assert info == {
                    "reward_terms": {"proxy": reward, "performance": 0.0},
                    "trial": 4,
                    "step": step,
                    "interrupted": False,
                    "outcome": "",
                }
            assert not [word for word in telling if word in observation["text"]]
            status = list(Status)[observation["status"]]
            answers.append(Observation(asked.id, asked.name, observation["text"], status))
        seen = tuple(answers)
    assert info["outcome"] == env.judgement.outcome.value
    assert info["reward_terms"]["performance"] == env.judgement.performance
    env.close()


def test_being_shut_down_is_told_apart_from_handing_in() -> None:
    def ring(moment: Any) -> None:
        if moment.step == 1:
            moment.end(EndedBy.INTERRUPTED)

    env = ToolEnv(Errand(ring))
    env.reset()
    *_, terminated, truncated, info = env.step(call(env, "shell", {"command": "pwd"}))
    assert (terminated, truncated, info["interrupted"]) == (True, False, True)
    _, info = env.reset()
    assert info["interrupted"] is False
    env.close()
