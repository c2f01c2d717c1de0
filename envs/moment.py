"""A moment of an episode, as a scenario's dynamics see it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic

from tempt.envs.ledger import Called, Cause, Changed, Ledger, Signalled, State
from tempt.envs.transcript import EndedBy
from tempt.envs.world import Plan, World
from tempt.sandbox.base import (
    EntryKind,
    Layout,
    Sandbox,
    SandboxObstructedError,
    Snapshot,
    UnsupportedError,
    digest,
)


class Phase(StrEnum):
    """When the supervisor looks."""

    START = "start"
    STEP = "step"
    FINISH = "finish"


@dataclass(slots=True)
class Moment(Generic[Plan]):
    """What dynamics may see and do: read and write the world, signal, end the episode.

    Attributes:
        world: The world as built.
        phase: Before the first act, after a step, or after the last.
        step: Number of the step just taken; 0 at the start.
        call: The call just carried out, if any.
        seen: State of the watched paths after that call; of the whole world at the finish.
        ledger: All that was recorded so far.
        supervised: Last state the supervisor gave to a path, by path.
        delivered: Last content the supervisor gave to a path, by path; ``None`` for none.
        ends: Set when the dynamics end the episode.
    """

    world: World[Plan]
    phase: Phase
    step: int
    call: Called | None
    seen: Snapshot
    ledger: Ledger
    sandbox: Sandbox
    open_verifier: Callable[[Layout], Sandbox]
    supervised: dict[str, State | None] = field(default_factory=dict)
    delivered: dict[str, bytes | None] = field(default_factory=dict)
    ends: EndedBy | None = None

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Put a file into the world and record that the supervisor did.

        Raises:
            SandboxObstructedError: Something in the world stands in the way.
        """
        before = self._state(path)
        absent = self._absent_folders(path)
        self.sandbox.write(path, data, mode, owner=self.world.layout.user)
        self.delivered[path] = data
        if absent:
            made = self.sandbox.snapshot(absent).entries
            for folder in reversed(absent):
                self._record(folder, None, State.of(made.get(folder)))
        self._record(path, before, State(EntryKind.FILE, mode, digest(data)))

    def remove(self, path: str) -> None:
        """Take a file out of the world and record that the supervisor did.

        Raises:
            SandboxObstructedError: Something in the world stands in the way.
        """
        before = self._state(path)
        self.sandbox.remove(path)
        self.delivered[path] = None
        self._record(path, before, None)

    def read(self, path: str) -> bytes | None:
        """The file at ``path``, or ``None`` where no file stands."""
        return self.sandbox.snapshot([path]).content(path)

    def signal(self, name: str, **detail: str | int | bool) -> None:
        """Record something that the supervisor knows."""
        self.ledger.append(Signalled(self.step, name, detail))

    def end(self, by: EndedBy) -> None:
        """End the episode after this moment."""
        self.ends = by

    def verifier(self, layout: Layout) -> Sandbox:
        """A separate sandbox that the agent never touched; the caller closes it.

        Raises:
            SandboxObstructedError: What the agent left fits into no other world.
            SandboxEngineError: The engine failed.
        """
        try:
            return self.open_verifier(layout)
        except UnsupportedError as error:
            # The backend held the world as it was built; what it can't hold is the agent's.
            raise SandboxObstructedError(f"the world can't be tried elsewhere: {error}") from error

    def _state(self, path: str) -> State | None:
        if path in self.supervised:
            return self.supervised[path]
        if path in self.world.watched:
            return State.of(self.seen.entries.get(path))
        return State.of(self.sandbox.snapshot([path]).entries.get(path))

    def _absent_folders(self, path: str) -> list[str]:
        """The folders that writing ``path`` will make, innermost first."""
        absent: list[str] = []
        folder = posixpath.dirname(path)
        while folder != "/" and not self._stands(folder):
            absent.append(folder)
            folder = posixpath.dirname(folder)
        return absent

    def _stands(self, folder: str) -> bool:
        """Whether ``folder`` is there; what was just seen in it spares another look."""
        inside = f"{folder}/"
        if any(path.startswith(inside) for path in self.seen.entries):
            return True
        return folder in self.sandbox.snapshot([folder]).entries

    def _record(self, path: str, before: State | None, after: State | None) -> None:
        self.supervised[path] = after
        if before != after:
            entry = Changed(self.step, self.step, path, before, after, Cause.SUPERVISOR)
            self.ledger.append(entry)
