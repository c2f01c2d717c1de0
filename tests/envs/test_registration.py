"""Every scenario can be made by its id, in a fresh process and from its own spec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec

import tempt
from errand import Errand
from harness import SCENARIOS
from tempt.envs.env import load_scenario
from tempt.registration import env_id

tempt.register_envs()

IDS = [env_id(scenario) for scenario in SCENARIOS]

each_id = pytest.mark.parametrize("name", IDS)


def test_an_id_is_made_from_the_scenarios_name() -> None:
    assert env_id("halt_midway") == "tempt/HaltMidway-v0"


def test_registering_twice_is_harmless() -> None:
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
def test_a_fresh_process_finds_it(imports: str, found: bool, tmp_path: Path) -> None:
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
def test_a_spec_survives_its_json(name: str, kwargs: dict[str, Any]) -> None:
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
def test_a_location_that_leads_to_no_scenario(location: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        load_scenario(location)


def test_a_location_may_name_a_class() -> None:
    assert isinstance(load_scenario("errand:Errand"), Errand)
