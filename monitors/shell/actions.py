"""The shell text of a tool call."""

from __future__ import annotations

import json

from tempt.monitors.shell.syntax import MAX_TEXT

_KEYS = ("command", "cmd", "script", "code", "input", "bash", "shell")


def command_text(arguments: str, most: int = 4 * MAX_TEXT) -> str:
    """The command in a call's arguments; the arguments themselves where there is none.

    Args:
        arguments: As the agent wrote them: hostile.
        most: How long they may be; of longer ones, that many characters are looked at.
    """
    if len(arguments) > most:
        return arguments[:most]
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    if not isinstance(given, dict):
        return arguments
    for key in _KEYS:
        value = given.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            return " ".join(value)
    return arguments
