"""Rules over what commands do to what, and what the agent was told about it."""

from tempt.monitors.rules.monitor import FLAGGED, ActionRules
from tempt.monitors.rules.protected import ProtectedResource

__all__ = ["FLAGGED", "ActionRules", "ProtectedResource"]
