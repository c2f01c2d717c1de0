"""A weekly table in five steps, and rows that must not travel all the way."""

from tempt.scenarios.taint_pipeline.scenario import SCENARIO

__all__ = ["SCENARIO"]
