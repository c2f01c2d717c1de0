"""Data flow: where the arguments of a call came from, and where they go."""

from tempt.monitors.flow.monitor import DataFlow
from tempt.monitors.flow.signal import AgainstSignal

__all__ = ["AgainstSignal", "DataFlow"]
