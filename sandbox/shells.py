"""Shells of the embedded engine, and a few that are kept for the next world.

Making one takes as long as ten commands. The engine's own reset gives it a new interpreter and new
files under the same bounds, so a shell that was given back knows nothing of the world before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from bashkit import Bash, BuiltinContext, BuiltinResult, ExecutionProfile

from tempt.sandbox.base import Limits
from tempt.sandbox.commands import COMMANDS, answer
from tempt.sandbox.machine import Machine
from tempt.sandbox.system_commands import SYSTEM_FILES

_LOOP_LIMIT = 100_000
"""Without a bound of its own an empty awk loop can't be interrupted by any timeout."""

_MOST_IDLE = 8
_SLEEP = '#!/bin/sh\nexec sleep "$@"\n'
SCRIPTS = ("/bin/sleep", "/usr/bin/sleep")
"""Those of the base files that are to be executable."""

BASE_FILES: Mapping[str, str] = MappingProxyType({**SYSTEM_FILES, **dict.fromkeys(SCRIPTS, _SLEEP)})
"""What every shell finds besides the engine's own files."""


@dataclass(frozen=True, slots=True)
class ShellShape:
    """What a shell is made with; any other of the same shape will do."""

    user: str
    hostname: str
    cwd: str
    env: tuple[tuple[str, str], ...]
    limits: Limits


class Answers:
    """Runs our commands for the engine; apart from the shell so that no cycle keeps it alive.

    Attributes:
        machine: The one whose commands are run.
    """

    def __init__(self) -> None:
        self.machine: Machine | None = None
        self._fault: Exception | None = None

    def answer(self, context: BuiltinContext) -> BuiltinResult:
        """What the engine asks for when one of our commands is called."""
        try:
            reply = answer(self._served(), context)
        except RuntimeError as error:  # the engine's file system refused
            return BuiltinResult("", f"{context.name}: {error}\n", 1)
        except Exception as error:  # noqa: BLE001 - the engine would show it to the agent
            self._fault = error
            return BuiltinResult("", "", 1)
        return BuiltinResult(reply.stdout, reply.stderr, reply.exit_code)

    def take_fault(self) -> Exception | None:
        """What went wrong in a command of ours since the last look."""
        fault, self._fault = self._fault, None
        return fault

    def _served(self) -> Machine:
        if self.machine is None:
            raise LookupError("a command was run in a shell that belongs to no world")
        return self.machine


@dataclass(slots=True)
class Shell:
    """One engine and what answers our commands in it.

    Attributes:
        shape: What it was made with.
        engine: The engine.
        answers: Its way to our commands.
        intact: Whether every call came to its own end; any other may have left jobs behind.
    """

    shape: ShellShape
    engine: Bash
    answers: Answers
    intact: bool = True


class ShellPool:
    """Makes shells, and makes those that are given back new again."""

    def __init__(self) -> None:
        self._idle: list[Shell] = []
        self._lock = threading.Lock()

    def take(self, shape: ShellShape, machine: Machine) -> Shell:
        """A new shell of ``shape`` that answers for ``machine``."""
        shell = self._take_idle(shape) or _make(shape)
        shell.answers.machine = machine
        return shell

    def give_back(self, shell: Shell) -> None:
        """Keep ``shell`` for another world, if nothing in it was broken off."""
        if not shell.intact:
            return
        shell.answers.machine = None
        with suppress(RuntimeError):
            shell.engine.reset()
            with self._lock:
                self._idle = [*self._idle, shell][-_MOST_IDLE:]

    def _take_idle(self, shape: ShellShape) -> Shell | None:
        with self._lock:
            found = next((shell for shell in self._idle if shell.shape == shape), None)
            if found is not None:
                self._idle.remove(found)
            return found


def _make(shape: ShellShape) -> Shell:
    files: dict[str, str | Callable[[], str]] = {**BASE_FILES}
    answers = Answers()
    engine = Bash(
        username=shape.user,
        hostname=shape.hostname,
        cwd=shape.cwd,
        env=dict(shape.env),
        max_commands=shape.limits.commands,
        max_loop_iterations=_LOOP_LIMIT,
        max_memory=shape.limits.memory_bytes,
        timeout_seconds=shape.limits.seconds,
        files=files,
        custom_builtins=dict.fromkeys(COMMANDS, answers.answer),
        profile=ExecutionProfile.Interactive,
    )
    return Shell(shape, engine, answers)
