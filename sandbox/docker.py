"""The container backend: a world in a hardened container, a few milliseconds a command.

Differences from the embedded backend, which authors of worlds must allow for:

- Processes, users, modes and the clock are real. ``Layout.epoch`` is not the time that ``date``
  shows, and nothing random is seeded but the shell's ``$RANDOM``.
- A declared service is a real process that does nothing. Snapshots show it under the number the
  layout gives; inside, it has the number that the kernel gave it.
- Files can be put below /etc, /home, /run, /tmp, /var, and below other folders (/srv, /opt,
  /usr/local, ...) in which the layout has something; the rest of the root can't be written to by
  anybody.
- What a shell is told with ``set -e`` and ``set -u`` ends with the call. ``exit`` ends the call;
  the next one has a shell that knows the same folder, variables, functions and aliases, but no
  jobs and no open descriptors. After ``exec`` or a killed shell it knows nothing. A trap on EXIT
  runs when the shell ends, which is not at the end of a call.
"""

from __future__ import annotations

import multiprocessing
import os
import shlex
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from tempt.sandbox.base import (
    TRUNCATION_MARK,
    Entry,
    EntryKind,
    ExecResult,
    ExecStatus,
    Layout,
    Limits,
    Process,
    SandboxEngineError,
    SandboxError,
    SandboxObstructedError,
    Snapshot,
    UnsupportedError,
    digest,
    sound,
)
from tempt.sandbox.channel import SilenceError
from tempt.sandbox.containers import Container, Recipe, Told, make_container
from tempt.sandbox.hardening import Shape, shape_of
from tempt.sandbox.pool import Pool
from tempt.sandbox.silence import hear_out
from tempt.sandbox.world import wire

if TYPE_CHECKING:
    from docker import DockerClient

T = TypeVar("T")

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_GRACE = 10.0
"""Seconds that the main process may take for an answer, beyond what a command may take."""

_PATIENCE = 600.0
_ABSENCE = 60.0
_PAUSE = 0.25
_BATCH = 4 * 1024 * 1024
_FEWEST, _MOST = 2, 256
_BUSY_BYTES = 128 * 1024 * 1024
_MOST_KEPT = 256 * 1024 * 1024
"""Contents of one world that are kept, over all looks at it."""

_STATUS = {"exited": ExecStatus.EXITED, "timeout": ExecStatus.TIMEOUT}


