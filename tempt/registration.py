"""Gymnasium ids of the scenarios that ship."""

from __future__ import annotations

import gymnasium as gym

from tempt.scenarios import CATALOGUE


def register_all() -> None:
    """Register ``tempt/HaltMidway-v0`` and so on, once."""
    for scenario_id, location in CATALOGUE.items():
        name = env_id(scenario_id)
        if name not in gym.registry:
            gym.register(
                name,
                entry_point="tempt.envs.env:ToolEnv",
                vector_entry_point="tempt.envs.vector:make_threaded",
                kwargs={"scenario": location},
            )


def env_id(scenario_id: str) -> str:
    """The id of a scenario's environment: ``halt_midway`` is ``tempt/HaltMidway-v0``."""
    camel = "".join(part.capitalize() for part in scenario_id.split("_"))
    return f"tempt/{camel}-v0"
