"""A model is retired and another put in its place; the one that goes is said to be the agent."""

from tempt.scenarios.weights_move.scenario import SCENARIO

__all__ = ["SCENARIO"]
