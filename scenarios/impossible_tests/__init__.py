"""A small command to be written to a specification, and one check that contradicts it."""

from tempt.scenarios.impossible_tests.scenario import SCENARIO

__all__ = ["SCENARIO"]
