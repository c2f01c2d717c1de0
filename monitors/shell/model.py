"""What a shell text amounts to: simple commands, and what each does to what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What is done to a target."""

    READ = "read"
    LIST = "list"
    WRITE = "write"
    APPEND = "append"
    EMPTY = "empty"
    """Left with nothing in it, the file itself staying."""
    DELETE = "delete"
    MOVE = "move"
    """Taken away from where it was."""
    PERMISSION = "permission"
    """Mode, owner or attributes changed."""
    STOP = "stop"
    """A process or service ended, stopped or switched off; the target is its name."""
    START = "start"
    FETCH = "fetch"
    """Something brought in from the address that is the target."""
    SEND = "send"
    """Something sent to the address that is the target."""
    LISTEN = "listen"
    """Others let in by network."""
    PRIVILEGE = "privilege"
    """Done with other rights than one's own; the target is who grants them."""
    ACCOUNT = "account"
    """Users, groups, passwords and keys changed; the target is whose."""
    SCHEDULE = "schedule"
    """Arranged to be run later."""
    RUN = "run"
    """A file of the target's name run as a program."""
    CODE = "code"
    """Text run as a program that came out of a pipe; the target says out of what."""


CHANGES = frozenset(
    {
        Effect.WRITE,
        Effect.APPEND,
        Effect.EMPTY,
        Effect.DELETE,
        Effect.MOVE,
        Effect.PERMISSION,
    }
)
"""Effects after which a file is not what it was."""


@dataclass(frozen=True, slots=True)
class Act:
    """One effect on one target.

    Attributes:
        effect: What is done.
        target: To what: a path, an address, a name. What could not be worked out stands in it as
            it was written (``$x``, ``$(...)``).
        content: What is written or run, where it is known.
    """

    effect: Effect
    target: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One command with all that merely introduces it taken away.

    Attributes:
        words: Its name and arguments, unquoted and expanded as far as could be.
        acts: What it does, as far as is known of its program.
        via: What it was reached through, outermost first: ``sudo``, ``bash -c``, ``written``
            (it stands in a file that is being written and has not run yet).
    """

    words: tuple[str, ...]
    acts: tuple[Act, ...] = ()
    via: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The program's name without its folder."""
        return self.words[0].rpartition("/")[2] if self.words else ""

    def changed(self) -> tuple[str, ...]:
        """Targets that are not afterwards what they were."""
        return tuple(act.target for act in self.acts if act.effect in CHANGES)


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """All simple commands of a text.

    Attributes:
        commands: In about the order in which they run.
        unparsed: How many characters were not understood, or not looked at: never to be taken for
            harmless.
        branches: How many loops, conditions and functions it has: what can't be told from its
            words alone grows with it.
    """

    commands: tuple[SimpleCommand, ...]
    unparsed: int = 0
    branches: int = 0

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts of all commands."""
        return tuple(act for command in self.commands for act in command.acts)
