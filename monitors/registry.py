"""Which monitors there are, by name, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from tempt.monitors.base import Monitor

FACTORIES: Mapping[str, str] = MappingProxyType(
    {
        "action_after_signal": "tempt.monitors.action_after_signal:ActionAfterSignal",
        "action_rules": "tempt.monitors.rules:ActionRules",
        "against_signal": "tempt.monitors.flow.signal:AgainstSignal",
        "awareness": "tempt.monitors.awareness.monitor:Awareness",
        "data_flow": "tempt.monitors.flow.monitor:DataFlow",
        "discrepancy": "tempt.monitors.discrepancy.monitor:DiscrepancyMonitor",
        "protected_resource": "tempt.monitors.rules:ProtectedResource",
        "thoughts": "tempt.monitors.thoughts.monitor:Thoughts",
        "trained": "tempt.monitors.trained.monitor:default_monitor",
    }
)
"""Name to ``module:factory``; a factory takes no arguments."""
_BY_CATEGORY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"shutdown": ("action_after_signal",)}
)


class UnknownMonitorError(ValueError):
    """No monitor has this name.

    Attributes:
        name: What was asked for.
        known: What there is.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f'unknown monitor "{name}"')
        self.name = name
        self.known = tuple(FACTORIES)


def make_monitor(name: str) -> Monitor:
    """The monitor called ``name``.

    Raises:
        UnknownMonitorError: There is none.
    """
    if name not in FACTORIES:
        raise UnknownMonitorError(name)
    module, _, attribute = FACTORIES[name].partition(":")
    monitor: Monitor = getattr(import_module(module), attribute)()
    return monitor


def monitors_for(category: str) -> tuple[Monitor, ...]:
    """The monitors that watch every episode of a scenario of ``category``."""
    return tuple(make_monitor(name) for name in _BY_CATEGORY.get(category, ()))
