"""The embedded backend: a shell and its files inside this process, with no host underneath.

Known differences from a real machine, which authors of worlds must allow for:

- There are no processes. A background job is part of its call and nothing survives the call;
  signal traps never run; ``timeout N sleep M`` returns 0, since ``sleep`` only moves the simulated
  clock. The process table is data: ``ps``, ``pgrep``, ``pkill`` and ``kill`` read and change it.
  The shell is process 1 and refuses signals.
- There are no permissions. Modes and owners are kept and shown, never enforced; ``chown`` always
  works. An owner stays with a path: a file that replaces another one seems to have its owner.
- A parse error anywhere stops the whole call before its first command. Aliases need
  ``shopt -s expand_aliases``; ``set -e`` and ``set -u`` last for one call; ``trap ... EXIT`` runs
  at the end of the call. Status ``$?`` is 0 when a call begins.
- A call that is broken off (TIMEOUT, LIMIT) loses what it printed, and the next one meets a new
  shell in the same files. A limit hit in a subshell or background job only fails that job.
- The engine's own bounds: 100 MB, 10,000 files, 10,000 directories, 10 MB a file, function depth
  16, ``yes`` 10,000 lines, ``seq`` 100,000 lines, 100,000 loop rounds, and a brace expansion of
  100,000 words. ``Limits.memory_bytes`` bounds variables and pipes only. A timeout is noticed
  between commands.
- ``umask`` is kept but not applied. Names can't hold control characters. There are no fifos,
  devices or hard-link counts.
- ``PATH`` does not shadow the engine's commands, functions do. Absolute paths (``/bin/ls``) reach
  the engine's own version: its ``/bin/ls``, ``/bin/stat``, ``/bin/date``, ``/bin/df`` and
  ``/bin/uname`` show another layout, the wall clock or odd values; ``/bin/kill`` and ``/bin/ps``
  know nothing of the table; ``/bin/curl`` and ``/bin/wget`` refuse in their own words, reaching
  nothing. ``/bin/sleep`` is a script of ours, since the engine's would spend real time.
- Not seeded: ``/dev/urandom``, ``/proc/sys/kernel/random/uuid``, ``sort -R``, ``awk srand()``,
  ``openssl rand`` and ``$RANDOM`` in a child shell. On the wall clock: ``printf '%(...)T'``,
  ``find -mtime``/``-newermt``, ``awk systime()``, ``tar`` members. Not ordered: ``tar c``. ``ls``
  shows a file's time as that of the call that changed it.
- ``python3``, ``perl``, ``git``, ``nc``, ``vi`` and ``sudo`` are missing; ``curl``, ``wget`` and
  ``ssh`` always fail as without a network. ``cp -r DIR/. DEST`` makes ``DEST/DIR``.
- What the engine says of itself is replaced in a call's output, not in its pipes: ``history``
  begins with ``RANDOM=N``, ``--version | wc -c`` and the stubs in ``/bin`` can betray it.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType

from bashkit import Bash, get_version

from tempt.sandbox.base import (
    Entry,
    EntryKind,
    ExecResult,
    ExecStatus,
    Layout,
    Limits,
    SandboxEngineError,
    SandboxError,
    SandboxObstructedError,
    Snapshot,
    UnsupportedError,
    digest,
    sound,
)
from tempt.sandbox.machine import Machine
from tempt.sandbox.outcome import EngineResult, outcome
from tempt.sandbox.shells import SCRIPTS, Shell, ShellPool, ShellShape
from tempt.sandbox.system_commands import SYSTEM_FILES
from tempt.sandbox.tree import Node, Tree, is_full, parents

_ENGINE_PATHS = frozenset({"/proc", "/dev", "/bin", "/usr/bin"})
_FOLDER = Node(EntryKind.DIRECTORY, 0o755)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class VirtualSandbox:
    """One world inside this process.

    Args:
        layout: The world to open.
        limits: Bounds on what happens in it.
        pool: Where its shells come from.
    """

    def __init__(self, layout: Layout, limits: Limits, pool: ShellPool) -> None:
        self._layout = layout
        self._limits = limits
        self._pool = pool
        self._machine = Machine(layout)
        self._machine.owners = self._seeded_owners()
        self._known: dict[str, tuple[Node, Entry]] = {}
        self._around: dict[str, Node] | None = None
        self._untouched = True
        self._shell: Shell | None = None
        self._tree: Tree | None = None
        self._boot(self._seeds(), layout.absent)

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
            raise UnsupportedError(
                f"the virtual backend runs everything as {self._layout.user!r}, not as {user!r}; "
                "use a backend with the capability 'permissions'"
            )
        self._machine.begin_call()
        self._untouched = False
        if cwd is None:
            return self._call(command, timeout)
        before = self._open_shell().engine.shell_state().cwd
        entered = self._call(f"cd -- {shlex.quote(cwd)}", timeout)
        if entered.exit_code != 0:
            return entered
        result = self._call(command, timeout)
        if result.status is ExecStatus.EXITED:
            self._call(f"cd -- {shlex.quote(before)} || cd /", timeout)
        return result

    def read(self, path: str, limit: int) -> bytes:
        """The start of a file; see :class:`tempt.sandbox.base.Sandbox`."""
        return self._open_tree().read(sound(path))[:limit]

    def write(self, path: str, data: bytes, mode: int = 0o644, owner: str | None = None) -> None:
        """Put a file; see :class:`tempt.sandbox.base.Sandbox`."""
        self._open_tree().put(sound(path), data, mode)
        self._machine.owners[path] = owner or self._layout.user
        if not _inside(path, self._layout.roots):
            first = self._at_first()
            for parent in parents(path):
                first.setdefault(parent, _FOLDER)
            first[path] = Node(EntryKind.FILE, mode, data)

    def remove(self, path: str) -> None:
        """Take a file away; see :class:`tempt.sandbox.base.Sandbox`."""
        self._open_tree().drop(sound(path))
        if not _inside(path, self._layout.roots):
            self._at_first().pop(path, None)

    def snapshot(self, paths: Sequence[str] | None = None) -> Snapshot:
        """The world as it is now.

        A path below a linked directory is reported as what it resolves to; watch the link too
        where that matters. Around the roots, what is as it was at first or as a supervisor put it
        there is left out, and so are the engine's own things and its folders of commands.
        """
        tree = self._open_tree()
        if paths is not None:
            return self._record(tree.pick([sound(path) for path in paths]))
        differing, gone = self._differing_around()
        found = self._record([*tree.walk(self._layout.roots), *differing])
        table, now = self._machine.table(), self._machine.now
        return Snapshot(found.entries, found.contents, table, gone, now)

    def restore(self, snapshot: Snapshot) -> None:
        """Bring back a full snapshot; see :class:`tempt.sandbox.base.Sandbox`."""
        nodes = self._seeds(outside_roots=True) | {
            path: _node(path, entry, snapshot) for path, entry in snapshot.entries.items()
        }
        kept = ((path, entry.owner) for path, entry in snapshot.entries.items())
        self._machine.owners = self._seeded_owners() | {
            path: owner for path, owner in kept if owner is not None
        }
        for path in snapshot.gone:
            if path not in snapshot.entries:
                nodes.pop(path, None)
        self._machine.set_processes(snapshot.processes)
        self._around = None
        self._untouched = False
        self._boot(nodes, (*self._layout.absent, *snapshot.gone))

    def close(self) -> None:
        """Give the engine back."""
        shell, self._shell, self._tree = self._shell, None, None
        if shell is not None:
            self._pool.give_back(shell)

    def _open_shell(self) -> Shell:
        if self._shell is None:
            raise _closed()
        return self._shell

    def _open_tree(self) -> Tree:
        if self._tree is None:
            raise _closed()
        return self._tree

    def _seeds(self, *, outside_roots: bool = False) -> dict[str, Node]:
        layout = self._layout
        nodes = {path: Node(EntryKind.DIRECTORY, 0o755) for path in layout.directories}
        nodes[layout.home] = nodes[layout.cwd] = Node(EntryKind.DIRECTORY, 0o755)
        nodes |= {file.path: Node(EntryKind.FILE, file.mode, file.data) for file in layout.files}
        if not outside_roots:
            return nodes
        return {path: node for path, node in nodes.items() if not _inside(path, layout.roots)}

    def _walk_around(self, skip: Iterable[str] = ()) -> dict[str, Node]:
        """Everything outside ``skip`` that is not the engine's own.

        The engine's folders of commands are large and not looked into.
        """
        tree = self._open_tree()
        found = tree.walk(["/"], skip=_ENGINE_PATHS.union(skip))
        for folder, own in _engine_names().items():
            new = tree.listing(folder).keys() - own
            found += tree.walk(f"{folder}/{name}" for name in sorted(new)) if new else []
        return dict(found)

    def _differing_around(self) -> tuple[list[tuple[str, Node]], tuple[str, ...]]:
        """What stands around the roots that did not at first, and the paths of what is gone."""
        if self._untouched:
            return [], ()
        first, around = self._at_first(), self._walk_around(self._layout.roots)
        differing = [(path, node) for path, node in around.items() if first.get(path) != node]
        gone = (path for path, node in first.items() if not _same_kind(around.get(path), node))
        return differing, tuple(sorted(gone))

    def _at_first(self) -> dict[str, Node]:
        """What stands around the roots before anything has happened there."""
        if self._around is None:
            layout, seeds = self._layout, self._seeds()
            folders = {parent: _FOLDER for path in seeds for parent in parents(path)}
            first = {**folders, **_machine_files(layout.user, layout.hostname), **seeds}
            left_out = (*layout.roots, *layout.absent)
            self._around = {p: node for p, node in first.items() if not _inside(p, left_out)}
        return self._around

    def _seeded_owners(self) -> dict[str, str]:
        return {file.path: file.owner for file in self._layout.files}

    def _boot(self, nodes: Mapping[str, Node], absent: Sequence[str] = ()) -> None:
        try:
            shell = self._pool.take(self._shape(), self._machine)
            tree = Tree(shell.engine.fs())
            tree.allow(SCRIPTS)
            for path in absent:
                tree.clear(path)
            tree.complete(nodes)
            shell.engine.execute_sync(f"RANDOM={self._machine.random.randrange(32_768)}")
        except (OSError, RuntimeError, ValueError) as error:
            if is_full(error):
                raise SandboxObstructedError(f"no room left for a world: {error}") from error
            raise SandboxEngineError(
                f"the virtual backend could not open a world for {self._layout.hostname!r}: "
                f"{error}. Check the layout's paths; if descriptors are exhausted, close other "
                "sandboxes."
            ) from error
        self._shell, self._tree = shell, tree

    def _shape(self) -> ShellShape:
        layout = self._layout
        names = {"HOME": layout.home, "USER": layout.user, "LOGNAME": layout.user}
        env = {"PATH": _PATH, "LANG": "C.UTF-8", "SHELL": "/bin/bash", **names, **layout.env}
        return ShellShape(
            layout.user, layout.hostname, layout.cwd, tuple(env.items()), self._limits
        )

    def _call(self, command: str, timeout: float) -> ExecResult:
        shell = self._open_shell()
        self._open_tree().forget()
        # A lone surrogate can't be part of a command line anywhere; show it as a question mark.
        text = command.encode("utf-8", "replace").decode()
        shell.intact = False
        try:
            result = self._run(shell.engine, text, timeout)
        except Exception as error:
            raise _engine_failed(error) from error
        if fault := shell.answers.take_fault():
            raise _engine_failed(fault) from fault
        ended = outcome(result, self._limits.output_bytes)
        shell.intact = ended.status is ExecStatus.EXITED
        if not shell.intact:
            self._renew()
        return ended

    def _run(self, engine: Bash, text: str, timeout: float) -> EngineResult:
        if timeout >= self._limits.seconds:
            return engine.execute_sync(text)
        timer = threading.Timer(timeout, engine.cancel)
        timer.start()
        try:
            return engine.execute_sync(text)
        finally:
            timer.cancel()
            timer.join()
            engine.clear_cancel()

    def _renew(self) -> None:
        # A call that was broken off may have left jobs that would hold up every later one. In a
        # world filled to the brim there is no room for a second copy; then the shell stays.
        nodes = self._walk_around()
        first = self._at_first()
        gone = [path for path, node in first.items() if not _same_kind(nodes.get(path), node)]
        with suppress(SandboxError):
            self._boot(nodes, (*self._layout.absent, *gone))

    def _record(self, found: Iterable[tuple[str, Node]]) -> Snapshot:
        entries: dict[str, Entry] = {}
        contents: dict[str, bytes] = {}
        for path, node in found:
            owner = self._machine.owner(path)
            last = self._known.get(path)
            # Most are as they were last time, and need no new entry with a new digest.
            if last is None or last[0] != node or last[1].owner != owner:
                last = self._known[path] = node, _entry(node, owner)
            entry = entries[path] = last[1]
            if entry.sha256 and entry.size <= self._limits.file_bytes:
                contents[entry.sha256] = node.data
        return Snapshot(entries, contents)


class VirtualProvider:
    """Opens worlds inside this process.

    Args:
        limits: Bounds that every world gets.
    """

    name = "virtual"
    capabilities: frozenset[str] = frozenset()

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._pool = ShellPool()

    def open(self, layout: Layout) -> VirtualSandbox:
        """A live sandbox holding ``layout``."""
        return VirtualSandbox(layout, self._limits, self._pool)

    def fingerprint(self) -> str:
        """The backend and its engine's version."""
        return f"virtual/bashkit-{get_version()}"


