"""What is kept while a text is read: one stack of things to do, and one budget for all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tempt.monitors.shell.heredocs import without_bodies
from tempt.monitors.shell.model import Act, ParsedCommand, SimpleCommand
from tempt.monitors.shell.places import absolute, placed
from tempt.monitors.shell.redirects import Redirects
from tempt.monitors.shell.syntax import MAX_TEXT, shell_syntax
from tempt.monitors.shell.words import Scope

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 6
_NO_REDIRECTS = Redirects()
_MAX_VISITS = 20_000
_MAX_COMMANDS = 2_000
_MAX_TEXTS = 48


@dataclass(slots=True)
class Pipe:
    """What flows from one command to the next.

    Attributes:
        text: What is printed, if known.
        makers: Names of the programs that it went through.
        fetched: Addresses that it came from.
    """

    text: str | None = None
    makers: tuple[str, ...] = ()
    fetched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Where something stands.

    Attributes:
        scope: What names stand for.
        via: What it was reached through.
        depth: How many texts and functions deep.
        stdin: What flows in.
        stdout: What flows out.
        redirects: Redirections of what is around it.
    """

    scope: Scope
    via: tuple[str, ...] = ()
    depth: int = 0
    stdin: Pipe | None = None
    stdout: Pipe | None = None
    redirects: Redirects = _NO_REDIRECTS

    def within(self, *via: str, scope: Scope | None = None) -> Frame:
        """The frame of a text or function that is run from here: nothing flows in or out."""
        return Frame(scope or self.scope, (*self.via, *via), self.depth + 1)

    def given(self, more: Redirects) -> Frame:
        """This frame with more redirections; a here-document takes the pipe's place."""
        redirects = self.redirects.with_more(more)
        if more.text is None:
            return replace(self, redirects=redirects)
        return replace(self, redirects=redirects, stdin=Pipe(more.text, ("heredoc",)))

    @property
    def piped(self) -> str | None:
        """The text that flows in, if known."""
        return self.stdin.text if self.stdin is not None else None


@dataclass(slots=True)
class Reading:
    """The state of one reading.

    Attributes:
        visit: How a node is read.
        commands: Found so far.
        functions: Bodies of functions by name.
        called: Functions that were called.
        unparsed: Characters that were not understood or not looked at.
        branches: Loops, conditions, functions and programs in other languages.
        folder: Where the text has gone to with ``cd``.
    """

    visit: Callable[[Node, Frame, Reading], None]
    commands: list[SimpleCommand] = field(default_factory=list)
    functions: dict[str, Node] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    unparsed: int = 0
    branches: int = 0
    folder: str = ""
    _waiting: list[Callable[[Reading], None]] = field(default_factory=list)
    _texts: int = _MAX_TEXTS
    _visits: int = _MAX_VISITS

    def push(self, job: Callable[[Reading], None]) -> None:
        """Have ``job`` done next."""
        self._waiting.append(job)

    def push_all(self, jobs: Sequence[Callable[[Reading], None]]) -> None:
        """Have ``jobs`` done next, in order."""
        self._waiting.extend(reversed(jobs))

    def work(self) -> None:
        """Do all that waits, as far as the budget goes."""
        while self._waiting and self._visits and len(self.commands) < _MAX_COMMANDS:
            self._visits -= 1
            self._waiting.pop()(self)
        self.unparsed += len(self._waiting)
        self._waiting.clear()

    def push_node(self, node: Node, frame: Frame) -> None:
        """Have ``node`` read next."""
        self.push(partial(self.visit, node, frame))

    def push_text(self, text: str, frame: Frame) -> None:
        """Have a program of its own read next; one too many counts as not parsed."""
        if not self.may_read(text, frame.depth):
            return
        kept = without_bodies(text[:MAX_TEXT])
        syntax = shell_syntax(kept.text)
        self.unparsed += syntax.unparsed + len(text[MAX_TEXT:])
        frame.scope.bodies.update(kept.bodies)
        self.push_node(syntax.root, frame)

    def may_read(self, text: str, depth: int) -> bool:
        """Whether one more text may be read; one that may not counts as not parsed."""
        if not self._texts or depth > MAX_DEPTH:
            self.unparsed += len(text)
            return False
        self._texts -= 1
        return True

    def add(self, words: Sequence[str], acts: Sequence[Act], via: tuple[str, ...]) -> None:
        """Note a command."""
        there = tuple(placed(act, self.folder) for act in acts)
        self.commands.append(SimpleCommand(tuple(words), there, via))

    def go_to(self, folder: str) -> None:
        """What comes is seen from ``folder``."""
        self.folder = absolute(folder, self.folder)

    @property
    def result(self) -> ParsedCommand:
        """What was found."""
        return ParsedCommand(tuple(self.commands), self.unparsed, self.branches)
