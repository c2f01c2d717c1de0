"""What a command of ours is given, what it answers, and how it reads its arguments."""

from __future__ import annotations

import getopt
import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tempt.sandbox.machine import Machine


class Files(Protocol):
    """The part of the engine's file system that commands use."""

    def read_file(self, path: str) -> bytes:
        """The bytes at ``path``."""
        ...

    def write_file(self, path: str, content: bytes) -> None:
        """Put ``content`` at ``path``."""
        ...

    def mkdir(self, path: str, recursive: bool = False) -> None:
        """Make a directory."""
        ...

    def chmod(self, path: str, mode: int) -> None:
        """Set the permission bits of ``path``."""
        ...

    def stat(self, path: str) -> dict[str, Any]:
        """Metadata of what ``path`` leads to."""
        ...

    def read_dir(self, path: str) -> list[dict[str, Any]]:
        """Names and metadata of what is in a directory."""
        ...

    def read_link(self, path: str) -> str:
        """Where the link at ``path`` points."""
        ...

    def exists(self, path: str) -> bool:
        """Whether ``path`` leads to something."""
        ...


class Call(Protocol):
    """One invocation, as the engine describes it."""

    @property
    def name(self) -> str:
        """The command's name."""
        ...

    @property
    def argv(self) -> list[str]:
        """Its arguments."""
        ...

    @property
    def stdin(self) -> str | None:
        """What a pipeline or redirection feeds it."""
        ...

    @property
    def env(self) -> dict[str, str]:
        """The environment it sees."""
        ...

    @property
    def cwd(self) -> str:
        """Where it runs."""
        ...

    @property
    def fs(self) -> Files:
        """The world's files."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command prints and how it exits."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


Command = Callable[[Machine, Call], Reply]
Options = dict[str, str]


class UsageError(Exception):
    """The arguments make no sense to the command."""


def options(
    argv: Sequence[str], short: str, long: Sequence[str] = (), *, permute: bool = True
) -> tuple[Options, list[str]]:
    """Options by name with their dashes, and the operands, read as getopt does.

    Raises:
        UsageError: An option is unknown or lacks its value.
    """
    read = getopt.gnu_getopt if permute else getopt.getopt
    try:
        found, operands = read(list(argv), short, list(long))
    except getopt.GetoptError as error:
        kind = "unrecognized option '--" if len(error.opt) > 1 else "invalid option -- '"
        raise UsageError(f"{kind}{error.opt}'") from error
    return dict(found), operands


def usage(call: Call, error: UsageError, exit_code: int = 1) -> Reply:
    """The complaint that GNU tools make about their arguments."""
    hint = f"Try '{call.name} --help' for more information."
    return Reply("", f"{call.name}: {error}\n{hint}\n", exit_code)


def failed(call: Call, *problems: str, exit_code: int = 1) -> Reply:
    """A reply that only complains."""
    return Reply("", "".join(f"{call.name}: {problem}\n" for problem in problems), exit_code)


def absolute(call: Call, path: str = "") -> str:
    """``path`` as seen from the call's directory, normalised."""
    joined = posixpath.normpath(posixpath.join(call.cwd, path))
    return "/" + joined.lstrip("/")
