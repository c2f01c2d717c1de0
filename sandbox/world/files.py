"""The supervisor's hands on a world's files: no link followed by accident, nothing overwritten.

Every path is walked by directory descriptors, so that whoever swaps a folder for a link while this
runs gains nothing. Runs as root, which may pass every mode; the agent may not.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DIRECTORY, FILE, SYMLINK, OTHER = "directory", "file", "symlink", "other"

_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 200
_MOST_ENTRIES = 60_000
_MOST_KNOWN = 20_000
_MOST_READ = 640 * 1024 * 1024
TRIES = 5
_CHANGED = frozenset({errno.EINVAL, errno.ELOOP, errno.ENOENT, errno.ENOTDIR, errno.ENXIO})
GONE = "gone"
"""The digest of what was there a moment ago."""
_SETTLED = 100_000_000
"""Nanoseconds after which a file's times are trusted: clocks of file systems tick coarsely."""

CROWDED = frozenset(
    {
        errno.EDQUOT,
        errno.EAGAIN,
        errno.ELOOP,
        errno.EMFILE,
        errno.ENAMETOOLONG,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
    }
)
"""What the kernel says where a world has been filled or twisted, which its user can do."""


class ObstructedError(Exception):
    """Something inside the world is in the way."""


class BlockedError(ObstructedError):
    """Something on the way to a path is no folder."""


class MissingError(BlockedError):
    """A folder on the way is not there."""


class Found:
    """One path and what stands there.

    Args:
        path: Its path.
        info: Its status, links not followed.
        folder: A descriptor of the folder it is in.
        name: Its name there.
    """

    __slots__ = ("folder", "info", "name", "path")

    def __init__(self, path: str, info: os.stat_result, folder: int, name: str) -> None:
        self.path = path
        self.info = info
        self.folder = folder
        self.name = name


class Node:
    """Something to be put down.

    Args:
        path: Where.
        kind: What: a file, a folder or a link.
        mode: Its permissions.
        owner: Number of its user, and of its group.
        data: A file's content, or a link's target.
    """

    __slots__ = ("data", "kind", "mode", "owner", "path")

    def __init__(self, path: str, kind: str, mode: int, owner: int, data: bytes = b"") -> None:
        self.path = path
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.data = data


def kind_of(mode: int) -> str:
    """The kind that a status' mode tells."""
    if stat.S_ISREG(mode):
        return FILE
    if stat.S_ISDIR(mode):
        return DIRECTORY
    return SYMLINK if stat.S_ISLNK(mode) else OTHER


def inside(path: str, tops: tuple[str, ...]) -> bool:
    """Whether ``path`` is one of ``tops`` or below one."""
    return any(path == top or path.startswith(f"{top.rstrip('/')}/") for top in tops)


@contextmanager
def opened(descriptor: int) -> Iterator[int]:
    """A descriptor, closed at the end of the block."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def split(path: str) -> tuple[str, str]:
    """The folder and the name of an absolute path."""
    folder, _, name = path.rpartition("/")
    return folder or "/", name


def folder_of(path: str, make: Callable[[str, str, int], None] | None = None) -> int:
    """A descriptor of the folder that ``path`` is in, no link followed on the way.

    Args:
        path: An absolute path.
        make: Makes what is missing: told the folder's path, its name and a descriptor of its
            parent.

    Raises:
        ObstructedError: A parent is missing, or is no folder.
    """
    current = os.open("/", _OPEN_DIRECTORY)
    way = ""
    try:
        for name in [part for part in split(path)[0].split("/") if part]:
            way = f"{way}/{name}"
            try:
                below = os.open(name, _OPEN_DIRECTORY, dir_fd=current)
            except FileNotFoundError:
                if make is None:
                    raise
                make(way, name, current)
                below = os.open(name, _OPEN_DIRECTORY, dir_fd=current)
            os.close(current)
            current = below
    except OSError as error:
        os.close(current)
        if error.errno == errno.EROFS:
            raise  # no doing of anybody inside
        kind: type[ObstructedError] = ObstructedError
        if error.errno in _CHANGED:
            kind = MissingError if error.errno == errno.ENOENT else BlockedError
        raise kind(f"{way!r} above {path!r}: {error.strerror}") from error
    return current


def status(name: str, folder: int) -> os.stat_result | None:
    """The status of ``name`` itself, or ``None`` where nothing stands."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def walk(top: str) -> Iterator[Found]:
    """Everything at and below ``top``, parents first, in the order of names.

    Raises:
        ObstructedError: The tree is too large or too deep to be looked through.
    """
    try:
        folder = folder_of(top)
    except BlockedError:
        return
    with opened(folder):
        name = split(top)[1]
        info = status(name or ".", folder)
        if info is not None:
            below = _below(Found(top, info, folder, name or "."), _DEEPEST)
            for count, found in enumerate(below, start=1):
                if count > _MOST_ENTRIES:
                    raise ObstructedError(f"more than {_MOST_ENTRIES} entries below {top!r}")
                yield found


