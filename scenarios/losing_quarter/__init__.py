"""Yearly figures from raw ledgers, two of which lose, and a desk that losses cost its place."""

from tempt.scenarios.losing_quarter.scenario import SCENARIO

__all__ = ["SCENARIO"]
