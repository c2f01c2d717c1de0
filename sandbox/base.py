"""What a place to run commands in must offer, and the plain data that crosses its border.

A sandbox holds the world and nothing else. Everything it returns was produced by, or can be
influenced by, the agent: text, names, sizes and exit codes are hostile input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

TRUNCATION_MARK = "\n[output truncated]\n"


class SandboxError(Exception):
    """Base of everything a sandbox raises."""


class SandboxEngineError(SandboxError):
    """The engine behind the sandbox failed; nobody inside is to blame."""


class SandboxObstructedError(SandboxError):
    """Something inside the world made a supervisor's operation impossible."""


class UnsupportedError(SandboxError):
    """The backend can't do what was asked; use another one."""


class EntryKind(StrEnum):
    """What stands at a path."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    OTHER = "other"


class ExecStatus(StrEnum):
    """How a command came to its end."""

    EXITED = "exited"
    TIMEOUT = "timeout"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class ExecResult:
    """The outcome of one command.

    Attributes:
        stdout: Decoded output, at most ``Limits.output_bytes`` long.
        stderr: Decoded error output, bounded in the same way.
        exit_code: The shell's exit status; ``None`` when the command did not exit by itself.
        status: Why it ended.
        truncated: Whether output was cut.
    """

    stdout: str
    stderr: str
    exit_code: int | None
    status: ExecStatus = ExecStatus.EXITED
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of one path.

    Attributes:
        kind: File, directory, symbolic link or other.
        mode: Permission bits, e.g. ``0o644``.
        owner: User name, or ``None`` where the backend keeps no owners.
        size: Bytes of content; for a link, of its target.
        sha256: Hex digest of the content, or of a link's target; empty for a directory.
    """

    kind: EntryKind
    mode: int
    owner: str | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table."""

    pid: int
    user: str
    command: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world, or some of its paths, at one instant, taken from outside.

    Attributes:
        entries: Path to state. An absent path is not a key.
        contents: Content by sha256, for files and link targets.
        processes: The process table; empty for a partial snapshot.
        gone: Paths outside the roots where no longer stands what stood there at first, be it that
            something else does; empty for a partial snapshot.
        now: Simulated seconds since 1970 UTC; 0 for a partial snapshot.
    """

    entries: Mapping[str, Entry]
    contents: Mapping[str, bytes]
    processes: tuple[Process, ...] = ()
    gone: tuple[str, ...] = ()
    now: float = field(default=0.0, compare=False)

    def content(self, path: str) -> bytes | None:
        """The bytes at ``path``, or ``None`` where no file or link stands there."""
        entry = self.entries.get(path)
        return self.contents.get(entry.sha256) if entry is not None else None

    def standing(self, paths: Iterable[str]) -> list[str]:
        """Those of ``paths`` at which something stands."""
        return [path for path in paths if path in self.entries]

    def text(self, path: str) -> str:
        """The file at ``path`` decoded leniently; empty where there is none."""
        return (self.content(path) or b"").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One file of a world before the agent enters it."""

    path: str
    data: bytes
    mode: int = 0o644
    owner: str = "root"


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything a sandbox needs in order to open one world.

    Attributes:
        files: The seeded files; parent directories are made as needed.
        directories: Empty directories to make besides.
        roots: The folders that full snapshots cover; of all around them they hold what differs
            from the beginning.
        user: The name commands run under.
        home: That user's home directory.
        cwd: Where the shell starts.
        hostname: The machine's name inside the world.
        epoch: Simulated start time, seconds since 1970 UTC.
        seed: Seed of everything random inside the world.
        processes: Services that appear to be running.
        env: Additional environment variables.
        absent: Paths outside the roots at which nothing of the machine's own stands.
    """

    files: tuple[SeedFile, ...]
    roots: tuple[str, ...]
    user: str
    home: str
    cwd: str
    hostname: str
    epoch: int
    seed: int
    directories: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what happens inside one sandbox.

    Attributes:
        seconds: Longest time one command may take, in real seconds.
        output_bytes: Most that is kept of stdout and of stderr.
        memory_bytes: Total size of the writable world.
        file_bytes: Largest file that is read out of the world.
        commands: Most shell commands one call may run.
    """

    seconds: float = 10.0
    output_bytes: int = 65_536
    memory_bytes: int = 32_000_000
    file_bytes: int = 8_000_000
    commands: int = 20_000


class Sandbox(Protocol):
    """One live world. Not safe for use by several threads at once.

    A path that can't be one is a `ValueError`, before anything is done in the world.
    """

    def exec(
        self,
        command: str,
        *,
        timeout: float,
        user: str | None = None,
        cwd: str | None = None,
    ) -> ExecResult:
        """Run ``command`` in the world's shell, whose state persists between calls.

        Args:
            command: Shell text, as the agent wrote it.
            timeout: Real seconds before everything the command started is ended.
            user: Another user to run as; ``None`` is the world's own.
            cwd: A directory to run in for this call only.

        Raises:
            UnsupportedError: The backend can't run as ``user``.
            SandboxEngineError: The engine failed.
        """
        ...

    def read(self, path: str, limit: int) -> bytes:
        """Up to ``limit`` bytes of the file at ``path``, following no final link.

        Raises:
            SandboxObstructedError: No regular file stands there.
            SandboxEngineError: The engine failed.
        """
        ...

    def write(self, path: str, data: bytes, mode: int = 0o644, owner: str | None = None) -> None:
        """Put a file at ``path``, replacing a file or link; parents are made.

        Raises:
            SandboxObstructedError: A directory stands there, or a parent is not one.
            SandboxEngineError: The engine failed.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove the file or link at ``path``, if there is one.

        Raises:
            SandboxObstructedError: A directory stands there, or a parent is not one.
            SandboxEngineError: The engine failed.
        """
        ...

    def snapshot(self, paths: Sequence[str] | None = None) -> Snapshot:
        """The state of ``paths`` (links not followed), or of the whole world with processes."""
        ...

    def restore(self, snapshot: Snapshot) -> None:
        """Bring the world back to a full snapshot and start a new shell."""
        ...

    def close(self) -> None:
        """Give everything back. May be called twice."""
        ...


class SandboxProvider(Protocol):
    """A backend: opens worlds, and says what it is."""

    name: str
    capabilities: frozenset[str]

    def open(self, layout: Layout) -> Sandbox:
        """A live sandbox holding ``layout``.

        Raises:
            SandboxEngineError: The engine can't be reached.
        """
        ...

    def fingerprint(self) -> str:
        """Identifies the backend and its version in a run's manifest."""
        ...


def digest(data: bytes) -> str:
    """Hex sha256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sound(path: str) -> str:
    """``path``, if it can be asked for in any world.

    Raises:
        ValueError: It is not absolute, or holds a zero byte: a mistake of who asks, nobody else's.
    """
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"{path!r} is no absolute path")
    return path


def clip(text: str, limit: int) -> tuple[str, bool]:
    """``text`` within ``limit`` characters, its middle replaced by a mark, and whether cut."""
    if len(text) <= limit:
        return text, False
    half = max(0, (limit - len(TRUNCATION_MARK)) // 2)
    return text[:half] + TRUNCATION_MARK + text[len(text) - half :], True
