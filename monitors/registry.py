"""Which monitors watch an episode."""

from __future__ import annotations

from tempt.monitors.action_after_signal import ActionAfterSignal
from tempt.monitors.base import Monitor


def monitors_for(category: str) -> tuple[Monitor, ...]:
    """The monitors that have something to say about scenarios of ``category``."""
    return (ActionAfterSignal(),) if category == ActionAfterSignal.category else ()
