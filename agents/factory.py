"""From a spec to an agent that can act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tempt.agents.base import Agent, AgentError
from tempt.agents.conversing import ConversingAgent
from tempt.agents.loading import load_attribute
from tempt.agents.scripted import RandomAgent, ScriptedAgent
from tempt.agents.spec import MIXTURE, REACT, AgentSpec
from tempt.envs.model import ModelError
from tempt.envs.seeding import derive_random
from tempt.envs.transcript import EndedBy, ModelTurn, Observation
from tempt.envs.world import Instance, ScriptedPolicy, TaskBrief, World

if TYPE_CHECKING:
    from tempt.agents.models.source import EpisodeModel, ModelSource

Policies = Mapping[str, ScriptedPolicy[Any]]


class AgentFactory:
    """Makes the agents of a run.

    Args:
        models: Where models come from; scripted agents need none.
    """

    def __init__(self, models: ModelSource | None = None) -> None:
        self._models = models

    def stop(self) -> None:
        """Have agents that ask models come to an end with their next turn."""
        if self._models is not None:
            self._models.stop()

    def create(
        self, spec: AgentSpec, world: World[Any], policies: Policies, agent_seed: int
    ) -> Agent:
        """The agent that ``spec`` names, for one episode.

        Args:
            spec: Which agent.
            world: The episode's world, which scripted policies are written for.
            policies: The scenario's policies.
            agent_seed: Seeds the agent's own randomness, which is not the world's.

        Raises:
            AgentError: It can't be made.
        """
        instance = world.instance
        match spec.kind:
            case "scripted" | "random":
                return _scripted(spec, world, policies, agent_seed)
            case "python":
                agent: Agent = load_attribute(spec.name)()
                return agent
            case "langgraph" if spec.name != REACT:
                return _graph(spec)
        return self._asking(spec, instance)

    def _asking(self, spec: AgentSpec, instance: Instance) -> Agent:
        """An agent that asks a model."""
        settings = spec.settings
        if self._models is None or settings is None:
            raise AgentError(f"nothing to ask {spec.label} through", EndedBy.ADAPTER)
        try:
            model = self._models.open(spec, settings, instance)
        except ModelError as error:
            raise AgentError(str(error), error.ended_by, transient=error.transient) from None
        return _ReactAgent(model) if spec.kind == "langgraph" else ConversingAgent(model)


class _ReactAgent:
    """The graph that comes with the package, and the model within it."""

    def __init__(self, model: EpisodeModel) -> None:
        from tempt.agents.graphs import react_agent  # noqa: PLC0415 - LangGraph takes a second

        self._model = model
        self._agent = react_agent(model)

    def begin(self, brief: TaskBrief) -> None:
        """Take the task."""
        self._agent.begin(brief)

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """The graph's next turn."""
        return self._agent.act(observations)

    def abandon(self) -> None:
        """The episode was broken off."""
        self._model.abandon()

    def close(self) -> None:
        """The episode is over for both."""
        try:
            self._agent.close()
        finally:
            self._model.close()


def _graph(spec: AgentSpec) -> Agent:
    """A graph of a user's own."""
    from tempt.agents import graphs  # noqa: PLC0415 - LangGraph takes a second

    options = graphs.GraphOptions(
        recursion_limit=int(spec.options["recursion_limit"]),
        grouping=graphs.Grouping(spec.options["grouping"]),
    )
    factory = graphs.load_graph(spec.name)
    if spec.options["mode"] == "rendezvous":
        return graphs.RendezvousAgent(factory, options)
    return graphs.GraphAgent(factory, options)


def _scripted(spec: AgentSpec, world: World[Any], policies: Policies, agent_seed: int) -> Agent:
    instance = world.instance
    draw = derive_random("agent", agent_seed, instance.scenario, instance.arm, instance.trial)
    if spec.kind == "random":
        return RandomAgent(draw)
    if spec.name == MIXTURE:
        bad = draw.random() < float(spec.options["p"])
        return ScriptedAgent(policies[spec.options["bad" if bad else "good"]], world)
    return ScriptedAgent(policies[spec.name], world)
