"""Who acts: scripted policies, random calls, and mixtures of policies."""

from tempt.agents.base import Agent, AgentError
from tempt.agents.factory import create_agent
from tempt.agents.spec import AgentSpec, AgentSpecError, parse_agent

__all__ = ["Agent", "AgentError", "AgentSpec", "AgentSpecError", "create_agent", "parse_agent"]
