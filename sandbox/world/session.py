"""What runs in a world: its user's shell, and the services it declares."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from tempt.sandbox.world import processes, shell, wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HOST = 0
_RECALL_SECONDS = 2.0


class Session:
    """The processes of one world.

    Args:
        user: Environment, first folder and number of the world's user.
        driver: The text that a shell is driven by.
        wake: A descriptor that can be read once a child has ended.
    """

    def __init__(self, user: processes.Program, driver: str, wake: int) -> None:
        self._user = user
        self._driver = driver
        self._wake = wake
        self._chance = 0
        self._shell: shell.Shell | None = None
        self._state = b""
        self._services: dict[processes.Identity, list[wire.Value]] = {}

    def serve(self, line: list[Any], uid: int) -> None:
        """Start a declared service, given as number, user and command."""
        self._services[processes.service(line[2], self._user.env, uid)] = line

    def start(self, chance: int) -> shell.Shell:
        """Start the user's shell.

        Args:
            chance: What its random numbers begin with.
        """
        env = {**self._user.env, "INIT": f"RANDOM={chance}; {self._driver}"}
        argv = ["bash", "-c", 'eval "$INIT"']
        program = processes.Program(argv, env, self._user.cwd, self._user.uid)
        self._shell = shell.Shell(program, self._wake, _HOST)
        self._chance = chance
        return self._shell

    def run(self, command: bytes, seconds: float, limit: int) -> shell.Result:
        """Run a command in the user's shell."""
        current = self._living()
        current.discard()
        started = processes.ticks()
        result = current.run(command, seconds, limit)
        if result.status == shell.TIMEOUT:
            # The shell first, or it goes on starting what has to be ended.
            self._state = b""
            self.end_shell()
            processes.kill_since(started, frozenset(self._services))
        elif current.ended is not None:
            self._state = current.state
            self.end_shell()
        return result

    def run_as(self, program: processes.Program, seconds: float, limit: int) -> shell.Result:
        """Run a program of its own, beside the shell."""
        started = processes.ticks()
        result = shell.run_once(program, seconds, limit)
        if result.status == shell.TIMEOUT:
            processes.kill_since(started, frozenset(self._services))
        return result

    def table(self, names: dict[int, str]) -> list[wire.Value]:
        """Number, user and command of all that runs, a service under the number it was given.

        Args:
            names: Users by number.
        """
        mine = self._shell.pid if self._shell is not None else 0
        told: list[wire.Value] = []
        for process in processes.table():
            if process.zombie or process.pid == mine:
                continue
            service = self._services.get((process.pid, process.started))
            if service is not None:
                told.append(list(service))
            else:
                user = names.get(process.uid, str(process.uid))
                told.append([process.pid, user, process.command])
        return told

    def note(self, ended: dict[int, int]) -> None:
        """Learn which children have ended."""
        if self._shell is not None:
            self._shell.note(ended)

    def quiet(self) -> None:
        """Throw away what is printed while nobody asks."""
        if self._shell is not None:
            self._shell.discard()

    def end_shell(self) -> None:
        """End the user's shell, if there is one."""
        if self._shell is None:
            return
        if self._shell.alive():
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._shell.pid, signal.SIGKILL)
                os.waitpid(self._shell.pid, 0)
        self._shell.close()
        self._shell = None

    def _living(self) -> shell.Shell:
        if self._shell is None or not self._shell.alive():
            self.end_shell()
            return self._renewed()
        return self._shell

    def _renewed(self) -> shell.Shell:
        """A new shell, that knows what the last one knew when it left."""
        fresh = self.start(self._chance + 1)
        state, self._state = self._state, b""
        if state and fresh.run(state, _RECALL_SECONDS, 0).status == shell.TIMEOUT:
            self.end_shell()
            fresh = self.start(self._chance + 1)
        return fresh
