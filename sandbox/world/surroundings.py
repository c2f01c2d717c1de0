"""What a container holds that no world brought: known when it is new, mended afterwards."""

from __future__ import annotations

import errno
import hashlib
import os
import stat

from tempt.sandbox.world import files

SKELETON = "/usr/lib/skeleton"
_LARGEST_MENDED = 1 << 24
_NO_FOLDER = frozenset(
    {errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EPERM}
)
"""Refused is what is reached through another user's process, which is none of the world's."""

Mark = tuple[str, int, int, str]
"""Kind, mode, owner and digest: as much of a path as a world is judged by."""
Stat = tuple[int, ...]


class Surroundings:
    """Everything in the folders that can be written to, but below a world's own roots.

    Args:
        mounts: Those folders.
        agent: Number of the user that acts in worlds.
    """

    def __init__(self, mounts: tuple[str, ...], agent: int) -> None:
        self.mounts = mounts
        self.digests = files.Digests(agent)
        self._agent = agent
        self._devices = frozenset(os.stat(path).st_dev for path in ("/", *mounts))
        for mount in mounts:
            if os.path.isdir(f"{SKELETON}{mount}"):
                files.copy_tree(f"{SKELETON}{mount}", mount)
        self._pristine, self._stats = self._survey(())
        self._first = dict(self._pristine)

    def settle(self, roots: tuple[str, ...]) -> None:
        """Take what stands there now, around ``roots``, for what stands there at first."""
        self._first, self._stats = self._survey(roots)

    def adopt(self, node: files.Node) -> None:
        """Take what was put down, and the folders above it, for what stands there at first.

        What stands there by now may be somebody else's.
        """
        sha = hashlib.sha256(node.data).hexdigest()
        self._first[node.path] = (node.kind, node.mode, node.owner, sha)
        self._stats.pop(node.path, None)
        path = files.split(node.path)[0]
        while path not in self._first and path != "/":
            seen = self._look(path)
            if seen is not None:
                self._first[path], self._stats[path] = seen
            path = files.split(path)[0]

    def forsake(self, path: str) -> None:
        """Take nothing to stand at ``path`` at first."""
        self._first.pop(path, None)
        self._stats.pop(path, None)

    def differs(self, found: files.Found) -> bool:
        """Whether what was found is not what stood there at first."""
        known = self._first.get(found.path)
        if known is None:
            return True
        same = self._stats.get(found.path) == _stat(found.info)
        if same and not files.in_reach(found.info, self._agent):
            return False
        return self._mark(found) != known

    def gone(self, seen: dict[str, str]) -> list[str]:
        """Paths at which something of another kind, or nothing, stands now.

        Args:
            seen: Kind by path of what stands there now.
        """
        return sorted(path for path, mark in self._first.items() if seen.get(path) != mark[0])

    def marks(self) -> dict[str, Mark]:
        """What stands there now."""
        return self._survey(())[0]

    def renew(self) -> dict[str, Mark]:
        """Take away what is not the image's, and mend what is; what then stands there."""
        for mount in self.mounts:
            with files.opened(os.open(mount, os.O_RDONLY | os.O_DIRECTORY)) as folder:
                files.clear_below(folder, self._pristine.__contains__, mount)
        marks = self.marks()
        for path in [p for p, mark in self._pristine.items() if marks.get(p) != mark]:
            self._mend(path)
            seen = self._look(path)
            if seen is not None:
                marks[path] = seen[0]
        return marks

    def open_folder(self, folder: str) -> int | None:
        """A descriptor of ``folder``, reached through links if need be, if it is one."""
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in _NO_FOLDER:
                return None
            raise
        # A link into the kernel's own file systems leads out of the world.
        if os.fstat(descriptor).st_dev in self._devices:
            return descriptor
        os.close(descriptor)
        return None

    def _look(self, path: str) -> tuple[Mark, Stat] | None:
        """The mark and the status of what stands at ``path``."""
        folder, name = files.split(path)
        descriptor = self.open_folder(folder)
        if descriptor is None:
            return None
        with files.opened(descriptor):
            info = files.status(name, descriptor)
            if info is None:
                return None
            return self._mark(files.Found(path, info, descriptor, name)), _stat(info)

    def _mark(self, found: files.Found) -> Mark:
        info = found.info
        kind = files.kind_of(info.st_mode)
        return kind, stat.S_IMODE(info.st_mode), info.st_uid, self.digests.of(found)

    def _survey(self, without: tuple[str, ...]) -> tuple[dict[str, Mark], dict[str, Stat]]:
        """What stands in the mounts but below ``without``: marks, and status to tell change by."""
        self.digests.begin()
        marks: dict[str, Mark] = {}
        stats: dict[str, Stat] = {}
        for mount in self.mounts:
            for found in files.walk(mount):
                if not files.inside(found.path, without):
                    marks[found.path] = self._mark(found)
                    stats[found.path] = _stat(found.info)
        return marks, stats

    def _mend(self, path: str) -> None:
        """Make ``path`` what the image has there."""
        kind, mode, owner, _ = self._pristine[path]
        if kind == files.DIRECTORY:
            os.chown(path, owner, owner, follow_symlinks=False)
            os.chmod(path, mode)
            return
        source = f"{SKELETON}{path}"
        files.clear(path)
        if kind == files.SYMLINK:
            data = os.fsencode(os.readlink(source))
        else:
            data = files.read(source, _LARGEST_MENDED)
        files.put(files.Node(path, kind, mode, owner, data), lambda _: 0)


def _stat(info: os.stat_result) -> Stat:
    # A folder's times and links go with what is in it, which is looked at for itself.
    if stat.S_ISDIR(info.st_mode):
        return info.st_mode, info.st_uid
    times = (info.st_mtime_ns, info.st_ctime_ns)
    return (info.st_mode, info.st_uid, info.st_size, info.st_ino, *times)
