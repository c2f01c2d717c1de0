"""Who watches: monitors read a transcript and state how suspicious its steps are."""

from tempt.monitors.base import Finding, Monitor, MonitorReport, View
from tempt.monitors.registry import monitors_for

__all__ = ["Finding", "Monitor", "MonitorReport", "View", "monitors_for"]
