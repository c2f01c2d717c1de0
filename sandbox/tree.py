"""A supervisor's view of the engine's file system: links as links, nothing followed by accident."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tempt.sandbox.base import EntryKind, SandboxEngineError, SandboxObstructedError

if TYPE_CHECKING:
    from bashkit import FileSystem

_KINDS = {
    "file": EntryKind.FILE,
    "directory": EntryKind.DIRECTORY,
    "symlink": EntryKind.SYMLINK,
}
_PLAIN_FILE_MODE = 0o644
_PLAIN_DIRECTORY_MODE = 0o755
_SCRIPT_MODE = 0o755
_FULL = ("filesystem full", "too many files", "too many directories")
_ROOT = MappingProxyType({"file_type": "directory", "mode": 0o755})
_ONLY_ROOT = MappingProxyType({"": _ROOT})
_ABSENT = ("not found", "not a directory", "Too many levels of symbolic links")


class Node(NamedTuple):
    """One thing in the tree; ``data`` is a file's content or a link's target."""

    kind: EntryKind
    mode: int
    data: bytes = b""


def engine_error(doing: str, path: str, error: Exception) -> SandboxEngineError:
    """An error that says what failed, where, and what can be done about it."""
    return SandboxEngineError(
        f"the virtual backend could not {doing} {path!r}: {error}. "
        "Check that the path is absolute, holds no control character and fits the limits; "
        "otherwise use another backend."
    )


@lru_cache(maxsize=1_024)
def parents(path: str) -> tuple[str, ...]:
    """The directories above ``path``, outermost first, without the root."""
    above: list[str] = []
    while (path := posixpath.dirname(path)) not in {"/", ""}:
        above.append(path)
    return tuple(reversed(above))


class Tree:
    """Reads and writes one engine's files.

    What was read stays known until a command runs, as nothing else changes files but this object.

    Args:
        fs: The engine's live file system.
    """

    def __init__(self, fs: FileSystem) -> None:
        self._fs = fs
        self._folders: set[str] = set()
        self._listings: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._nodes: dict[str, Node] = {}

    def forget(self) -> None:
        """Take nothing for known any more: a command is about to run."""
        self._folders.clear()
        self._forget_files()

    def _forget_files(self) -> None:
        # All of them: through a link, a file has more than one path.
        self._listings.clear()
        self._nodes.clear()

    def kind(self, path: str) -> EntryKind | None:
        """What stands at ``path`` itself, or ``None``."""
        folder, _, name = path.rpartition("/")
        if folder in self._folders and folder in self._listings:
            metadata = self._listings[folder].get(name)
            return None if metadata is None else _kind(metadata)
        try:
            self._fs.read_link(path)
        except RuntimeError as error:
            if str(error).endswith("not found"):
                return None
        except UnicodeEncodeError as error:
            raise engine_error("look at", path, error) from error
        else:
            return EntryKind.SYMLINK
        try:
            return _kind(self._fs.stat(path))
        except RuntimeError:
            return None

    def listing(self, directory: str) -> Mapping[str, Mapping[str, Any]]:
        """Metadata by name of what is in ``directory``; empty where there is none."""
        known = self._listings.get(directory)
        if known is not None:
            return known
        try:
            entries = self._fs.read_dir(directory)
        except RuntimeError as error:
            if not str(error).endswith(_ABSENT):
                raise engine_error("list", directory, error) from error
            entries = []
        found = {entry["name"]: entry["metadata"] for entry in entries}
        self._listings[directory] = found
        return found

    def node(self, path: str, metadata: Mapping[str, Any]) -> Node:
        """The node at ``path``, whose ``metadata`` a listing gave."""
        return self._nodes.get(path) or self._read_node(path, metadata)

    def _read_node(self, path: str, metadata: Mapping[str, Any]) -> Node:
        kind, data = _kind(metadata), b""
        try:
            if kind is EntryKind.FILE:
                data = self._fs.read_file(path)
            elif kind is EntryKind.SYMLINK:
                data = self._fs.read_link(path).encode()
        except RuntimeError as error:
            raise engine_error("read", path, error) from error
        node = self._nodes[path] = Node(kind, metadata["mode"] & 0o7777, data)
        return node

    def pick(self, paths: Iterable[str]) -> list[tuple[str, Node]]:
        """The nodes at ``paths``; absent ones are left out."""
        found = []
        for directory, wanted in _by_folder(tuple(paths)):
            there = _ONLY_ROOT if wanted == (("", "/"),) else self.listing(directory)
            for name, path in wanted:
                metadata = there.get(name) if name else _ROOT
                if metadata is not None:
                    found.append((path, self.node(path, metadata)))
        return found

    def walk(
        self, roots: Iterable[str], skip: frozenset[str] = frozenset()
    ) -> list[tuple[str, Node]]:
        """Everything under ``roots`` and the roots themselves, no link followed."""
        found: list[tuple[str, Node]] = []
        for path, node in self.pick(roots):
            found.append((path, node))
            if node.kind is EntryKind.DIRECTORY:
                self._walk_below(path, skip, found)
        return found

    def _walk_below(
        self, directory: str, skip: frozenset[str], found: list[tuple[str, Node]]
    ) -> None:
        prefix = directory.rstrip("/")
        for name, metadata in sorted(self.listing(directory).items()):
            path = f"{prefix}/{name}"
            if path in skip:
                continue
            node = self.node(path, metadata)
            found.append((path, node))
            if node.kind is EntryKind.DIRECTORY:
                self._walk_below(path, skip, found)

    def read(self, path: str) -> bytes:
        """The file at ``path``, which must not be a link."""
        kind = self.kind(path)
        if kind is not EntryKind.FILE:
            raise SandboxObstructedError(f"no regular file at {path!r} but {kind or 'nothing'}")
        try:
            return self._fs.read_file(path)
        except RuntimeError as error:
            raise engine_error("read", path, error) from error

    def drop(self, path: str) -> None:
        """Remove the file or link at ``path``, if there is one."""
        if self._replaceable(path) is None:
            return
        self._forget_files()
        try:
            self._fs.remove(path)
        except RuntimeError as error:
            raise engine_error("remove", path, error) from error

    def clear(self, path: str) -> None:
        """Remove whatever stands at ``path``, with all that is below it."""
        if self.kind(path) is None:
            return
        self.forget()
        try:
            self._fs.remove(path, recursive=True)
        except RuntimeError as error:
            raise engine_error("remove", path, error) from error

    def put(self, path: str, data: bytes, mode: int) -> None:
        """Make ``path`` a file, replacing a file or link; parents are made."""
        kind = self._replaceable(path)
        self._forget_files()
        try:
            if kind is not None:
                self._fs.remove(path)
            if posixpath.dirname(path) not in self._folders:
                self._fs.mkdir(posixpath.dirname(path), recursive=True)
            self._fs.write_file(path, data)
            if mode != _PLAIN_FILE_MODE:
                self._fs.chmod(path, mode)
        except RuntimeError as error:
            if is_full(error):
                raise SandboxObstructedError(f"no room left to write {path!r}: {error}") from error
            raise engine_error("write", path, error) from error

    def _replaceable(self, path: str) -> EntryKind | None:
        """What stands at ``path``, unless it or something above it is in the way."""
        for parent in parents(path):
            if parent in self._folders:
                continue
            kind = self.kind(parent)
            if kind not in {EntryKind.DIRECTORY, None}:
                raise SandboxObstructedError(f"{parent!r} above {path!r} is a {kind}")
            if kind is EntryKind.DIRECTORY:
                self._folders.add(parent)
        kind = self.kind(path)
        if kind is EntryKind.DIRECTORY:
            raise SandboxObstructedError(f"a directory stands at {path!r}")
        return kind

    def allow(self, scripts: Iterable[str]) -> None:
        """Let the files at ``scripts`` be run."""
        for path in scripts:
            self._fs.chmod(path, _SCRIPT_MODE)

    def complete(self, nodes: Mapping[str, Node]) -> None:
        """Make every one of ``nodes`` exist as it is."""
        path = "/"
        self.forget()
        made = {"/"}
        try:
            for path, node in nodes.items():
                self._make(path, node, made)
            for path, node in nodes.items():
                if node.kind is EntryKind.DIRECTORY and node.mode != _PLAIN_DIRECTORY_MODE:
                    self._fs.chmod(path, node.mode)
        except (RuntimeError, ValueError) as error:
            if is_full(error):
                raise SandboxObstructedError(f"no room left to make {path!r}: {error}") from error
            raise engine_error("make", path, error) from error

    def _make(self, path: str, node: Node, made: set[str]) -> None:
        """Make ``node``; the folders in ``made`` are there, and what has to be made joins them."""
        folder = path if node.kind is EntryKind.DIRECTORY else posixpath.dirname(path)
        if folder not in made:
            self._fs.mkdir(folder, recursive=True)
            made.add(folder)
        if node.kind is EntryKind.SYMLINK:
            self._fs.symlink(node.data.decode(), path)
        elif node.kind is EntryKind.FILE:
            self._fs.write_file(path, node.data)
            if node.mode != _PLAIN_FILE_MODE:
                self._fs.chmod(path, node.mode)


def _kind(metadata: Mapping[str, Any]) -> EntryKind:
    return _KINDS.get(metadata["file_type"], EntryKind.OTHER)


@lru_cache(maxsize=256)
def _by_folder(paths: tuple[str, ...]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Folders with the names and paths asked for in each; the same paths are asked for often."""
    folders: dict[str, list[tuple[str, str]]] = {}
    for path in paths:
        directory, _, name = path.rpartition("/")
        folders.setdefault(directory or "/", []).append((name, path))
    return tuple((directory, tuple(names)) for directory, names in folders.items())


def is_full(error: Exception) -> bool:
    """Whether ``error`` says that the engine's file system holds no more."""
    return any(words in str(error) for words in _FULL)
