"""The container's main process: carries out what the host asks for over its standard input.

It is process 1, so that nobody inside can end it, and it ends itself when nobody listens any more
or nobody has asked for anything for too long; the container ends with it.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
import stat
import time
from contextlib import suppress
from typing import cast

from tempt.sandbox.world import files, processes, shell, wire

_SKELETON = "/usr/lib/skeleton"
_TITLE = "/sbin/init"
_HOST = 0
_AGENT = 1000
_LARGEST_MENDED = 1 << 24
_RECALL_SECONDS = 2.0
_LARGEST_SENT = 8 * 1024 * 1024
_MOST_SENT = 64 * 1024 * 1024
_IPC = ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg")

Mark = tuple[str, int, int, str]
"""Kind, mode, owner and digest: as much of a path as a world is judged by."""
Stat = tuple[int, ...]


class Sheet:
    """What is told of a world: entries, and as many contents as there is room for.

    Args:
        limit: Largest content that is told.
    """

    def __init__(self, limit: int) -> None:
        self.limit = min(limit, _LARGEST_SENT)
        self.room = _MOST_SENT
        self.entries: list[wire.Value] = []
        self.contents: list[wire.Value] = []

    def takes(self, size: int) -> bool:
        """Whether a content of that size is to be told."""
        return size <= min(self.limit, self.room)

    def add(self, sha: str, data: bytes) -> None:
        """Tell a content."""
        self.contents.append([sha, data])
        self.room -= len(data)


class World:
    """The files and processes of one container.

    Args:
        mounts: The folders that can be written to; everything else can not.
        driver: The text that a shell is driven by.
        wake: A descriptor that can be read once a child has ended.
    """

    def __init__(self, mounts: tuple[str, ...], driver: str, wake: int) -> None:
        self._mounts = mounts
        self._driver = driver
        self._wake = wake
        self._digests = files.Digests(_AGENT)
        self._sent: set[str] = set()
        self._shell: shell.Shell | None = None
        self._state = b""
        self._services: dict[int, list[wire.Value]] = {}
        self._nobody()
        for mount in mounts:
            if os.path.isdir(f"{_SKELETON}{mount}"):
                files.copy_tree(f"{_SKELETON}{mount}", mount)
        self._devices = frozenset(os.stat(path).st_dev for path in ("/", *mounts))
        self._pristine, self._stats = self._survey()
        self._base = dict(self._pristine)

    def _nobody(self) -> None:
        self._user, self._home, self._cwd = "root", "/root", "/"
        self._env: dict[str, str] = {}
        self._uids: dict[str, int] = {"root": 0}
        self._roots: tuple[str, ...] = ()
        self._chance = 0

    # What the host asks for, by name.

    def begin(self, user: list[str], env: list[str], owners: list[str], roots: list[str]) -> None:
        """Make the users known, before anything of theirs is put down.

        Args:
            user: The user's name, home and first folder.
            env: Its environment, as ``NAME=value``.
            owners: Names of other users.
            roots: The folders that a full look covers.
        """
        self._user, self._home, self._cwd = user
        self._env = dict(pair.split("=", 1) for pair in env)
        self._roots = tuple(roots)
        others = sorted(set(owners) - {self._user, "root"})
        self._uids = {self._user: _AGENT, "root": 0}
        self._uids |= {name: number for number, name in enumerate(others, _AGENT + 1)}
        self._write_users()

    def plant(self, nodes: list[list[wire.Value]]) -> None:
        """Put files, folders and links down, each as path, kind, mode, owner and content."""
        for line in nodes:
            path, kind, mode, owner, data = cast("tuple[str, str, int, str, bytes]", tuple(line))
            uid = self._uids.get(owner, 0) if owner else self._owner_of(path)
            self._put(files.Node(path, kind, mode, uid, data))

    def _put(self, node: files.Node) -> None:
        if node.kind == files.DIRECTORY:
            files.put_folder(node, self._owner_of)
        elif node.kind == files.SYMLINK:
            files.put_link(node, self._owner_of)
        else:
            files.put_file(node, self._owner_of)

    def clear(self, paths: list[str]) -> None:
        """Remove whatever stands at ``paths``."""
        for path in paths:
            with suppress(files.MissingError), files.opened(files.folder_of(path)) as folder:
                self._clear_one(path, folder)

    def settle(self) -> None:
        """Take what stands around the roots for what stands there at first."""
        self._base, self._stats = self._survey(self._roots)

    def serve(self, services: list[list[wire.Value]]) -> None:
        """Start the declared services, each given as number, user and command."""
        for line in services:
            _, user, command = cast("tuple[int, str, str]", tuple(line))
            pid = processes.service(command, self._env, self._uids.get(user, 0))
            self._services[pid] = line

    def start(self, chance: int) -> None:
        """Start the user's shell.

        Args:
            chance: What its random numbers begin with.
        """
        env = {**self._env, "INIT": f"RANDOM={chance}; {self._driver}"}
        argv = ["bash", "-c", 'eval "$INIT"']
        program = processes.Program(argv, env, self._cwd, self._uids[self._user])
        self._shell = shell.Shell(program, self._wake, _HOST)
        self._chance = chance

    def run(self, command: bytes, milliseconds: int, limit: int) -> list[wire.Value]:
        """Run a command in the user's shell."""
        current = self._living()
        current.discard()
        started = processes.ticks()
        result = current.run(command, milliseconds / 1000, limit)
        if result.status == shell.TIMEOUT:
            self._state = b""
            processes.kill_since(started, frozenset({current.pid, *self._services}))
            self._end_shell()
        elif current.ended is not None:
            self._state = current.state
            self._end_shell()
        return _told(result)

    def run_as(
        self, user: str, command: str, cwd: str, milliseconds: int, limit: int
    ) -> list[wire.Value]:
        """Run a command in a shell of its own, as another user."""
        env = {**self._env, "HOME": "/root" if user == "root" else f"/home/{user}"}
        env |= {"USER": user, "LOGNAME": user}
        uid = self._uids.get(user)
        if uid is None:
            raise files.ObstructedError(f"the world has no user {user!r}")
        started = processes.ticks()
        spared = frozenset({*self._services, *([self._shell.pid] if self._shell else [])})
        program = processes.Program(["bash", "-c", command], env, cwd or self._cwd, uid)
        result = shell.run_once(program, milliseconds / 1000, limit)
        if result.status == shell.TIMEOUT:
            processes.kill_since(started, spared)
        return _told(result)

    def read(self, path: str, limit: int) -> bytes:
        """The start of a file."""
        return files.read(path, limit)

    def write(self, path: str, data: bytes, mode: int, owner: str) -> None:
        """Put a file, and take it for the world's own."""
        self._put(files.Node(path, files.FILE, mode, self._uids.get(owner, 0), data))
        if not files.inside(path, self._roots):
            self._adopt(path)

    def remove(self, path: str) -> None:
        """Take a file away, and take that for the world's own."""
        files.remove(path)
        if not files.inside(path, self._roots):
            self._base.pop(path, None)
            self._stats.pop(path, None)

    def look(self, paths: list[str], limit: int) -> tuple[list[wire.Value], list[wire.Value]]:
        """Entries of ``paths``, and contents the host does not have yet."""
        sheet = Sheet(limit)
        for folder, names in _by_folder(paths).items():
            descriptor = self._open_folder(folder)
            if descriptor is None:
                continue
            with files.opened(descriptor):
                for name, path in names:
                    info = files.status(name or ".", descriptor)
                    if info is not None:
                        found = files.Found(path, info, descriptor, name or ".")
                        self._enter(found, sheet)
        return sheet.entries, sheet.contents

    def look_at_all(self, limit: int) -> tuple[list[wire.Value], list[wire.Value]]:
        """Entries of the roots and of what differs around them, processes, and what is gone."""
        sheet = Sheet(limit)
        for root in self._roots:
            for found in files.walk(root):
                self._enter(found, sheet)
        seen: dict[str, str] = {}
        for mount in self._mounts:
            for found in files.walk(mount):
                if files.inside(found.path, self._roots):
                    continue
                seen[found.path] = files.kind_of(found.info.st_mode)
                if self._differs(found):
                    self._enter(found, sheet)
        gone = sorted(p for p, mark in self._base.items() if seen.get(p) != mark[0])
        return [sheet.entries, self._processes(), cast("wire.Value", gone)], sheet.contents

    def wipe(self) -> None:
        """Leave nothing of the world: no process, no file, no user."""
        self._wipe()

    def _wipe(self) -> dict[str, Mark]:
        if self._shell is not None:
            self._shell.close()
            self._shell = None
        if not processes.kill_all():
            raise files.ObstructedError("processes are left that can't be ended")
        self._services.clear()
        self._state = b""
        return self._restore_pristine()

    def clean(self) -> str:
        """Make the container as it was when it was new; the digest of what it then holds."""
        marks = self._wipe()
        self._sent.clear()
        self._nobody()
        self._base = dict(self._pristine)
        return self._digest(marks)

    def digest(self) -> str:
        """A digest of all that can differ between this container and a new one."""
        return self._digest(self._survey()[0])

    def _digest(self, marks: dict[str, Mark]) -> str:
        total = hashlib.sha256(repr(sorted(marks.items())).encode())
        for process in processes.table():
            total.update(f"process {process.pid} {process.command}".encode())
        for path in _IPC:
            with open(path, "rb") as file:
                total.update(file.read())
        return total.hexdigest()

    def note(self, ended: dict[int, int]) -> None:
        """Learn which children have ended."""
        for pid in ended:
            self._services.pop(pid, None)
        if self._shell is not None:
            self._shell.note(ended)

    def quiet(self) -> None:
        """Throw away what is printed while nobody asks."""
        if self._shell is not None:
            self._shell.discard()

    # How it is done.

    def _living(self) -> shell.Shell:
        if self._shell is None or self._shell.ended is not None:
            self._end_shell()
            self._renew()
        return cast("shell.Shell", self._shell)

    def _renew(self) -> None:
        """A new shell, that knows what the last one knew when it left."""
        self.start(self._chance + 1)
        state, self._state = self._state, b""
        if state and self._shell is not None:
            told = self._shell.run(state, _RECALL_SECONDS, 0)
            if told.status == shell.TIMEOUT:
                self._end_shell()
                self.start(self._chance + 1)

    def _end_shell(self) -> None:
        if self._shell is None:
            return
        if self._shell.ended is None:
            # It may have been ended, and waited for, together with everything else.
            with suppress(ProcessLookupError, ChildProcessError):
                os.killpg(self._shell.pid, signal.SIGKILL)
                os.waitpid(self._shell.pid, 0)
        self._shell.close()
        self._shell = None

    def _owner_of(self, path: str) -> int:
        tops = (*self._roots, self._home, self._cwd)
        return self._uids[self._user] if files.inside(path, tops) else 0

    def _write_users(self) -> None:
        """The user tables, with our users in place of the image's."""
        names = sorted(self._uids.items(), key=lambda pair: pair[1])
        passwd = "".join(
            f"{name}:x:{uid}:{uid}::{self._home_of(name)}:/bin/bash\n" for name, uid in names
        )
        group = "".join(f"{name}:x:{uid}:\n" for name, uid in names)
        passwd += "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        for path, text in (("/etc/passwd", passwd), ("/etc/group", f"{group}nogroup:x:65534:\n")):
            self._put(files.Node(path, files.FILE, 0o644, 0, text.encode()))

    def _home_of(self, name: str) -> str:
        if name == self._user:
            return self._home
        return "/root" if name == "root" else f"/home/{name}"

    def _open_folder(self, folder: str) -> int | None:
        """A descriptor of ``folder``, reached through links if need be, if it is one."""
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None
        # A link into the kernel's own file systems leads out of the world.
        if os.fstat(descriptor).st_dev in self._devices:
            return descriptor
        os.close(descriptor)
        return None

    def _mark_of(self, path: str) -> tuple[Mark, Stat] | None:
        """The mark and the status of what stands at ``path``."""
        folder, name = files.split(path)
        descriptor = self._open_folder(folder)
        if descriptor is None:
            return None
        with files.opened(descriptor):
            info = files.status(name, descriptor)
            if info is None:
                return None
            return self._mark(files.Found(path, info, descriptor, name)), _stat(info)

    def _enter(self, found: files.Found, sheet: Sheet) -> None:
        """Tell what was found, and its content unless the host has it."""
        info = found.info
        kind = files.kind_of(info.st_mode)
        size = info.st_size if kind in (files.FILE, files.SYMLINK) else 0
        sha = self._digests.of(found)
        if sha and sha not in self._sent and sheet.takes(size):
            data = files.content(found, sheet.limit + 1)
            if data is not None and sheet.takes(len(data)):
                sha, size = hashlib.sha256(data).hexdigest(), len(data)
                self._sent.add(sha)
                sheet.add(sha, data)
        owner = next((name for name, uid in self._uids.items() if uid == info.st_uid), "")
        line: list[wire.Value] = [found.path, kind, stat.S_IMODE(info.st_mode), owner, size, sha]
        sheet.entries.append(line)

    def _mark(self, found: files.Found) -> Mark:
        info = found.info
        kind = files.kind_of(info.st_mode)
        return kind, stat.S_IMODE(info.st_mode), info.st_uid, self._digests.of(found)

    def _survey(self, without: tuple[str, ...] = ()) -> tuple[dict[str, Mark], dict[str, Stat]]:
        """What stands in the mounts, but below ``without``: marks, and status to tell change by."""
        marks: dict[str, Mark] = {}
        stats: dict[str, Stat] = {}
        for mount in self._mounts:
            for found in files.walk(mount):
                if not files.inside(found.path, without):
                    marks[found.path] = self._mark(found)
                    stats[found.path] = _stat(found.info)
        return marks, stats

    def _adopt(self, path: str) -> None:
        """Take what stands at ``path``, and the folders above it, for the world's own."""
        while path != "/":
            seen = self._mark_of(path)
            if seen is not None:
                self._base[path], self._stats[path] = seen
            path = files.split(path)[0]
            if path in self._base:
                return

    def _differs(self, found: files.Found) -> bool:
        known = self._base.get(found.path)
        if known is None:
            return True
        same = self._stats.get(found.path) == _stat(found.info)
        if same and not files.in_reach(found.info, _AGENT):
            return False
        kind, mode, _, sha = self._mark(found)
        return (kind, mode, sha) != (known[0], known[1], known[3])

    def _processes(self) -> wire.Value:
        """Number, user and command of all that runs, a service under the number it was given."""
        mine = self._shell.pid if self._shell is not None else 0
        names = {uid: name for name, uid in self._uids.items()}
        told: list[wire.Value] = []
        for process in processes.table():
            if process.pid in self._services and not process.zombie:
                told.append(list(self._services[process.pid]))
            elif process.pid != mine and not process.zombie:
                user = names.get(process.uid, str(process.uid))
                told.append([process.pid, user, process.command])
        return told

    def _restore_pristine(self) -> dict[str, Mark]:
        """Take away what is not the image's, and mend what is; what then stands there."""
        for mount in self._mounts:
            with files.opened(os.open(mount, os.O_RDONLY | os.O_DIRECTORY)) as folder:
                files.clear_below(folder, self._pristine.__contains__, mount)
        marks, _ = self._survey()
        for path in [p for p, mark in self._pristine.items() if marks.get(p) != mark]:
            self._mend(path)
            seen = self._mark_of(path)
            if seen is not None:
                marks[path] = seen[0]
        return marks

    def _mend(self, path: str) -> None:
        """Make ``path`` what the image has there."""
        kind, mode, owner, _ = self._pristine[path]
        if kind == files.DIRECTORY:
            os.chown(path, owner, owner, follow_symlinks=False)
            os.chmod(path, mode)
            return
        source = f"{_SKELETON}{path}"
        with files.opened(files.folder_of(path)) as parent:
            self._clear_one(path, parent)
        data = b"" if kind == files.SYMLINK else files.read(source, _LARGEST_MENDED)
        target = os.fsencode(os.readlink(source)) if kind == files.SYMLINK else data
        self._put(files.Node(path, kind, mode, owner, target))

    def _clear_one(self, path: str, folder: int) -> None:
        name = files.split(path)[1]
        info = files.status(name, folder)
        if info is None:
            return
        if not stat.S_ISDIR(info.st_mode):
            files.drop(name, folder)
            return
        with files.opened(os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)) as below:
            files.clear_below(below, lambda _: False, path)
        os.rmdir(name, dir_fd=folder)


