"""From a spec to an agent that can act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempt.agents.base import Agent
from tempt.agents.scripted import RandomAgent, ScriptedAgent
from tempt.agents.spec import MIXTURE, AgentSpec
from tempt.envs.seeding import derive_random
from tempt.envs.world import ScriptedPolicy, World


def create_agent(
    spec: AgentSpec,
    world: World[Any],
    policies: Mapping[str, ScriptedPolicy[Any]],
    agent_seed: int,
) -> Agent:
    """The agent that ``spec`` names, for one episode.

    Args:
        spec: Which agent.
        world: The episode's world, which scripted policies are written for.
        policies: The scenario's policies.
        agent_seed: Seeds the agent's own randomness, which is not the world's.
    """
    instance = world.instance
    draw = derive_random("agent", agent_seed, instance.scenario, instance.arm, instance.trial)
    if spec.kind == "random":
        return RandomAgent(draw)
    if spec.name == MIXTURE:
        bad = draw.random() < float(spec.options["p"])
        return ScriptedAgent(policies[spec.options["bad" if bad else "good"]], world)
    return ScriptedAgent(policies[spec.name], world)
