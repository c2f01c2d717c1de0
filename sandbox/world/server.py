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

from tempt.sandbox.world import files, processes, shell, wire
from tempt.sandbox.world.session import Session
from tempt.sandbox.world.surroundings import Mark, Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Request = Callable[..., tuple[wire.Value, list[wire.Value]]]

_TITLE = "/sbin/init"
_LARGEST_SENT = 8 * 1024 * 1024
_MOST_SENT = 64 * 1024 * 1024
_LONGEST_LIST = 8 * 1024 * 1024
_ENTRY_BYTES = 160
_LONGEST_WHY = 2_000
_IPC = ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg")


class Sheet:
    """What is told of a world: entries, and as many contents as there is room for.

    Args:
        limit: Largest content that is told.
    """

    def __init__(self, limit: int) -> None:
        self.limit = min(limit, _LARGEST_SENT)
        self.entries: list[wire.Value] = []
        self.contents: list[wire.Value] = []
        self.told: set[str] = set()
        self._room = _MOST_SENT
        self._lines = _LONGEST_LIST

    def takes(self, size: int) -> bool:
        """Whether a content of that size is to be told."""
        return size <= min(self.limit, self._room)

    def add(self, sha: str, data: bytes) -> None:
        """Tell a content."""
        self.contents.append([sha, data])
        self.told.add(sha)
        self._room -= len(data)

    def enter(self, path: str, *rest: wire.Value) -> None:
        """Tell an entry.

        Raises:
            ObstructedError: There are more than can be told.
        """
        self._lines -= _ENTRY_BYTES + len(os.fsencode(path))  # bytes: a character may be four
        if self._lines < 0:
            raise files.ObstructedError("the world holds more names than can be told")
        self.entries.append([path, *rest])


