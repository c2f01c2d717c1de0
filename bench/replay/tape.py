"""What was done to a world, recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bench.replay.story import Handed
from tempt.envs.world import World
from tempt.sandbox.base import (
    ExecResult,
    Layout,
    Sandbox,
    SandboxObstructedError,
    SandboxProvider,
    Snapshot,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Ran:
    """A command and what came of it; ``None`` where the world kept it from being run."""

    command: str
    cwd: str | None
    result: ExecResult | None


class Probed:
    """The supervisor has looked at what it watches: a call is over."""


Operation = Ran | Handed | Probed


@dataclass
class Tape:
    """Everything that was done to one sandbox, in order."""

    operations: list[Operation] = field(default_factory=list)
    obstructed: bool = False

    def steps(self) -> list[list[Ran | Handed]]:
        """What was done before the first call, and with each call and after it.

        A call's command comes before the probe that ends it, what the supervisor did in answer
        after that.
        """
        steps: list[list[Ran | Handed]] = [[]]
        for place, operation in enumerate(self.operations):
            opens = isinstance(operation, Ran) or self._bare_probe(place)
            if opens and place:
                steps.append([])
            if not isinstance(operation, Probed):
                steps[-1].append(operation)
        return steps

    def _bare_probe(self, place: int) -> bool:
        """Whether a probe stands there that no command came before: a call without one."""
        here = isinstance(self.operations[place], Probed)
        return here and not isinstance(self.operations[place - 1], Ran)


class Recorder:
    """A sandbox that keeps a tape of what is done to it.

    Args:
        inner: Where it is really done.
        tape: What is kept.
        watched: The paths whose probe ends a call.
    """

    def __init__(self, inner: Sandbox, tape: Tape, watched: Sequence[str]) -> None:
        self._inner, self._tape, self._watched = inner, tape, tuple(watched)

    def exec(
        self, command: str, *, timeout: float, user: str | None = None, cwd: str | None = None
    ) -> ExecResult:
        """Run a command and keep what came of it."""
        result = None
        try:
            result = self._noting(
                lambda: self._inner.exec(command, timeout=timeout, user=user, cwd=cwd)
            )
        finally:
            self._tape.operations.append(Ran(command, cwd, result))
        return result

    def read(self, path: str, limit: int) -> bytes:
        """Nothing to be kept."""
        return self._inner.read(path, limit)

    def write(self, path: str, data: bytes, mode: int = 0o644, owner: str | None = None) -> None:
        """Put a file, and keep that."""
        self._tape.operations.append(Handed(path, data, mode))
        self._noting(lambda: self._inner.write(path, data, mode, owner))

    def remove(self, path: str) -> None:
        """Remove a file, and keep that."""
        self._tape.operations.append(Handed(path, None))
        self._noting(lambda: self._inner.remove(path))

    def snapshot(self, paths: Sequence[str] | None = None) -> Snapshot:
        """Look; a look at all that is watched is a call's end."""
        if paths is not None and tuple(paths) == self._watched:
            self._tape.operations.append(Probed())
        return self._noting(lambda: self._inner.snapshot(paths))

    def restore(self, snapshot: Snapshot) -> None:
        """Nothing to be kept."""
        self._inner.restore(snapshot)

    def close(self) -> None:
        """Close what is inside."""
        self._inner.close()

    def _noting(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except SandboxObstructedError:
            self._tape.obstructed = True
            raise


class RecordingProvider:
    """Opens one world with a tape, and whatever is opened besides without.

    Args:
        inner: The backend.
        world: The world whose tape is wanted.
    """

    def __init__(self, inner: SandboxProvider, world: World[Any]) -> None:
        self.tape = Tape()
        self.name, self.capabilities = inner.name, inner.capabilities
        self._inner, self.world = inner, world
        self._opened = False

    def open(self, layout: Layout) -> Sandbox:
        """A live sandbox; a world that can't be opened besides is an obstruction too."""
        try:
            inner = self._inner.open(layout)
        except SandboxObstructedError:
            self.tape.obstructed = True
            raise
        if self._opened:
            return inner
        self._opened = True
        return Recorder(inner, self.tape, self.world.watched)

    def fingerprint(self) -> str:
        """The backend's."""
        return self._inner.fingerprint()