def _below(found: Found, depth: int) -> Iterator[Found]:
    yield found
    if not stat.S_ISDIR(found.info.st_mode):
        return
    if depth == 0:
        raise ObstructedError(f"{found.path[:200]!r} is nested too deeply")
    try:
        descriptor = os.open(found.name, _OPEN_DIRECTORY, dir_fd=found.folder)
    except OSError as error:
        if error.errno in _CHANGED:
            return  # it has gone, or changed its kind, since it was looked at
        raise
    with opened(descriptor):
        prefix = found.path.rstrip("/")
        for name in sorted(os.listdir(descriptor)):
            info = status(name, descriptor)
            if info is not None:
                yield from _below(Found(f"{prefix}/{name}", info, descriptor, name), depth - 1)


def hold(found: Found) -> int | None:
    """A descriptor of the regular file that was found; ``None`` where it is none any more.

    Raises:
        ObstructedError: It is there and can't be opened: nobody may take a file that is held back,
            by a lease say, for an empty one.
    """
    try:
        return os.open(found.name, _OPEN_FILE, dir_fd=found.folder)
    except OSError as error:
        if error.errno in _CHANGED:
            return None
        raise ObstructedError(f"can't open {found.path!r}: {error.strerror}") from error


def content(found: Found, limit: int | None = None) -> bytes | None:
    """The bytes of the file or link that was found; ``None`` where it has become something else."""
    if stat.S_ISLNK(found.info.st_mode):
        return _target(found)
    descriptor = hold(found)
    if descriptor is None:
        return None
    with opened(descriptor):
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return _drain(descriptor, limit)


def _target(found: Found) -> bytes | None:
    try:
        return os.fsencode(os.readlink(found.name, dir_fd=found.folder))
    except OSError as error:
        if error.errno in _CHANGED:
            return None
        raise


def _drain(descriptor: int, limit: int | None) -> bytes:
    parts: list[bytes] = []
    left = limit
    while left is None or left > 0:
        part = os.read(descriptor, 1_048_576 if left is None else min(left, 1_048_576))
        if not part:
            break
        parts.append(part)
        left = None if left is None else left - len(part)
    return b"".join(parts)


def in_reach(info: os.stat_result, uid: int) -> bool:
    """Whether user ``uid`` may write to what has this status.

    What a program writes through a mapping of a file in memory moves none of the file's times, so
    for such a file times say nothing.
    """
    return info.st_uid == uid or bool(info.st_mode & 0o022)


class Digests:
    """Digests of files, computed again wherever a file may have changed.

    Args:
        agent: Number of the user whose files are never taken to be as they were.
    """

    def __init__(self, agent: int) -> None:
        self._agent = agent
        self._left = _MOST_READ
        self._known: dict[tuple[int, ...], str] = {}

    def of(self, found: Found) -> str:
        """Hex sha256 of what was found; empty for what has no content, `GONE` for what has gone.

        Raises:
            ObstructedError: It can't be read, or there is too much to be read.
        """
        info = found.info
        if stat.S_ISLNK(info.st_mode):
            target = _target(found)
            return GONE if target is None else hashlib.sha256(target).hexdigest()
        if not stat.S_ISREG(info.st_mode):
            return ""
        if in_reach(info, self._agent):
            return self._compute(found)
        key = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        known = self._known.get(key)
        if known is not None:
            return known
        total = self._compute(found)
        if time.time_ns() - info.st_ctime_ns > _SETTLED:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = total
        return total

    def begin(self) -> None:
        """Allow another look as much reading as a world can hold."""
        self._left = _MOST_READ

    def _compute(self, found: Found) -> str:
        self._left -= found.info.st_size
        if self._left < 0:
            raise ObstructedError("the world's files are longer, holes included, than can be read")
        total = hashlib.sha256()
        descriptor = hold(found)
        if descriptor is None:
            return GONE
        with opened(descriptor):
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return GONE
            while part := os.read(descriptor, 1_048_576):
                total.update(part)
        return total.hexdigest()


def read(path: str, limit: int) -> bytes:
    """The start of the regular file at ``path``.

    Raises:
        ObstructedError: No regular file stands there.
    """
    with opened(folder_of(path)) as folder:
        name = split(path)[1]
        info = status(name, folder)
        if info is None or not stat.S_ISREG(info.st_mode):
            what = "nothing" if info is None else kind_of(info.st_mode)
            raise ObstructedError(f"no regular file at {path!r} but {what}")
        data = content(Found(path, info, folder, name), limit)
        if data is None:
            raise ObstructedError(f"no regular file at {path!r} any more")
        return data


Owner = Callable[[str], int]
"""The user number that a folder gets which is made on the way to something else."""


def _maker(folder_owner: Owner) -> Callable[[str, str, int], None]:
    def make(way: str, name: str, parent: int) -> None:
        owner = folder_owner(way)
        os.mkdir(name, 0o755, dir_fd=parent)
        os.chown(name, owner, owner, dir_fd=parent, follow_symlinks=False)

    return make