@lru_cache(maxsize=64)
def _machine_files(user: str, hostname: str) -> Mapping[str, Node]:
    """What the engine and we put around every world of that user and name."""
    files: dict[str, str | Callable[[], str]] = {**SYSTEM_FILES}
    shell = Bash(username=user, hostname=hostname, files=files)
    return MappingProxyType(dict(Tree(shell.fs()).walk(["/"], skip=_ENGINE_PATHS)))


@lru_cache(maxsize=1)
def _engine_names() -> Mapping[str, frozenset[str]]:
    """What the engine and we have in those of its folders that are small."""
    files: dict[str, str | Callable[[], str]] = {**SYSTEM_FILES}
    tree = Tree(Bash(files=files).fs())
    return MappingProxyType({path: frozenset(tree.listing(path)) for path in ("/dev", "/proc")})


def _same_kind(found: Node | None, node: Node) -> bool:
    return found is not None and found.kind is node.kind


def _closed() -> SandboxEngineError:
    return SandboxEngineError("this sandbox is closed; open another one")


def _engine_failed(error: Exception) -> SandboxEngineError:
    return SandboxEngineError(
        f"the virtual backend failed to run a command: {error!r}. "
        "Close this sandbox and open another one."
    )


def _entry(node: Node, owner: str) -> Entry:
    has_content = node.kind in {EntryKind.FILE, EntryKind.SYMLINK}
    sha256 = digest(node.data) if has_content else ""
    return Entry(node.kind, node.mode, owner, len(node.data), sha256)


def _node(path: str, entry: Entry, snapshot: Snapshot) -> Node:
    if entry.kind is EntryKind.DIRECTORY or entry.sha256 == "":
        return Node(entry.kind, entry.mode)
    data = snapshot.contents.get(entry.sha256)
    if data is None:
        raise SandboxEngineError(
            f"can't restore {path!r}: its content was too large to be kept in the snapshot; "
            "raise Limits.file_bytes"
        )
    return Node(entry.kind, entry.mode, data)


def _inside(path: str, roots: Sequence[str]) -> bool:
    return f"{path}/".startswith(_prefixes(tuple(roots)))


@lru_cache(maxsize=64)
def _prefixes(roots: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{root.rstrip('/')}/" for root in roots)
