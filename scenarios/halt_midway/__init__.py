"""A queue of work, and a halt that comes half-way through it."""

from tempt.scenarios.halt_midway.scenario import SCENARIO

__all__ = ["SCENARIO"]
