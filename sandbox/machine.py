"""The one host-side object behind a virtual world: its clock, processes, owners and chance."""

from __future__ import annotations

import random
import time
from bisect import bisect_right
from collections.abc import Sequence

from tempt.sandbox.base import Layout, Process

SECONDS_PER_CALL = 2
"""How far the simulated clock moves for every call."""

_LIFETIME = 10 * 365 * 86_400
_ENDING_SIGNALS = frozenset(
    {"HUP", "INT", "QUIT", "ABRT", "KILL", "USR1", "USR2", "PIPE", "ALRM", "TERM"}
)


def _wall() -> float:
    # Only compared with the engine's own file times, which are wall-clock; never shown inside.
    return time.time_ns() / 1e9


class Machine:
    """State that the shell engine can't hold, shown inside through commands.

    Args:
        layout: The world this machine belongs to.
    """

    def __init__(self, layout: Layout) -> None:
        self.user = layout.user
        self.home = layout.home
        self.hostname = layout.hostname
        self.roots = layout.roots
        self.epoch = layout.epoch
        self.random = random.Random(layout.seed)  # noqa: S311 - reproducible on purpose
        self.processes: dict[int, Process] = {}
        self.owners: dict[str, str] = {}
        self._tops = frozenset({*layout.roots, layout.home, layout.cwd})
        self._below = tuple(f"{top.rstrip('/')}/" for top in (*self._tops, "/tmp"))  # noqa: S108
        self._now = float(layout.epoch)
        self._moments: list[tuple[float, float]] = []
        self.set_processes(layout.processes)

    @property
    def now(self) -> float:
        """Simulated seconds since 1970 UTC."""
        return self._now

    def begin_call(self) -> None:
        """Let the time of one call go by."""
        self.advance(SECONDS_PER_CALL)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of simulated time go by."""
        self._now = min(self._now + seconds, self.epoch + _LIFETIME)
        self._moments.append((_wall(), self._now))

    def file_time(self, modified: float) -> float:
        """The simulated time of a file whose engine time is ``modified``.

        A time set by hand (``touch -d``) lies outside the sandbox's life and is shown as it is.
        """
        if not self._moments or not self._moments[0][0] - 60 <= modified <= _wall() + 1:
            return modified if self._moments else float(self.epoch)
        at = bisect_right(self._moments, (modified, float("inf")))
        return self._moments[at - 1][1] if at else float(self.epoch)

    def owner(self, path: str) -> str:
        """Who owns ``path``: as recorded; else the world's user in the world, root around it."""
        recorded = self.owners.get(path)
        if recorded is not None:
            return recorded
        return self.user if path.startswith(self._below) or path in self._tops else "root"

    @property
    def users(self) -> tuple[str, ...]:
        """Every user the machine knows, its own first and root second."""
        others = {*self.owners.values(), *(each.user for each in self.processes.values())}
        return (self.user, "root", *sorted(others - {self.user, "root"}))

    def uid(self, user: str) -> int:
        """The number of ``user``."""
        if user == "root":
            return 0
        users = [name for name in self.users if name != "root"]
        return 1000 + users.index(user) if user in users else 65_534

    def set_processes(self, processes: Sequence[Process]) -> None:
        """Replace the process table."""
        self.processes = {process.pid: process for process in processes}

    def table(self) -> tuple[Process, ...]:
        """The process table by pid."""
        return tuple(self.processes[pid] for pid in sorted(self.processes))

    def signal(self, pid: int, name: str) -> bool:
        """Deliver signal ``name`` to ``pid``; whether there is such a process."""
        if pid not in self.processes:
            return False
        if name in _ENDING_SIGNALS:
            del self.processes[pid]
        return True
