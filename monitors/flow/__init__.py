"""Data flow: where the arguments of a call came from, and where they go."""

from tempt.monitors.flow.monitor import DataFlow

__all__ = ["DataFlow"]
