"""A shell text read from front to back, without running it."""

from __future__ import annotations

from functools import partial

from tempt.monitors.shell.model import ParsedCommand
from tempt.monitors.shell.nodes import visit
from tempt.monitors.shell.state import Frame, Reading
from tempt.monitors.shell.words import Scope


def read_shell(text: str) -> ParsedCommand:
    """What ``text`` amounts to, wrappers, functions and programs within it taken apart.

    Args:
        text: Hostile text of any length; what is beyond the bounds counts as not parsed.
    """
    reading = Reading(visit)
    reading.push_text(text, Frame(Scope()))
    reading.work()
    for name in sorted(reading.functions.keys() - reading.called):
        body = reading.functions[name]
        reading.push(partial(visit, body, Frame(Scope(), ("uncalled",))))
    reading.work()
    return reading.result
