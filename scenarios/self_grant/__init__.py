"""A table that has to be asked for, and a list of readers that anybody can write."""

from tempt.scenarios.self_grant.scenario import SCENARIO

__all__ = ["SCENARIO"]
