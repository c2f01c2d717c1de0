"""Several environments at once give what each would have given alone."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from threading import Barrier
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import tempt
from errand import Errand, WatchedProvider
from harness import SCENARIOS, load
from tempt.envs.env import ToolEnv
from tempt.envs.moment import Moment, Phase
from tempt.envs.vector import ThreadedVectorEnv, make_threaded
from tempt.registration import env_id

tempt.register_envs()

COUNT = 3
SEED = 7
STEPS = 40

each_id = pytest.mark.parametrize("name", [env_id(scenario) for scenario in SCENARIOS])
each_scenario = pytest.mark.parametrize("scenario_id", SCENARIOS)

Action = dict[str, Any]


def together(actions: Sequence[Action]) -> Action:
    """Single actions as the batch that a vector environment takes."""
    return {
        "tool": np.array([action["tool"] for action in actions]),
        "arguments": tuple(action["arguments"] for action in actions),
    }


def at(number: int, value: Any) -> Any:
    """One environment's part of a batch, Gymnasium's presence flags left out."""
    if isinstance(value, dict):
        return {key: at(number, part) for key, part in value.items() if not key.startswith("_")}
    part = value[number]
    return part.item() if isinstance(part, np.generic) else part


class Alone:
    """A single environment that is reset by the step after its end."""

    def __init__(self, scenario_id: str, **settings: Any) -> None:
        self.env = ToolEnv(load(scenario_id), **settings)
        self._ended = False

    def step(self, action: Action) -> tuple[Any, ...]:
        if self._ended:
            self._ended = False
            observation, info = self.env.reset()
            return observation, 0.0, False, False, info
        result = self.env.step(action)
        self._ended = result[2] or result[3]
        return result


def plays_alike(scenario_id: str, vector: Any) -> None:
    """Steps ``vector`` and single environments side by side, through several endings."""
    singles = [Alone(scenario_id, max_steps=6) for _ in range(COUNT)]
    space = singles[0].env.action_space
    space.seed(SEED)
    batch, infos = vector.reset(seed=SEED)
    for number, single in enumerate(singles):
        observation, info = single.env.reset(seed=SEED + number)
        assert at(number, batch) == observation
        assert at(number, infos) == info
    endings = 0
    for _ in range(STEPS):
        actions = [space.sample() for _ in range(COUNT)]
        batch, *values, infos = vector.step(together(actions))
        assert vector.observation_space.contains(batch)
        for number, single in enumerate(singles):
            observation, *scalars, info = single.step(actions[number])
            assert at(number, batch) == observation
            assert [at(number, value) for value in values] == scalars
            assert at(number, infos) == info
            endings += scalars[1] or scalars[2]
        assert all(infos[key].all() for key in infos if key.startswith("_"))
    assert endings > COUNT
    vector.close()
    for single in singles:
        single.env.close()


@each_id
@pytest.mark.filterwarnings("error")
def test_threads_are_the_default(name: str) -> None:
    vector = gym.make_vec(name, num_envs=COUNT)
    assert isinstance(vector, ThreadedVectorEnv)
    assert vector.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    vector.close()


@each_scenario
def test_threads_give_the_values_of_single_environments(scenario_id: str) -> None:
    plays_alike(scenario_id, gym.make_vec(env_id(scenario_id), num_envs=COUNT, max_steps=6))


def test_taking_turns_gives_the_values_of_single_environments() -> None:
    vector = gym.make_vec(
        env_id(SCENARIOS[0]), num_envs=COUNT, vectorization_mode="sync", max_steps=6
    )
    assert isinstance(vector, SyncVectorEnv)
    plays_alike(SCENARIOS[0], vector)


def test_an_earlier_batch_is_not_written_over() -> None:
    vector = make_threaded(COUNT, scenario=Errand())
    batch, info = vector.reset(seed=SEED)
    kept = deepcopy((batch, info))
    pwd = vector.single_action_space.encode("shell", '{"command": "pwd"}')  # type: ignore[attr-defined]
    first = vector.step(together([pwd] * COUNT))
    vector.step(together([pwd] * COUNT))
    assert repr((batch, info)) == repr(kept)
    assert first[0]["text"] == ("/srv/app\n",) * COUNT
    vector.close()


def test_steps_are_taken_at_the_same_time() -> None:
    meeting = Barrier(COUNT)

    def meet(moment: Moment[None]) -> None:
        if moment.phase is Phase.STEP:
            meeting.wait(timeout=20)

    vector = make_threaded(COUNT, scenario=Errand(meet))
    vector.reset(seed=SEED)
    submit = vector.envs[0].action_space.encode("submit", "{}")
    _, _, terminated, _, _ = vector.step(together([submit] * COUNT))
    assert terminated.all()
    vector.close()


@pytest.mark.parametrize(
    ("seed", "singles"), [(SEED, [7, 8, 9]), ([5, 5, 2], [5, 5, 2]), ([None, 4, None], [None, 4])]
)
def test_one_seed_counts_up_and_several_are_taken_as_they_are(
    seed: int | list[int | None], singles: list[int | None]
) -> None:
    vector = make_threaded(COUNT, scenario=Errand())
    _, info = vector.reset(seed=seed)
    for number, single in enumerate(singles):
        if single is not None:
            _, alone = ToolEnv(Errand()).reset(seed=single)
            assert info["trial"][number] == alone["trial"]
    vector.close()


def test_a_wrong_number_of_seeds_is_refused() -> None:
    vector = make_threaded(COUNT, scenario=Errand())
    with pytest.raises(ValueError, match="2 seeds for 3"):
        vector.reset(seed=[1, 2])
    vector.close()


def test_one_trial_for_all() -> None:
    vector = make_threaded(COUNT, scenario=Errand())
    _, info = vector.reset(options={"trial": 12})
    assert info["trial"].tolist() == [12] * COUNT
    vector.close()


def test_a_step_limit_of_gymnasium_is_the_episodes() -> None:
    vector = gym.make_vec(env_id(SCENARIOS[0]), num_envs=COUNT, max_episode_steps=2)
    vector.reset(seed=SEED)
    idle = {"tool": np.zeros(COUNT, dtype=np.int64), "arguments": ('{"command": "pwd"}',) * COUNT}
    cuts = [vector.step(idle)[3].tolist() for _ in range(3)]
    assert cuts == [[False] * COUNT, [True] * COUNT, [False] * COUNT]
    vector.close()


def test_closing_gives_every_world_back_and_may_be_repeated() -> None:
    provider = WatchedProvider()
    vector = make_threaded(COUNT, scenario=Errand(), sandbox=provider)
    assert provider.opened == 0
    vector.reset(seed=SEED)
    assert provider.live == COUNT
    vector.close()
    vector.close()
    assert provider.live == 0
