"""Several environments stepped together by threads.

A step waits for a sandbox, not for this process, so threads are enough and no environment has to
be sent to another process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array, iterate

from tempt.envs.env import ToolEnv

Result = tuple[dict[str, Any], float, bool, bool, dict[str, Any]]


class ThreadedVectorEnv(gym.vector.VectorEnv[dict[str, Any], dict[str, Any], np.ndarray]):
    """Steps its environments concurrently; an ended one is reset by its next step.

    Args:
        make: Makers of the single environments, which must share their spaces.
    """

    def __init__(self, make: Sequence[Callable[[], ToolEnv]]) -> None:
        self.envs = [maker() for maker in make]
        self.num_envs = len(self.envs)
        first = self.envs[0]
        self.metadata = {**first.metadata, "autoreset_mode": AutoresetMode.NEXT_STEP}
        self.render_mode = first.render_mode
        self.single_observation_space = first.observation_space
        self.single_action_space = first.action_space
        self.observation_space = batch_space(first.observation_space, self.num_envs)
        self.action_space = batch_space(first.action_space, self.num_envs)
        self._ended = np.zeros(self.num_envs, dtype=np.bool_)
        self._pool = ThreadPoolExecutor(max_workers=self.num_envs)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Reset all; a single seed gives seeds counting up from it."""
        seeds = _seeds(seed, self.num_envs)
        results = list(
            self._pool.map(lambda env, own: env.reset(seed=own, options=options), self.envs, seeds)
        )
        self._ended[:] = False
        return self._collect([result[0] for result in results], [r[1] for r in results])

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Step all; an environment that has ended is reset instead, with reward 0."""
        singles = list(iterate(self.action_space, actions))
        results = list(self._pool.map(_advance, self.envs, singles, self._ended.tolist()))
        observations, rewards, terminated, truncated, infos = zip(*results, strict=True)
        ends = np.array(terminated, dtype=np.bool_), np.array(truncated, dtype=np.bool_)
        self._ended = ends[0] | ends[1]
        batch, info = self._collect(observations, infos)
        return batch, np.array(rewards, dtype=np.float64), *ends, info

    def close_extras(self, **kwargs: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Close every environment."""
        for env in self.envs:
            env.close()
        self._pool.shutdown()

    def _collect(
        self, observations: Sequence[dict[str, Any]], infos: Sequence[dict[str, Any]]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        space = self.single_observation_space
        out = create_empty_array(space, n=self.num_envs, fn=np.zeros)
        batch = cast("dict[str, Any]", deepcopy(concatenate(space, observations, cast("Any", out))))
        merged: dict[str, Any] = {}
        for number, info in enumerate(infos):
            merged = self._add_info(merged, info, number)
        return batch, merged


def make_threaded(
    num_envs: int, max_episode_steps: int | None = None, **kwargs: Any
) -> ThreadedVectorEnv:
    """What `gymnasium.make_vec` calls; arguments as for `ToolEnv`."""
    if max_episode_steps is not None:
        kwargs["max_steps"] = max_episode_steps
    return ThreadedVectorEnv([lambda: ToolEnv(**kwargs)] * num_envs)


def _advance(env: ToolEnv, action: dict[str, Any], ended: bool) -> Result:
    if not ended:
        return env.step(action)
    observation, info = env.reset()
    return observation, 0.0, False, False, info


def _seeds(seed: int | Sequence[int | None] | None, count: int) -> Sequence[int | None]:
    if seed is None:
        return [None] * count
    if isinstance(seed, int):
        return [seed + number for number in range(count)]
    if len(seed) != count:
        raise ValueError(f"{len(seed)} seeds for {count} environments")
    return seed
