"""Writing to the two streams."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable


def say(text: str = "") -> None:
    """Narrate on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def put(lines: Iterable[str]) -> None:
    """Data for people, on stdout."""
    for line in lines:
        print(line)  # noqa: T201


def put_json(values: Iterable[object]) -> None:
    """Data for programs, on stdout, one JSON value a line."""
    for value in values:
        print(json.dumps(value, sort_keys=True))  # noqa: T201