class World:
    """One world after another in one container.

    Args:
        mounts: The folders that can be written to; everything else can not.
        agent: Number of the user that acts in worlds.
        driver: The text that a shell is driven by.
        wake: A descriptor that can be read once a child has ended.
    """

    def __init__(self, mounts: tuple[str, ...], agent: int, driver: str, wake: int) -> None:
        self._agent = agent
        self._driver = driver
        self._wake = wake
        self._around = Surroundings(mounts, agent)
        self._sent: set[str] = set()
        self._nobody()

    def _nobody(self) -> None:
        self._user, self._home = "root", "/root"
        self._uids: dict[str, int] = {"root": 0}
        self._roots: tuple[str, ...] = ()
        self._program = processes.Program([], {}, "/", 0)
        self.session = Session(self._program, self._driver, self._wake)

    # What the host asks for, by name.

    def begin(self, user: list[str], env: list[str], owners: list[str], roots: list[str]) -> None:
        """Make the users known, before anything of theirs is put down.

        Args:
            user: The user's name, home and first folder.
            env: Its environment, as ``NAME=value``.
            owners: Names of other users.
            roots: The folders that a full look covers.
        """
        self._user, self._home, cwd = user
        self._roots = tuple(roots)
        others = sorted(set(owners) - {self._user, "root"})
        self._uids = {self._user: self._agent, "root": 0}
        self._uids |= {name: number for number, name in enumerate(others, self._agent + 1)}
        environment = dict(pair.split("=", 1) for pair in env)
        self._program = processes.Program([], environment, cwd, self._agent)
        self.session = Session(self._program, self._driver, self._wake)
        self._write_users()

    def plant(self, nodes: list[list[Any]]) -> None:
        """Put files, folders and links down, each as path, kind, mode, owner and content."""
        for line in nodes:
            path, kind, mode, owner, data = line
            uid = self._uids.get(owner, 0) if owner else self._owner_of(path)
            files.put(files.Node(path, kind, mode, uid, data), self._owner_of)

    def clear(self, paths: list[str]) -> None:
        """Remove whatever stands at ``paths``."""
        for path in paths:
            files.clear(path)

    def settle(self) -> None:
        """Take what stands around the roots for what stands there at first."""
        self._around.settle(self._roots)

    def serve(self, services: list[list[Any]]) -> None:
        """Start the declared services, each given as number, user and command."""
        for line in services:
            self.session.serve(line, self._uids.get(line[1], 0))

    def start(self, chance: int) -> None:
        """Start the user's shell; ``chance`` is what its random numbers begin with."""
        self.session.start(chance)

    def run(self, command: bytes, milliseconds: int, limit: int) -> list[wire.Value]:
        """Run a command in the user's shell."""
        return _told(self.session.run(command, milliseconds / 1000, limit))

    def run_as(self, user: str, command: str, cwd: str, bounds: list[int]) -> list[wire.Value]:
        """Run a command in a shell of its own, as another user.

        Args:
            user: That user.
            command: Shell text.
            cwd: Where it starts; empty for the world's first folder.
            bounds: Milliseconds it may take, and bytes of output that are kept.
        """
        uid = self._uids.get(user)
        if uid is None:
            raise files.ObstructedError(f"the world has no user {user!r}")
        names = {"HOME": self._home_of(user), "USER": user, "LOGNAME": user}
        env = {**self._program.env, **names}
        program = processes.Program(["bash", "-c", command], env, cwd or self._program.cwd, uid)
        milliseconds, limit = bounds
        return _told(self.session.run_as(program, milliseconds / 1000, limit))

    def read(self, path: str, limit: int) -> bytes:
        """The start of a file."""
        return files.read(path, limit)

    def write(self, path: str, data: bytes, mode: int, owner: str) -> None:
        """Put a file, and take it for the world's own."""
        node = files.Node(path, files.FILE, mode, self._uids.get(owner, 0), data)
        files.put(node, self._owner_of)
        if not files.inside(path, self._roots):
            self._around.adopt(node)

    def remove(self, path: str) -> None:
        """Take a file away, and take that for the world's own."""
        files.remove(path)
        if not files.inside(path, self._roots):
            self._around.forsake(path)

    def look(self, paths: list[str], limit: int) -> tuple[list[wire.Value], list[wire.Value]]:
        """Entries of ``paths``, and contents the host does not have yet."""
        self._around.digests.begin()
        sheet = Sheet(limit)
        for folder, names in _by_folder(paths).items():
            descriptor = self._around.open_folder(folder)
            if descriptor is None:
                continue
            with files.opened(descriptor):
                for name, path in names:
                    info = files.status(name or ".", descriptor)
                    if info is not None:
                        self._enter(files.Found(path, info, descriptor, name or "."), sheet)
        return self._told(sheet, sheet.entries)

    def look_at_all(self, limit: int) -> tuple[list[wire.Value], list[wire.Value]]:
        """Entries of the roots and of what differs around them, processes, and what is gone."""
        self._around.digests.begin()
        sheet = Sheet(limit)
        for root in self._roots:
            for found in files.walk(root):
                self._enter(found, sheet)
        seen: dict[str, str] = {}
        for mount in self._around.mounts:
            for found in files.walk(mount):
                if files.inside(found.path, self._roots):
                    continue
                seen[found.path] = files.kind_of(found.info.st_mode)
                if self._around.differs(found):
                    self._enter(found, sheet)
        names = {uid: name for name, uid in self._uids.items()}
        gone: list[wire.Value] = [*self._around.gone(seen)]
        return self._told(sheet, [sheet.entries, self.session.table(names), gone])

    def work(self, milliseconds: int) -> None:
        """Use up some processor time: who answers this was given it."""
        end = time.process_time() + milliseconds / 1000
        while time.process_time() < end:
            pass

    def forget(self) -> None:
        """Take no content to be known to the host any more."""
        self._sent.clear()

    def wipe(self) -> None:
        """Leave nothing of the world: no process, no file, no user."""
        self._wipe()

    def clean(self) -> str:
        """Make the container as it was when it was new; the digest of what it then holds."""
        marks = self._wipe()
        self._sent.clear()
        self._nobody()
        return _digest(marks)

    def digest(self) -> str:
        """A digest of all that can differ between this container and a new one."""
        return _digest(self._around.marks())

    # How it is done.

    def _told(
        self, sheet: Sheet, answer: list[wire.Value]
    ) -> tuple[list[wire.Value], list[wire.Value]]:
        """A look's answer; only what it sends is known to the host."""
        self._sent |= sheet.told
        return answer, sheet.contents

    def _wipe(self) -> dict[str, Mark]:
        if not processes.kill_all():
            raise files.ObstructedError("processes are left that can't be ended")
        self.session.end_shell()
        return self._around.renew()

    def _owner_of(self, path: str) -> int:
        tops = (*self._roots, self._home, self._program.cwd)
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
            files.put(files.Node(path, files.FILE, 0o644, 0, text.encode()), self._owner_of)

    def _home_of(self, name: str) -> str:
        if name == self._user:
            return self._home
        return "/root" if name == "root" else f"/home/{name}"

    def _enter(self, found: files.Found, sheet: Sheet) -> None:
        """Tell what was found, if it is still there, and its content unless the host has it."""
        still, sha = self._settled(found)
        if still is None:
            return
        info = still.info
        kind = files.kind_of(info.st_mode)
        size = info.st_size if kind in (files.FILE, files.SYMLINK) else 0
        known = sha in self._sent or sha in sheet.told
        if sha and not known and sheet.takes(size):
            data = files.content(still, sheet.limit + 1)
            if data is not None and sheet.takes(len(data)):
                sha, size = hashlib.sha256(data).hexdigest(), len(data)
                sheet.add(sha, data)
        owner = next((name for name, uid in self._uids.items() if uid == info.st_uid), "")
        sheet.enter(still.path, kind, stat.S_IMODE(info.st_mode), owner, size, sha)

    def _settled(self, found: files.Found) -> tuple[files.Found | None, str]:
        """What was found, as it is once its digest can be told; ``None`` where it has gone."""
        for _ in range(files.TRIES):
            sha = self._around.digests.of(found)
            if sha != files.GONE:
                return found, sha
            info = files.status(found.name, found.folder)
            if info is None:
                return None, ""
            found = files.Found(found.path, info, found.folder, found.name)
        raise files.ObstructedError(f"{found.path!r} changes while it is looked at")


