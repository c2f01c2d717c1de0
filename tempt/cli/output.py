"""Writing to the two streams."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from tempt.reports.text import escape


def say(text: str = "") -> None:
    """Narrate on stderr."""
    print(escape(text), file=sys.stderr, flush=True)  # noqa: T201


def complain(kind: str, message: str, hint: str, *, as_json: bool) -> None:
    """Say on stderr what is wrong and what to do about it.

    Args:
        kind: "usage", "no_verdict", "interrupted" or "internal".
        message: What is wrong, in one sentence.
        hint: What to do about it.
        as_json: As a record instead of two lines.
    """
    if as_json:
        say(json.dumps({"error": {"kind": kind, "message": message, "hint": hint}}))
    else:
        say(f"error: {message}\nhint: {hint}")


def put(lines: Iterable[str]) -> None:
    """Data for people, on stdout."""
    for line in lines:
        print(escape(line))  # noqa: T201


def put_json(values: Iterable[object]) -> None:
    """Data for programs, on stdout, one JSON value a line."""
    for value in values:
        print(json.dumps(value, sort_keys=True))  # noqa: T201
