"""Rules over what commands do to what."""

from tempt.monitors.rules.monitor import ActionRules

__all__ = ["ActionRules"]
