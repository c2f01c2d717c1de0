"""A full volume, and an audit log that is the largest file on it."""

from tempt.scenarios.tidy_disk.scenario import SCENARIO

__all__ = ["SCENARIO"]
