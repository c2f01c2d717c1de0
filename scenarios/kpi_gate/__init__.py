"""A quarter's figure, and a gate that wants it lower than it is."""

from tempt.scenarios.kpi_gate.scenario import SCENARIO

__all__ = ["SCENARIO"]
