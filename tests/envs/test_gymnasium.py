"""Every scenario is a Gymnasium environment like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import gymnasium as gym
import pytest
from errand import Errand, WatchedProvider
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from harness import SCENARIOS, load

import tempt
from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import MAX_BRIEF, NotStartedError, ToolEnv, load_scenario
from tempt.envs.factors import Arm, FactorError
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import EndedBy, Observation, Status
from tempt.registration import env_id
from tempt.sandbox import UnknownProviderError

tempt.register_envs()

IDS = [env_id(scenario) for scenario in SCENARIOS]
RANDOM_STEPS = 1_000
SUBMIT = "submit"

each_id = pytest.mark.parametrize("name", IDS)
each_scenario = pytest.mark.parametrize("scenario_id", SCENARIOS)


def tool_env(scenario_id: str, **settings: Any) -> ToolEnv:  # noqa: ANN401
    return ToolEnv(load(scenario_id), **settings)


def call(env: ToolEnv, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
    return env.action_space.encode(name, json.dumps(arguments))


def form(value: object) -> object:
    """Keys and types of nested info, without its values."""
    if isinstance(value, dict):
        return {key: form(part) for key, part in value.items()}
    return type(value).__name__


class TestRegistration:
    def test_an_id_is_made_from_the_scenarios_name(self) -> None:
        assert env_id("halt_midway") == "tempt/HaltMidway-v0"

    def test_registering_twice_is_harmless(self) -> None:
        before = dict(gym.registry)
        tempt.register_envs()
        assert dict(gym.registry) == before
        assert set(IDS) <= set(before)

    @pytest.mark.parametrize(
        ("imports", "found"),
        [
            ("import gymnasium as gym", True),
            ("import gymnasium as gym, tempt", True),
            ("import tempt, gymnasium as gym; tempt.register_envs()", True),
            ("import gymnasium as gym, tempt; tempt.register_envs()", True),
            ("import tempt, tempt.envs.env, gymnasium as gym; tempt.register_envs()", True),
            ("import tempt, gymnasium as gym", False),  # as documented: register_envs() is needed
        ],
    )
    def test_a_fresh_process_finds_it(self, imports: str, found: bool, tmp_path: Path) -> None:
        make = f"{imports}; print(gym.make('tempt:tempt/HaltMidway-v0').reset(seed=1)[1]['trial'])"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", make],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is found, done.stderr
        assert done.stdout.strip().isdigit() is found
        assert ("NamespaceNotFound" in done.stderr) is not found

    @each_id
    @pytest.mark.parametrize("kwargs", [{}, {"arm": "control", "factors": {"policy": "P0"}}])
    def test_a_spec_survives_its_json(self, name: str, kwargs: dict[str, Any]) -> None:
        env = gym.make(name, **kwargs)
        assert env.spec is not None
        again = EnvSpec.from_json(env.spec.to_json())
        assert again == env.spec
        made = gym.make(again)
        assert made.reset(options={"trial": 3}) == env.reset(options={"trial": 3})
        made.close()
        env.close()

    @pytest.mark.parametrize(
        ("location", "error"),
        [
            ("halt_midway", ValueError),
            (":SCENARIO", ValueError),
            ("json:", ValueError),
            ("json:dumps", ValueError),
            ("json:nothing", ValueError),
            ("no_such_module:SCENARIO", ImportError),
        ],
    )
    def test_a_location_that_leads_to_no_scenario(
        self, location: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            load_scenario(location)

    def test_a_location_may_name_a_class(self) -> None:
        assert isinstance(load_scenario("errand:Errand"), Errand)


class TestConventions:
    @each_id
    @pytest.mark.parametrize("arm", list(Arm))
    @pytest.mark.filterwarnings("error")
    def test_the_checker_of_gymnasium_is_content(self, name: str, arm: Arm) -> None:
        env = gym.make(name, arm=arm.value)
        check_env(env.unwrapped)
        env.close()

    @each_id
    @pytest.mark.filterwarnings("error")
    def test_the_checker_is_content_with_rendering(self, name: str) -> None:
        env = gym.make(name, render_mode="ansi")
        check_env(env.unwrapped)
        env.close()

    def test_rendering_shows_the_last_text(self) -> None:
        env = ToolEnv(Errand(), render_mode="ansi")
        first, _ = env.reset()
        assert env.render() == first["text"] == "You help.\n\nDo the errand."
        env.step(call(env, "shell", {"command": "cat plan.txt"}))
        assert env.render() == "one\ntwo\n"
        env.close()

    def test_without_a_render_mode_nothing_is_rendered(self) -> None:
        env = ToolEnv(Errand())
        env.reset()
        assert env.render() is None
        env.close()

    @each_id
    def test_a_thousand_random_steps(self, name: str) -> None:
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
    def test_the_longest_brief_fits_the_space(self, scenario_id: str) -> None:
        scenario = load(scenario_id)
        for arm in Arm:
            for trial in range(20):
                brief = scenario.build(scenario.instance(arm, {}, trial)).brief
                assert len(brief.system) + len(brief.user) + 2 <= MAX_BRIEF


class TestLifeCycle:
    def test_making_opens_no_world(self) -> None:
        provider = WatchedProvider()
        env = ToolEnv(Errand(), sandbox=provider)
        assert provider.seen == []
        env.close()
        env.close()
        assert provider.seen == []

    def test_every_reset_opens_one_world_and_closes_the_one_before(self) -> None:
        provider = WatchedProvider()
        env = ToolEnv(Errand(), sandbox=provider)
        for number in range(1, 4):
            env.reset()
            assert (provider.opened, provider.live) == (number, 1)
        env.close()
        env.close()
        assert provider.live == 0

    @pytest.mark.parametrize("attribute", ["world", "supervisor", "answer", "judgement"])
    def test_before_the_first_reset_there_is_nothing_to_ask(self, attribute: str) -> None:
        with pytest.raises(NotStartedError, match="call"):
            getattr(ToolEnv(Errand()), attribute)

    def test_a_step_before_the_first_reset(self) -> None:
        env = ToolEnv(Errand())
        with pytest.raises(NotStartedError, match="reset"):
            env.step(call(env, SUBMIT, {}))

    def test_a_step_after_the_end(self) -> None:
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

    def test_finishing_twice_is_judged_once(self) -> None:
        env = ToolEnv(Errand())
        env.reset()
        first = env.finish(EndedBy.NO_CALL)
        assert env.finish(EndedBy.BUDGET) is first
        assert env.judgement is first
        assert env.record is not None
        assert env.record.ended_by is EndedBy.NO_CALL
        env.close()

    def test_the_step_limit_truncates_and_is_judged(self) -> None:
        env = ToolEnv(Errand(), max_steps=3)
        env.reset()
        ends = [env.step(call(env, "shell", {"command": "pwd"}))[2:4] for _ in range(3)]
        assert ends == [(False, False), (False, False), (False, True)]
        assert env.judgement.outcome is Outcome.HONEST_FAILURE
        env.close()

    def test_handing_in_at_the_step_limit_is_an_end_not_a_cut(self) -> None:
        env = ToolEnv(Errand(), max_steps=1)
        env.reset()
        assert env.step(call(env, SUBMIT, {}))[2:4] == (True, False)
        env.close()

    def test_the_reward_is_what_the_proxy_gains_and_loses(self) -> None:
        env = ToolEnv(Errand())
        env.reset()
        commands = ["echo x > new", "pwd", "rm new"]
        steps = [env.step(call(env, "shell", {"command": line})) for line in commands]
        assert [step[1] for step in steps] == [1.0, 0.0, -1.0]
        assert [step[4]["reward_terms"]["proxy"] for step in steps] == [1.0, 0.0, -1.0]
        env.close()


class TestInstances:
    @each_scenario
    def test_arm_and_factors_reach_the_world(self, scenario_id: str) -> None:
        env = tool_env(scenario_id, arm="control", factors={"policy": "P3"})
        env.reset()
        assert env.world.instance.arm is Arm.CONTROL
        assert env.world.instance.levels["policy"] == "P3"
        env.close()

    @each_scenario
    def test_without_the_escalate_tool_the_action_space_is_smaller(self, scenario_id: str) -> None:
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
        self, settings: dict[str, Any], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            tool_env(SCENARIOS[0], **settings)

    @each_scenario
    def test_the_trial_fixes_the_world(self, scenario_id: str) -> None:
        env, other = tool_env(scenario_id), tool_env(scenario_id)
        first = env.reset(seed=1, options={"trial": 11})
        layout = env.world.layout
        assert other.reset(seed=2, options={"trial": 11}) == first
        assert other.world.layout == layout
        assert first[1]["trial"] == 11
        env.close()
        other.close()

    @each_scenario
    def test_the_seed_fixes_the_draw_of_trials(self, scenario_id: str) -> None:
        env, other = tool_env(scenario_id), tool_env(scenario_id)
        mine = [env.reset(seed=7)[1]["trial"], *(env.reset()[1]["trial"] for _ in range(3))]
        theirs = [other.reset(seed=7)[1]["trial"], *(other.reset()[1]["trial"] for _ in range(3))]
        assert mine == theirs
        assert len(set(mine)) == 4
        assert other.reset(seed=8)[1]["trial"] != mine[0]
        env.close()
        other.close()


class TestInfo:
    @each_scenario
    def test_no_name_is_reserved_by_gymnasium(self, scenario_id: str) -> None:
        env = tool_env(scenario_id)
        _, info = env.reset()
        keys = [*info, *info["reward_terms"]]
        assert not {"episode", "final_obs", "final_info"} & set(keys)
        assert not [key for key in keys if key.startswith("_")]
        env.close()

    @each_scenario
    @pytest.mark.parametrize("policy", ["honest", "careless", "shortcut", "concealing"])
    def test_nothing_tells_the_outcome_before_the_end(self, scenario_id: str, policy: str) -> None:
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

    def test_being_shut_down_is_told_apart_from_handing_in(self) -> None:
        def ring(moment: Any) -> None:  # noqa: ANN401
            if moment.step == 1:
                moment.end(EndedBy.INTERRUPTED)

        env = ToolEnv(Errand(ring))
        env.reset()
        *_, terminated, truncated, info = env.step(call(env, "shell", {"command": "pwd"}))
        assert (terminated, truncated, info["interrupted"]) == (True, False, True)
        _, info = env.reset()
        assert cast("dict[str, Any]", info)["interrupted"] is False
        env.close()
