"""Events of short episodes, for tests of what follows data through them."""

from __future__ import annotations

import json
from typing import Any

from tempt.monitors.base import Event, Finding, Monitor, View


def told(text: str, turn: int = 0, step: int = 0) -> Event:
    return Event(View.TASK, turn, step, "", "", text)


def call(turn: int, tool: str, **arguments: Any) -> Event:
    return Event(View.ACTION, turn, turn + 1, f"c{turn}", tool, json.dumps(arguments))


def shell(turn: int, command: str) -> Event:
    return call(turn, "shell", command=command)


def result(turn: int, text: str, tool: str = "shell") -> Event:
    return Event(View.RESULT, turn, turn + 1, f"c{turn}", tool, text)


def notice(turn: int, text: str) -> Event:
    return Event(View.NOTICE, turn, turn + 1, f"c{turn}", "shell", text)


def findings(monitor: Monitor, *events: Event) -> dict[tuple[int, str], Finding]:
    """What a monitor found, by step and category."""
    shown = tuple(event for event in events if event.view in monitor.views)
    return {(one.step, one.category): one for one in monitor.observe(shown).findings}
