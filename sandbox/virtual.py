"""The embedded backend: a shell and its files inside this process, with no host underneath."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from bashkit import Bash, BuiltinContext, BuiltinResult, ExecutionProfile, get_version
from bashkit import ExecResult as EngineResult

from tempt.sandbox.base import (
    Entry,
    EntryKind,
    ExecResult,
    ExecStatus,
    Layout,
    Limits,
    SandboxEngineError,
    Snapshot,
    UnsupportedError,
    clip,
    digest,
)
from tempt.sandbox.commands import COMMANDS, Command
from tempt.sandbox.machine import Machine
from tempt.sandbox.tree import Node, Tree, texts

_LOOP_LIMIT = 100_000
_SYNTAX_ERROR = 2
_PARSE_ERROR = re.compile(r"parse error at line (\d+), column \d+: (.*)", re.DOTALL)
_TIMED_OUT = ("resource limit exceeded: execution timeout", "execution cancelled")
_OVER_LIMIT = ("resource limit exceeded", "execution error: budget")
_HINT = re.compile(r"(: command not found)\. Did you mean: [^\n]*")
_ENGINE_PATHS = frozenset({"/proc", "/dev", "/bin", "/usr/bin"})


def _run(command: Command, machine: Machine, context: BuiltinContext) -> BuiltinResult:
    reply = command(machine, context)
    return BuiltinResult(reply.stdout, reply.stderr, reply.exit_code)


class VirtualSandbox:
    """One world inside this process.

    Args:
        layout: The world to open.
        limits: Bounds on what happens in it.
    """

    def __init__(self, layout: Layout, limits: Limits) -> None:
        self._layout = layout
        self._limits = limits
        self._machine = Machine(layout)
        self._builtins = {
            name: partial(_run, command, self._machine) for name, command in COMMANDS.items()
        }
        self._machine.owners.update((file.path, file.owner) for file in layout.files)
        self._shell: Bash | None = None
        self._boot(self._seeds())

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
        if cwd is None:
            return self._call(command, timeout)
        before = self._open_shell().shell_state().cwd
        entered = self._call(f"cd -- {shlex.quote(cwd)}", timeout)
        if entered.exit_code != 0:
            return entered
        result = self._call(command, timeout)
        if result.status is ExecStatus.EXITED:
            self._call(f"cd -- {shlex.quote(before)} || cd /", timeout)
        return result

    def read(self, path: str, limit: int) -> bytes:
        """The start of a file; see :class:`tempt.sandbox.base.Sandbox`."""
        return self._tree().read(path)[:limit]

    def write(self, path: str, data: bytes, mode: int = 0o644, owner: str | None = None) -> None:
        """Put a file; see :class:`tempt.sandbox.base.Sandbox`."""
        self._tree().put(path, data, mode)
        self._machine.owners[path] = owner or self._layout.user

    def remove(self, path: str) -> None:
        """Take a file away; see :class:`tempt.sandbox.base.Sandbox`."""
        self._tree().drop(path)

    def snapshot(self, paths: Sequence[str] | None = None) -> Snapshot:
        """The world as it is now.

        A path below a linked directory is reported as what it resolves to; watch the link too
        where that matters.
        """
        tree = self._tree()
        if paths is not None:
            return self._record(tree.pick(paths), ())
        return self._record(tree.walk(self._layout.roots), self._machine.table())

    def restore(self, snapshot: Snapshot) -> None:
        """Bring back a full snapshot; see :class:`tempt.sandbox.base.Sandbox`."""
        nodes = self._seeds(outside_roots=True) | {
            path: _node(path, entry, snapshot) for path, entry in snapshot.entries.items()
        }
        owners = ((path, entry.owner) for path, entry in snapshot.entries.items())
        self._machine.owners = {path: owner for path, owner in owners if owner is not None}
        self._machine.set_processes(snapshot.processes)
        self._boot(nodes)

    def close(self) -> None:
        """Let go of the engine."""
        self._shell = None

    def _open_shell(self) -> Bash:
        if self._shell is None:
            raise SandboxEngineError("this sandbox is closed; open another one")
        return self._shell

    def _tree(self) -> Tree:
        return Tree(self._open_shell().fs())

    def _seeds(self, *, outside_roots: bool = False) -> dict[str, Node]:
        layout = self._layout
        nodes = {path: Node(EntryKind.DIRECTORY, 0o755) for path in layout.directories}
        nodes[layout.home] = nodes[layout.cwd] = Node(EntryKind.DIRECTORY, 0o755)
        nodes |= {file.path: Node(EntryKind.FILE, file.mode, file.data) for file in layout.files}
        if not outside_roots:
            return nodes
        return {path: node for path, node in nodes.items() if not _inside(path, layout.roots)}

    def _boot(self, nodes: Mapping[str, Node]) -> None:
        layout, limits = self._layout, self._limits
        planted = texts(nodes)
        try:
            self._shell = Bash(
                username=layout.user,
                hostname=layout.hostname,
                cwd=layout.cwd,
                env={"HOME": layout.home, **layout.env},
                max_commands=limits.commands,
                max_loop_iterations=_LOOP_LIMIT,
                max_memory=limits.memory_bytes,
                timeout_seconds=limits.seconds,
                files=planted,
                custom_builtins=self._builtins,
                profile=ExecutionProfile.Interactive,
            )
            Tree(self._shell.fs()).complete(nodes, planted)
            self._shell.execute_sync(f"RANDOM={self._machine.random.randrange(32768)}")
        except (OSError, RuntimeError, ValueError) as error:
            raise SandboxEngineError(
                f"the virtual backend could not open a world for {layout.hostname!r}: {error}. "
                "Check the layout's paths; if files are exhausted, close sandboxes or raise the limit."
            ) from error

    def _call(self, command: str, timeout: float) -> ExecResult:
        shell = self._open_shell()
        try:
            with self._deadline(shell, timeout):
                result = shell.execute_sync(command)
        except UnicodeEncodeError:
            return self._call(command.encode("utf-8", "replace").decode(), timeout)
        except Exception as error:  # noqa: BLE001 - the engine documents no exception types
            raise SandboxEngineError(
                f"the virtual backend failed to run a command: {error!r}. Close this sandbox and "
                "open another one."
            ) from error
        return self._outcome(result)

    @contextmanager
    def _deadline(self, shell: Bash, timeout: float) -> Iterator[None]:
        if timeout >= self._limits.seconds:
            yield
            return
        timer = threading.Timer(timeout, shell.cancel)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            shell.clear_cancel()

    def _outcome(self, result: EngineResult) -> ExecResult:
        error = result.error or ""
        if error.startswith(_TIMED_OUT):
            self._renew()
            return self._clipped(result, "", None, ExecStatus.TIMEOUT)
        if error.startswith(_OVER_LIMIT):
            self._renew()
            return self._clipped(result, f"bash: {error.rpartition(': ')[2]}\n", None, ExecStatus.LIMIT)
        if syntax := _PARSE_ERROR.fullmatch(error):
            stderr = f"bash: line {syntax[1]}: {syntax[2]}\n"
            return self._clipped(result, stderr, _SYNTAX_ERROR, ExecStatus.EXITED)
        return self._clipped(result, result.stderr, result.exit_code, ExecStatus.EXITED)

    def _clipped(
        self, result: EngineResult, stderr: str, exit_code: int | None, status: ExecStatus
    ) -> ExecResult:
        out, out_cut = clip(_plain(result.stdout), self._limits.output_bytes)
        err, err_cut = clip(_plain(stderr), self._limits.output_bytes)
        cut = out_cut or err_cut or result.stdout_truncated or result.stderr_truncated
        return ExecResult(out, err, exit_code, status, cut)

    def _renew(self) -> None:
        # A call that was broken off may have left jobs that would hold up every later one.
        nodes = dict(self._tree().walk(["/"], skip=_ENGINE_PATHS))
        self._boot(nodes)

    def _record(
        self, found: Iterable[tuple[str, Node]], processes: tuple
    ) -> Snapshot:
        entries: dict[str, Entry] = {}
        contents: dict[str, bytes] = {}
        owner = self._machine.owner
        for path, node in found:
            sha256 = ""
            if node.kind in {EntryKind.FILE, EntryKind.SYMLINK}:
                sha256 = digest(node.data)
                if len(node.data) <= self._limits.file_bytes:
                    contents[sha256] = node.data
            entries[path] = Entry(node.kind, node.mode, owner(path), len(node.data), sha256)
        return Snapshot(entries, contents, processes)


class VirtualProvider:
    """Opens worlds inside this process.

    Args:
        limits: Bounds that every world gets.
    """

    name = "virtual"
    capabilities: frozenset[str] = frozenset()

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def open(self, layout: Layout) -> VirtualSandbox:
        """A live sandbox holding ``layout``."""
        return VirtualSandbox(layout, self._limits)

    def fingerprint(self) -> str:
        """The backend and its engine's version."""
        return f"virtual/bashkit-{get_version()}"


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


def _inside(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def _plain(text: str) -> str:
    return _HINT.sub(r"\1", text) if "Did you mean" in text else text
