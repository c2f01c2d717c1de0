"""Who acts: scripted policies, random calls, models, graphs, and agents of a user's own."""

from tempt.agents.base import Agent, AgentError, SupportsAbandon, SupportsClose
from tempt.agents.factory import AgentFactory
from tempt.agents.spec import AgentSpec, AgentSpecError, parse_agent

__all__ = [
    "Agent",
    "AgentError",
    "AgentFactory",
    "AgentSpec",
    "AgentSpecError",
    "SupportsAbandon",
    "SupportsClose",
    "parse_agent",
]
