"""Exit codes, and the errors that a user can mend."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means; the same everywhere."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_VERDICT = 3
    INTERRUPTED = 130


class UsageProblem(Exception):  # noqa: N818 - it is the user's, not ours
    """Something the user asked for can't be done as asked.

    Attributes:
        message: What is wrong, in one sentence.
        hint: What to do about it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint: the nearest known name, or ``otherwise``."""
    match = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f'did you mean "{match[0]}"?' if match else otherwise