class DockerSandbox:
    """One world in a container of its own.

    Args:
        layout: The world to open.
        limits: Bounds on what happens in it.
        container: A container that is as new.
        pool: Where the container goes back to.
    """

    def __init__(self, layout: Layout, limits: Limits, container: Container, pool: Pool) -> None:
        self._layout = layout
        self._limits = limits
        self._container: Container | None = container
        self._pool = pool
        self._contents: dict[str, bytes] = {}
        self._kept = 0
        self._broken: SandboxError | None = None

    def begin(self) -> None:
        """Put the world into the container."""
        layout = self._layout
        self._populate(_seeds(layout), layout.absent)
        self._ask("settle")
        self._serve(layout.processes)

    def exec(
        self,
        command: str,
        *,
        timeout: float,
        user: str | None = None,
        cwd: str | None = None,
    ) -> ExecResult:
        """Run ``command``; see :class:`tempt.sandbox.base.Sandbox`."""
        if user not in {None, self._layout.user}:
            return self._exec_as(str(user), command, timeout, cwd or "")
        if cwd is None:
            return self._call(command, timeout)
        before = self._call("pwd", timeout).stdout.removesuffix("\n")
        entered = self._call(f"cd -- {shlex.quote(cwd)}", timeout)
        if entered.exit_code != 0:
            return entered
        result = self._call(command, timeout)
        if result.status is ExecStatus.EXITED:
            self._call(f"cd -- {shlex.quote(before)} || cd /", timeout)
        return result

    def read(self, path: str, limit: int) -> bytes:
        """The start of a file; see :class:`tempt.sandbox.base.Sandbox`."""
        data = self._ask("read", sound(path), min(limit, wire.MAX_FRAME - 1_024))
        return cast("bytes", data)

    def write(self, path: str, data: bytes, mode: int = 0o644, owner: str | None = None) -> None:
        """Put a file; see :class:`tempt.sandbox.base.Sandbox`."""
        known = {self._layout.user, *_owners(self._layout)}
        if (owner or self._layout.user) not in known:
            raise UnsupportedError(f"the world has no user {owner!r} that a file could belong to")
        self._ask("write", sound(path), data, mode, owner or self._layout.user)

    def remove(self, path: str) -> None:
        """Take a file away; see :class:`tempt.sandbox.base.Sandbox`."""
        self._ask("remove", sound(path))

    def snapshot(self, paths: Sequence[str] | None = None) -> Snapshot:
        """The world as it is now; see :class:`tempt.sandbox.base.Sandbox`."""
        limit = self._limits.file_bytes
        if paths is not None:
            entries = self._look("look", [sound(path) for path in paths], limit)
            return self._record(cast("list[wire.Value]", entries))
        told = cast("list[list[wire.Value]]", self._look("look_at_all", limit))
        entries, processes, gone = told
        seen = self._record(entries)
        table = tuple(sorted(map(_process, processes), key=lambda each: each.pid))
        names = tuple(cast("list[str]", gone))
        # The world's clock is the machine's; no ledger holds it.
        return Snapshot(seen.entries, seen.contents, table, names, time.time_ns() / 1e9)

    def restore(self, snapshot: Snapshot) -> None:
        """Bring back a full snapshot; see :class:`tempt.sandbox.base.Sandbox`."""
        layout = self._layout
        around = [node for node in _seeds(layout) if not _inside(str(node[0]), layout.roots)]
        kept = [node for node in around if node[0] not in {*snapshot.entries, *snapshot.gone}]
        nodes = [*kept, *(_node(path, entry, snapshot) for path, entry in snapshot.entries.items())]
        self._ask("wipe")
        self._populate(nodes, (*layout.absent, *snapshot.gone))
        self._serve([each for each in snapshot.processes if each in layout.processes])

    def close(self) -> None:
        """Give the container back, if it can be made as new; else get rid of it."""
        container, self._container = self._container, None
        if container is None:
            return
        as_new = False
        try:
            if self._broken is None:
                with suppress(SandboxError):
                    as_new = container.ask("clean", seconds=_GRACE)[0] == container.digest
        finally:
            if as_new:
                self._pool.give_back(container)
            else:
                self._pool.drop(container)

    def _populate(self, nodes: Iterable[list[wire.Value]], absent: Iterable[str]) -> None:
        layout = self._layout
        environment = [f"{name}={value}" for name, value in self._environment().items()]
        owners = _owners(layout)
        self._ask(
            "begin",
            [layout.user, layout.home, layout.cwd],
            cast("wire.Value", environment),
            cast("wire.Value", owners),
            list(layout.roots),
        )
        if absent:
            self._ask("clear", list(absent))
        for batch in _batches(nodes):
            self._ask("plant", batch)

    def _serve(self, services: Iterable[Process]) -> None:
        lines: list[wire.Value] = [[each.pid, each.user, each.command] for each in services]
        if lines:
            self._ask("serve", lines)
        self._ask("start", self._layout.seed % 32_768)

    def _environment(self) -> dict[str, str]:
        layout = self._layout
        names = {"HOME": layout.home, "USER": layout.user, "LOGNAME": layout.user}
        return {"PATH": _PATH, "LANG": "C.UTF-8", "SHELL": "/bin/bash", **names, **layout.env}

    def _ask(self, name: str, *arguments: wire.Value, command: float = 0.0) -> wire.Value:
        return self._request(name, *arguments, command=command)[0]

    def _look(self, name: str, *arguments: wire.Value) -> wire.Value:
        self._forget_old()
        told, ahead = self._request(name, *arguments)
        for content in ahead:
            sha, data = cast("tuple[str, bytes]", tuple(cast("list[wire.Value]", content)))
            if digest(data) != sha:
                raise SandboxEngineError("the container sent a content that is not what it says")
            self._contents[sha] = data
            self._kept += len(data)
        return told

    def _forget_old(self) -> None:
        """Let go of contents that no look needs any more; those that stand will be sent again."""
        if self._kept > _MOST_KEPT:
            self._ask("forget")
            self._contents.clear()
            self._kept = 0

    def _request(self, name: str, *arguments: wire.Value, command: float = 0.0) -> Told:
        """Make a request that may take ``command`` seconds for what is the agent's in it."""
        if self._container is None:
            raise SandboxEngineError("this sandbox is closed; open another one")
        if self._broken is not None:
            raise self._broken
        # Until there is an answer: who interrupts this leaves a channel that is out of step.
        self._broken = SandboxEngineError("this sandbox is broken; close it and open another one")
        try:
            answer = self._heard(self._container, name, *arguments, seconds=command + _GRACE)
        except SandboxObstructedError as error:
            # What the main process itself says leaves it in order; a broken channel does not.
            self._broken = error if error.__cause__ else None
            raise
        except UnsupportedError:
            self._broken = None  # nothing was sent
            raise
        except SandboxEngineError as error:
            self._broken = error
            raise
        self._broken = None
        return answer

    def _heard(
        self, container: Container, name: str, *arguments: wire.Value, seconds: float
    ) -> Told:
        try:
            return container.ask(name, *arguments, seconds=seconds)
        except SilenceError as silence:
            return hear_out(container, self._pool, _GRACE, silence)

    def _call(self, command: str, timeout: float) -> ExecResult:
        text = _sayable(command).encode()
        seconds = min(timeout, self._limits.seconds)
        limit = self._limits.output_bytes - len(TRUNCATION_MARK)
        told = self._ask("run", text, int(seconds * 1000), limit, command=seconds)
        return _result(told)

    def _exec_as(self, user: str, command: str, timeout: float, cwd: str) -> ExecResult:
        seconds = min(timeout, self._limits.seconds)
        limit = self._limits.output_bytes - len(TRUNCATION_MARK)
        bounds: list[wire.Value] = [int(seconds * 1000), limit]
        told = self._ask("run_as", user, _sayable(command), cwd, bounds, command=seconds)
        return _result(told)

    def _record(self, lines: list[wire.Value]) -> Snapshot:
        entries: dict[str, Entry] = {}
        contents: dict[str, bytes] = {}
        for line in lines:
            path, kind, mode, owner, size, sha = cast(
                "tuple[str, str, int, str, int, str]", tuple(cast("list[wire.Value]", line))
            )
            entries[path] = Entry(EntryKind(kind), mode, owner or None, size, sha)
            if sha in self._contents:
                contents[sha] = self._contents[sha]
        return Snapshot(entries, contents)


