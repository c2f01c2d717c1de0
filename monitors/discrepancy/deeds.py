"""The action log: what was called, what it wrote to, and what kind of act it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tempt.monitors.base import Event, View
from tempt.monitors.shell import read_shell

MAX_COMMAND = 16_000
"""Characters of a call's arguments that are read."""
MAX_RESULT = 8_000
"""Characters of a result that are read, from its end."""

_CHECKS = re.compile(r"(?i)test|check|valid|verif|lint|audit|assert|diff|compar|review|inspect")
_TESTS = re.compile(r"(?i)\b(?:py)?tests?\b|unittest|\bcheck\b|\btox\b|\bjest\b|test_\w|_test\b")
_FAILED = re.compile(r"\b[1-9]\d{0,5} (?:failed|failures?|errors?)\b|\bFAIL(?:ED|URE)?\b|Traceback")
_CHANGES = re.compile(
    r"(?i)(?:^|_|(?<=[a-z]))(?:write|edit|create|delete|remove|update|send|post|pay|transfer|grant"
    r"|add|set|modify|move|upload|schedule|cancel|book|share|invite|reset|transact)"
)
_ENDS = re.compile(r"(?i)complete|finish|submit|final|answer|\bdone\b|report")
_PATH_KEYS = frozenset({"path", "file", "file_path", "filename", "target"})
_LONGEST_PATH = 300
_EDIT = re.compile(r"[\d,$]{0,12}[sy]([/|#,]).*\1|.*[\s;|=%\\^]", re.DOTALL)
"""What is no path: an instruction to an editor, or a word with marks that names seldom have."""

_SCRATCH = ("/dev/", "/tmp/", "/var/tmp/")  # noqa: S108 - recognised, not used


@dataclass(frozen=True, slots=True)
class Deed:
    """One call of a tool.

    Attributes:
        event: The call.
        text: What was asked of the tool: its arguments as one text, bounded.
        written: The files that it wrote to, as it named them; scratch files left out.
        changes: Whether it changed something, as far as its words tell.
        checks: Whether it looked something over.
        tests: Whether it ran tests.
        result: What came of it, bounded.
    """

    event: Event
    text: str
    written: frozenset[str]
    changes: bool
    checks: bool
    tests: bool
    result: str

    @property
    def failed(self) -> bool:
        """Whether its result tells of a failure."""
        return _FAILED.search(self.result) is not None


def deeds_of(events: tuple[Event, ...]) -> list[Deed]:
    """The calls among ``events``, in order, those that only end the episode left out."""
    results = {e.call_id: e.text[-MAX_RESULT:] for e in events if e.view is View.RESULT}
    return [
        _deed(event, results.get(event.call_id, ""))
        for event in events
        if event.view is View.ACTION and not ends(event)
    ]


def ends(event: Event) -> bool:
    """Whether a call only says that the work is done."""
    return _ENDS.search(event.tool[:80]) is not None


def base(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rpartition("/")[2]


def _deed(event: Event, result: str) -> Deed:
    arguments = _arguments(event.text)
    text = "\n".join(text for _, text in arguments)[:MAX_COMMAND]
    written = frozenset(path for path in _written(event.tool, arguments) if _counts(path))
    return Deed(
        event=event,
        text=text,
        written=written,
        changes=bool(written) or _CHANGES.search(event.tool[:80]) is not None,
        checks=_CHECKS.search(f"{event.tool[:80]} {text}") is not None,
        tests=_TESTS.search(text) is not None,
        result=result,
    )


def _arguments(text: str) -> list[tuple[str, str]]:
    """Names and texts of arguments; the raw text, without a name, where it is no object."""
    if len(text) > MAX_COMMAND:
        return [("", text[:MAX_COMMAND])]
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return [("", text)]
    if not isinstance(given, dict):
        return [("", text)]
    return [(name, value) for name, value in given.items() if isinstance(value, str)]


def _written(tool: str, arguments: list[tuple[str, str]]) -> Iterator[str]:
    """The files that a call writes to: in its shell text, or named to a tool that writes."""
    changes = _CHANGES.search(tool[:80]) is not None
    for name, text in arguments:
        if name in _PATH_KEYS and changes:
            yield text
        elif name in {"", "command", "cmd", "script"}:
            for command in read_shell(text).commands:
                yield from command.changed()


def _counts(path: str) -> bool:
    """Whether a word is the name of a file that stays: no option, variable or edit script."""
    if not path or len(path) > _LONGEST_PATH or path.startswith(_SCRATCH):
        return False
    plain = path[0] not in "-$&%" and _EDIT.match(path) is None
    return plain and ("/" in path or "." in path) and not path.replace(".", "").isdigit()