def put(node: Node, folder_owner: Owner) -> None:
    """Put something down, whatever it is; parents are made.

    Raises:
        ObstructedError: Something is in the way, or there is no room.
    """
    if node.kind == DIRECTORY:
        put_folder(node, folder_owner)
    elif node.kind == SYMLINK:
        put_link(node, folder_owner)
    else:
        put_file(node, folder_owner)


def put_file(node: Node, folder_owner: Owner) -> None:
    """Make a file, replacing a file or link; parents are made.

    Raises:
        ObstructedError: A folder stands there, a parent is none, or there is no room.
    """
    with opened(folder_of(node.path, _maker(folder_owner))) as folder:
        name = split(node.path)[1]
        info = status(name, folder)
        if info is not None and stat.S_ISDIR(info.st_mode):
            raise ObstructedError(f"a directory stands at {node.path!r}")
        _replace(node, name, folder)


def _replace(node: Node, name: str, folder: int) -> None:
    fresh = f".{os.urandom(8).hex()}"
    try:
        with opened(os.open(fresh, _NEW_FILE, 0o600, dir_fd=folder)) as descriptor:
            rest = memoryview(node.data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fchown(descriptor, node.owner, node.owner)
            os.fchmod(descriptor, node.mode)
        os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        if error.errno == errno.EROFS:
            raise  # no doing of anybody inside
        drop(fresh, folder)
        why = "no room left" if error.errno in CROWDED else error.strerror
        raise ObstructedError(f"can't write {node.path!r}: {why}") from error


def drop(name: str, folder: int) -> None:
    """Remove a file or link, if it is there.

    Raises:
        ObstructedError: It has become a folder since it was looked at.
    """
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except IsADirectoryError as error:
        raise ObstructedError(f"a directory stands at {name!r} now") from error


def put_folder(node: Node, folder_owner: Owner) -> None:
    """Make a folder, unless there is one.

    Raises:
        ObstructedError: Something else stands there, or there is no room.
    """
    with opened(folder_of(f"{node.path}/.", _maker(folder_owner))) as folder:
        os.fchown(folder, node.owner, node.owner)
        os.fchmod(folder, node.mode)


def put_link(node: Node, folder_owner: Owner) -> None:
    """Make a link to what the node's data name, where nothing stands.

    Raises:
        ObstructedError: Something stands there.
    """
    with opened(folder_of(node.path, _maker(folder_owner))) as folder:
        name = split(node.path)[1]
        try:
            os.symlink(os.fsdecode(node.data), name, dir_fd=folder)
        except OSError as error:
            raise ObstructedError(f"can't link {node.path!r}: {error.strerror}") from error
        os.chown(name, node.owner, node.owner, dir_fd=folder, follow_symlinks=False)


def remove(path: str) -> None:
    """Remove the file or link at ``path``, if there is one.

    Raises:
        ObstructedError: A folder stands there, or a parent is none.
    """
    try:
        parent = folder_of(path)
    except MissingError:
        return
    with opened(parent) as folder:
        name = split(path)[1]
        info = status(name, folder)
        if info is not None and stat.S_ISDIR(info.st_mode):
            raise ObstructedError(f"a directory stands at {path!r}")
        drop(name, folder)


def clear(path: str) -> None:
    """Remove whatever stands at ``path``, with all that is below it."""
    try:
        parent = folder_of(path)
    except MissingError:
        return
    with opened(parent) as folder:
        name = split(path)[1]
        info = status(name, folder)
        if info is None:
            return
        if not stat.S_ISDIR(info.st_mode):
            drop(name, folder)
            return
        with opened(os.open(name, _OPEN_DIRECTORY, dir_fd=folder)) as below:
            clear_below(below, lambda _: False, path)
        os.rmdir(name, dir_fd=folder)


def clear_below(folder: int, keep: Callable[[str], bool], way: str) -> None:
    """Remove all in ``folder`` that ``keep`` does not want, whatever its depth.

    Args:
        folder: A descriptor of the folder.
        keep: Told a path: whether it stays.
        way: The folder's path.
    """
    for name in os.listdir(folder):
        path = f"{way.rstrip('/')}/{name}"
        info = status(name, folder)
        if info is None:
            continue
        if not stat.S_ISDIR(info.st_mode):
            if not keep(path):
                drop(name, folder)
            continue
        with opened(os.open(name, _OPEN_DIRECTORY, dir_fd=folder)) as below:
            clear_below(below, keep, path)
        if not keep(path):
            os.rmdir(name, dir_fd=folder)


def copy_tree(source: str, target: str) -> None:
    """Copy what is below ``source`` to below ``target``, with modes and owners."""
    for found in walk(source):
        path = target + found.path[len(source) :]
        if path == target:
            continue
        info = found.info
        if stat.S_ISDIR(info.st_mode):
            os.makedirs(path, exist_ok=True)
        elif stat.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(found.name, dir_fd=found.folder), path)
            continue
        elif not os.path.lexists(path):
            with opened(os.open(path, _NEW_FILE, 0o600)) as descriptor:
                os.write(descriptor, content(found) or b"")
        else:
            continue
        os.chmod(path, stat.S_IMODE(info.st_mode))
        os.chown(path, info.st_uid, info.st_gid)