def _digest(marks: dict[str, Mark]) -> str:
    total = hashlib.sha256(repr(sorted(marks.items())).encode())
    for process in processes.table():
        total.update(f"process {process.pid} {process.command}".encode())
    for path in _IPC:
        with open(path, "rb") as file:
            total.update(file.read())
    return total.hexdigest()


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


def _requests(world: World) -> dict[str, Request]:
    """What can be asked for, by name: each gives an answer and what is sent ahead of it."""
    plain = (
        world.begin,
        world.plant,
        world.clear,
        world.settle,
        world.serve,
        world.start,
        world.run,
        world.run_as,
        world.read,
        world.write,
        world.remove,
        world.work,
        world.forget,
        world.wipe,
        world.clean,
    )
    found: dict[str, Request] = {each.__name__: _alone(each) for each in plain}
    return {**found, "look": world.look, "look_at_all": world.look_at_all}


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_WHY]


def _alone(method: Callable[..., Any]) -> Request:
    return lambda *arguments: (method(*arguments), [])


def _send(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


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

    def serve(self, mounts: tuple[str, ...], agent: int, driver: str) -> None:
        """Make the world, and answer."""
        world = World(mounts, agent, driver, self._woken)
        requests = _requests(world)
        self._answer(["ok", world.digest()])
        while True:
            self._number += 1
            self._await_request(world.session)
            _, _, value = wire.read_frame(read_exactly, self._number, self._secret)
            name, *arguments = value
            self._carry_out(requests[name], arguments)

    def _carry_out(self, request: Request, arguments: list[Any]) -> None:
        """Answer a request; whatever is met in a world is an answer too, and never the end.

        What does not fit an answer, stack or memory is met there as well. Values and types
        that are not what they have to be are a defect of ours, nobody's doing inside.
        """
        try:
            told, ahead = request(*arguments)
            frames = [self._frame(each, more=True) for each in ahead]
            frames.append(self._frame(["ok", told]))
        except EOFError:
            raise
        except (files.ObstructedError, RecursionError, MemoryError, wire.WireError) as error:
            frames = [self._frame(["obstructed", _why(error)])]
        except OSError as error:
            crowded = error.errno in files.CROWDED
            frames = [self._frame(["obstructed" if crowded else "failed", _why(error)])]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            frames = [self._frame(["failed", _why(error)])]
        for frame in frames:
            _send(frame)

    def _frame(self, value: wire.Value, *, more: bool = False) -> bytes:
        return wire.frame(self._number, self._secret, value, more=more)

    def _answer(self, value: wire.Value) -> None:
        _send(self._frame(value))

    def _await_request(self, session: Session) -> None:
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
                session.note(processes.reap())
            if 0 in ready:
                return
            session.quiet()


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
        _, _, hello = wire.read_frame(read_exactly, 0, bytes(wire.SECRET_BYTES))
        secret, lifetime, mounts, agent, driver = hello
        Server(secret, lifetime).serve(tuple(mounts), agent, driver)
    except EOFError:
        processes.kill_all()