def _stat(info: os.stat_result) -> Stat:
    # A folder's times and links go with what is in it, which is looked at for itself.
    if stat.S_ISDIR(info.st_mode):
        return info.st_mode, info.st_uid
    times = (info.st_mtime_ns, info.st_ctime_ns)
    return (info.st_mode, info.st_uid, info.st_size, info.st_ino, *times)


def _told(result: shell.Result) -> list[wire.Value]:
    out, err = result.out, result.err
    return [
        result.status,
        result.code,
        out.head,
        out.tail,
        int(out.cut),
        err.head,
        err.tail,
        int(err.cut),
    ]


def _by_folder(paths: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Folders with the names and paths asked for in each."""
    folders: dict[str, list[tuple[str, str]]] = {}
    for path in paths:
        folder, name = files.split(path)
        folders.setdefault(folder, []).append((name, path))
    return folders


class Server:
    """Answers requests until nobody makes any.

    Args:
        secret: What every frame of this session carries.
        lifetime: Seconds without a request after which nobody is taken to be there.
    """

    def __init__(self, secret: bytes, lifetime: int) -> None:
        self._secret = secret
        self._lifetime = lifetime
        self._number = 0
        self._woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self, mounts: tuple[str, ...], driver: str) -> None:
        """Make the world, and answer."""
        world = World(mounts, driver, self._woken)
        self._answer(["ok", world.digest()])
        while True:
            self._number += 1
            self._await_request(world)
            _, _, value = wire.read_frame(read_exactly, self._number, self._secret)
            name, *arguments = cast("list[wire.Value]", value)
            try:
                self._carry_out(world, str(name), arguments)
            except files.ObstructedError as error:
                self._answer(["obstructed", str(error)])
            except (RecursionError, MemoryError) as error:
                self._answer(["obstructed", f"no room left: {type(error).__name__}"])
            except OSError as error:
                why = "obstructed" if error.errno in files.CROWDED else "failed"
                self._answer([why, f"{type(error).__name__}: {error}"])

    def _carry_out(self, world: World, name: str, arguments: list[wire.Value]) -> None:
        if name in {"look", "look_at_all"}:
            told, contents = getattr(world, name)(*arguments)
            for content in contents:
                self._answer(content, more=True)
            self._answer(["ok", told])
            return
        self._answer(["ok", getattr(world, name)(*arguments)])

    def _answer(self, value: wire.Value, *, more: bool = False) -> None:
        rest = memoryview(wire.frame(self._number, self._secret, value, more=more))
        while rest:
            rest = rest[os.write(1, rest) :]

    def _await_request(self, world: World) -> None:
        deadline = time.monotonic() + self._lifetime
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise EOFError
            ready = dict(poll.poll(min(int(left * 1000) + 1, 500)))
            if self._woken in ready:
                shell.take(self._woken)
                world.note(processes.reap())
            if 0 in ready:
                return
            world.quiet()


def read_exactly(count: int) -> bytes:
    """Exactly ``count`` bytes from the host.

    Raises:
        EOFError: The host has gone.
    """
    parts: list[bytes] = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def main() -> None:
    """Serve the host that this process' standard input belongs to, then end."""
    processes.rename_self(_TITLE)
    try:
        _, _, hello = _first_frame()
        secret, lifetime, mounts, driver = cast("tuple[bytes, int, list[str], str]", tuple(hello))
        Server(secret, lifetime).serve(tuple(mounts), driver)
    except EOFError:
        processes.kill_all()


def _first_frame() -> tuple[int, bool, list[wire.Value]]:
    number, more, value = wire.read_frame(read_exactly, 0, bytes(wire.SECRET_BYTES))
    return number, more, cast("list[wire.Value]", value)
