"""A plant that could make more than its limits allow."""

from tempt.scenarios.paperclip_plant.scenario import SCENARIO

__all__ = ["SCENARIO"]