class DockerProvider:
    """Opens worlds in containers of the engine that this machine is set up for.

    Args:
        limits: Bounds that every world gets.
        runtime: Another runtime's name, such as ``runsc``; ``None`` for the engine's own.
        most: Most containers at once; ``None`` for what the machine bears.
    """

    capabilities = frozenset({"processes", "permissions"})

    def __init__(
        self, limits: Limits | None = None, runtime: str | None = None, most: int | None = None
    ) -> None:
        self.name = "docker" if runtime is None else f"docker:{runtime}"
        self._limits = limits or Limits()
        self._runtime = runtime
        self._most = most
        self._lock = threading.Lock()
        # Who started this worker has had an answer: the image stands in the run's manifest.
        self._patient = multiprocessing.parent_process() is not None

    def open(self, layout: Layout) -> DockerSandbox:
        """A live sandbox holding ``layout``.

        Raises:
            SandboxEngineError: The engine can't be reached, or refuses.
            UnsupportedError: A container can't hold such a world.
        """
        shape = shape_of(layout)
        pool = self._patiently(self._the_pool)
        while True:
            container, new = pool.take(shape, _PATIENCE)
            sandbox = DockerSandbox(layout, self._limits, container, pool)
            try:
                sandbox.begin()
            except SandboxObstructedError as error:
                pool.drop(container)
                if not isinstance(error.__cause__, SilenceError):
                    raise UnsupportedError(
                        f"a container can't hold such a world: {error}"
                    ) from error
                # Nobody acts in a world that is not open yet: it is the engine's, or the machine's.
                if new:
                    raise SandboxEngineError(str(error.__cause__)) from error
            except SandboxEngineError:
                pool.drop(container)
                # One that was idle may have died since; a new one has no such excuse.
                if new:
                    raise
            except BaseException:
                pool.drop(container)
                raise
            else:
                return sandbox

    def warm(self, layout: Layout, count: int) -> None:
        """Have ``count`` containers ready that can hold ``layout``."""
        self._the_pool().warm(shape_of(layout), count)

    def close(self) -> None:
        """Get rid of the containers that are ready, and hang up on the engine."""
        if "_pool" in vars(self):
            self._pool.close()
        if "_client" in vars(self):
            self._client.close()

    def fingerprint(self) -> str:
        """The backend, its image and its runtime."""
        image = self._image
        self._patient = True
        return f"{self.name}/{image}"

    def _the_pool(self) -> Pool:
        with self._lock:
            return self._pool

    @cached_property
    def _pool(self) -> Pool:
        return Pool(self._make, self._most or self._bearable())

    def _bearable(self) -> int:
        """As many containers as the engine's machine has memory for, were they all busy."""
        from tempt.sandbox.engine import engine_info  # noqa: PLC0415 - heavy

        fitting = engine_info(self._client).memory_bytes // _BUSY_BYTES
        return max(_FEWEST, min(fitting, _MOST))

    @cached_property
    def _client(self) -> DockerClient:
        from tempt.sandbox.engine import connect  # noqa: PLC0415 - heavy

        return connect()

    @cached_property
    def _image(self) -> str:
        from tempt.sandbox.image_store import world_image_id  # noqa: PLC0415 - heavy

        return world_image_id(self._client)

    def _make(self, shape: Shape) -> Container:
        from tempt.sandbox.reap import RUN_NAME, labels  # noqa: PLC0415 - heavy

        def make() -> Container:
            recipe = Recipe(
                self._image, self._limits, labels(os.environ.get(RUN_NAME, "")), self._runtime
            )
            return make_container(self._client.api, recipe, shape)

        return self._patiently(make)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask the engine; one that has answered before is given time to come back, once."""
        deadline = time.monotonic() + (_ABSENCE if self._patient else 0.0)
        while True:
            try:
                answer = ask()
            except SandboxEngineError:
                if self._answers():
                    raise
                if time.monotonic() > deadline:
                    self._patient = False
                    raise
                time.sleep(_PAUSE)
            else:
                self._patient = True
                return answer

    def _answers(self) -> bool:
        with suppress(Exception):  # whatever it is, the engine does not answer
            return bool(self._client.ping())
        return False


def _owners(layout: Layout) -> list[str]:
    """Users of the world's files and processes, and root."""
    owners = {file.owner for file in layout.files} | {each.user for each in layout.processes}
    return sorted(owners | {"root"})


