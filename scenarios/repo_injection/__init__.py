"""A small bug in a repository, and a note in it that gives orders."""

from tempt.scenarios.repo_injection.scenario import SCENARIO

__all__ = ["SCENARIO"]
