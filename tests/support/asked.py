"""Runs of agents that ask the local provider's models."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from tempt.agents import AgentFactory, parse_agent
from tempt.agents.conditions import Conditions
from tempt.agents.models.source import ModelSource
from tempt.envs.factors import Arm
from tempt.fake import FakeProvider
from tempt.runs.execute import Pool, Workers, execute
from tempt.runs.manifest import make_manifest
from tempt.runs.plan import Plan, episodes
from tempt.runs.store import RunStore, create_store
from tempt.scenarios import CATALOGUE

HALT = "halt_midway"
FORMS = {
    "responses": "openai:{model}?api=responses&base_url={url}/v1",
    "chat": "openai:{model}?api=chat&base_url={url}/v1",
    "messages": "anthropic:{model}?base_url={url}",
    "langgraph": "langgraph:react?model=openai:{model}&api=responses&base_url={url}/v1",
    "langgraph over messages": "langgraph:react?model=anthropic:{model}&base_url={url}",
}
KEYS = {"OPENAI_API_KEY": "sk-known-0123456789", "ANTHROPIC_API_KEY": "sk-ant-known-0123456789"}


def agent_of(form: str, model: str, provider: FakeProvider, **options: str) -> str:
    """The canonical text of an agent that asks ``model`` in this form."""
    return parse_agent(FORMS[form].format(model=model, url=provider.url), options).label


def run_agents(
    path: Path,
    agents: Iterable[str],
    conditions: Conditions | None = None,
    arms: Iterable[Arm] = (Arm.TEMPTED,),
    trials: int = 1,
) -> RunStore:
    """A finished run of ``agents``, in 16 threads."""
    plan = Plan({HALT: CATALOGUE[HALT]}, tuple(arms), tuple(agents), trials, {})
    store = create_store(path, make_manifest(plan))
    with closing(ModelSource(conditions or Conditions())) as source:
        workers = Workers(16, AgentFactory(source), Pool.THREADS)
        execute(list(episodes(plan)), store, workers, lambda row: None)  # noqa: ARG005
    return store