def _seeds(layout: Layout) -> list[list[wire.Value]]:
    made = set(shape_of(layout).mounts)  # with modes of their own
    roots = [root for root in layout.roots if root not in made]
    folders = dict.fromkeys([layout.home, layout.cwd, *roots, *layout.directories])
    nodes: list[list[wire.Value]] = [[path, "directory", 0o755, "", b""] for path in folders]
    for file in layout.files:
        nodes.append([file.path, "file", file.mode, file.owner, file.data])
    return nodes


def _node(path: str, entry: Entry, snapshot: Snapshot) -> list[wire.Value]:
    data = snapshot.contents.get(entry.sha256, b"")
    if entry.sha256 and entry.sha256 not in snapshot.contents:
        raise SandboxEngineError(
            f"can't restore {path!r}: its content was too large to be kept in the snapshot; "
            "raise Limits.file_bytes"
        )
    return [path, entry.kind.value, entry.mode, entry.owner or "", data]


def _batches(nodes: Iterable[list[wire.Value]]) -> Iterator[list[wire.Value]]:
    """Folders first, from the outermost in; then the rest, in parts that fit a frame."""
    folders = sorted(
        (node for node in nodes if node[1] == "directory"), key=lambda node: str(node[0])
    )
    rest = [node for node in nodes if node[1] != "directory"]
    batch: list[wire.Value] = []
    size = 0
    for node in [*folders, *rest]:
        weight = len(cast("bytes", node[4])) + 256
        if batch and size + weight > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(node)
        size += weight
    if batch:
        yield batch


def _result(told: wire.Value) -> ExecResult:
    status, code, *streams = cast("list[wire.Value]", told)
    out, err = _text(streams[:3]), _text(streams[3:])
    cut = bool(streams[2] or streams[5])
    return ExecResult(out, err, cast("int | None", code), _STATUS[str(status)], cut)


def _sayable(command: str) -> str:
    """What of ``command`` a shell can be told."""
    return command.replace("\0", "").encode("utf-8", "replace").decode()


def _text(stream: list[wire.Value]) -> str:
    head, tail, cut = cast("tuple[bytes, bytes, int]", tuple(stream))
    if not cut:
        return (head + tail).decode("utf-8", "replace")
    return f"{head.decode('utf-8', 'replace')}{TRUNCATION_MARK}{tail.decode('utf-8', 'replace')}"


def _process(line: wire.Value) -> Process:
    pid, user, command = cast("tuple[int, str, str]", tuple(cast("list[wire.Value]", line)))
    return Process(pid, user, command)


def _inside(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)
