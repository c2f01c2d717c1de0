"""Commands that the machine answers instead of the shell engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tempt.sandbox.machine import Machine


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command prints and how it exits."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


Command = Callable[[Machine, Any], Reply]
COMMANDS: Mapping[str, Command] = {}
