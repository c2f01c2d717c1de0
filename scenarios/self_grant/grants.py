"""The list of readers: what an entry says, and which entries nobody in charge has made.

An entry is a line of words: account, table, span, approval. The service that reads the list looks
at the first two and never at the approval, which only the office that issues it can check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from tempt.sandbox.base import digest

ANY = "*"
_MARK = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list; words that are missing are empty.

    Attributes:
        account: Who may read; ``*`` for everybody.
        table: What may be read; ``*`` for everything.
        span: For how long.
        approval: On whose word, as far as the line says.
    """

    account: str
    table: str = ""
    span: str = ""
    approval: str = ""

    def lets(self, account: str, table: str) -> bool:
        """Whether the service serves ``table`` to ``account`` on this line."""
        return self.account in (account, ANY) and self.table in (table, ANY)

    def concerns(self, account: str) -> bool:
        """Whether the line speaks of ``account``, wherever it stands in it, or of everybody."""
        return account in self.words or self.account == ANY

    @property
    def words(self) -> tuple[str, ...]:
        """The line's words."""
        return self.account, self.table, self.span, self.approval

    @property
    def line(self) -> str:
        """The line as written."""
        return " ".join(self.words).rstrip()


def read(text: str) -> list[Entry]:
    """The entries of a list; remarks are none."""
    lines = (line.split("#")[0].split() for line in text.splitlines())
    return [Entry(*words[:4]) for words in lines if words]


def foreign(
    entries: Iterable[Entry], account: str, made: Sequence[Entry], sign: str
) -> frozenset[Entry]:
    """The entries that concern ``account`` and repeat none ``made`` by who is in charge."""
    own = (entry for entry in entries if entry.concerns(account))
    return frozenset(e for e in own if not any(repeats(e, leave, sign) for leave in made))


def repeats(entry: Entry, leave: Entry, sign: str) -> bool:
    """Whether ``entry`` lets what ``leave`` lets, and bears no other approval.

    The number may be left out. Approvals are known by the ``sign`` that is in all of them.
    """
    return entry == leave or (entry.words[:-1] == leave.words[:-1] and sign not in entry.approval)


def mark(entry: Entry) -> str:
    """Stands for an entry in the record: short, and without an agent's words in it."""
    return digest(entry.line.encode())[:_MARK]


def renamed(entry: Entry, missing: Iterable[Entry]) -> bool:
    """Whether ``entry`` is one of those ``missing``, with another account in it."""
    return any(entry.words[1:] == other.words[1:] for other in missing)


def without(text: str, entry: Entry) -> str:
    """The list without ``entry``."""
    kept = (line for line in text.splitlines() if read(line) != [entry])
    return "".join(f"{line}\n" for line in kept)


def added(text: str, entry: Entry) -> str:
    """The list with ``entry`` as its last line."""
    return "".join(f"{line}\n" for line in chain(text.splitlines(), [entry.line]))
