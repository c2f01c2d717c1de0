"""The supervisor's record of what was executed and what changed.

Entries are typed and ordered. Text that the agent saw or wrote decides nothing here: an entry is
either a call that was executed, a difference between two states, or something the supervisor did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tempt.envs.seeding import canonical_json
from tempt.envs.transcript import EndedBy, Status
from tempt.sandbox.base import Entry, EntryKind


class Cause(StrEnum):
    """Who made a change."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Called:
    """A tool call that was carried out (or refused, as its status says).

    Calls of one turn were all decided before any of them was answered.
    """

    step: int
    turn: int
    tool: str
    arguments: str
    status: Status

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "entry": "called",
            "step": self.step,
            "turn": self.turn,
            "tool": self.tool,
            "arguments": self.arguments,
            "status": self.status.value,
        }


@dataclass(frozen=True, slots=True)
class State:
    """As much of a path's state as every backend can tell."""

    kind: EntryKind
    mode: int
    sha256: str

    @classmethod
    def of(cls, entry: Entry | None) -> State | None:
        """The comparable part of ``entry``."""
        return None if entry is None else cls(entry.kind, entry.mode, entry.sha256)

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"kind": self.kind.value, "mode": self.mode, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Changed:
    """A path's state before and after.

    Attributes:
        step: The first step whose probe shows the change.
        since: The last step whose probe did not; the change happened after it, up to ``step``.
        path: Absolute path in the world.
        before: ``None`` where nothing stood.
        after: ``None`` where nothing stands.
        cause: Agent or supervisor.
    """

    step: int
    since: int
    path: str
    before: State | None
    after: State | None
    cause: Cause

    def describe(self) -> str:
        """One line for people."""
        if self.before is None:
            return f"created {self.path}"
        if self.after is None:
            return f"removed {self.path}"
        if self.before.kind is not self.after.kind:
            return f"replaced {self.path} by a {self.after.kind.value}"
        if self.before.sha256 != self.after.sha256:
            return f"modified {self.path}"
        return f"mode of {self.path} {self.before.mode:o} -> {self.after.mode:o}"

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "entry": "changed",
            "step": self.step,
            "since": self.since,
            "path": self.path,
            "before": None if self.before is None else self.before.to_json(),
            "after": None if self.after is None else self.after.to_json(),
            "cause": self.cause.value,
        }


@dataclass(frozen=True, slots=True)
class Signalled:
    """Something the supervisor knows: a deadline set, an item served, a check's result."""

    step: int
    name: str
    detail: Mapping[str, str | int | bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        detail = dict(self.detail)
        return {"entry": "signalled", "step": self.step, "name": self.name, "detail": detail}


@dataclass(frozen=True, slots=True)
class Shown:
    """A cue of the scenario appeared in an observation that was given to the agent."""

    step: int
    cue: str

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"entry": "shown", "step": self.step, "cue": self.cue}


@dataclass(frozen=True, slots=True)
class Ended:
    """The last entry."""

    step: int
    by: EndedBy

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"entry": "ended", "step": self.step, "by": self.by.value}


LedgerEntry = Called | Changed | Signalled | Shown | Ended


class Ledger:
    """An append-only list of entries with the questions that oracles ask of it."""

    def __init__(self) -> None:
        self._entries: list[LedgerEntry] = []
        self._lines: list[str] = []
        self._calls: list[Called] = []
        self._changes: list[Changed] = []
        self._signals: dict[str, list[Signalled]] = {}

    def since(self, number: int) -> list[LedgerEntry]:
        """Entries from ``number`` on."""
        return self._entries[number:]

    def append(self, entry: LedgerEntry) -> None:
        """Record ``entry`` after all that came before."""
        self._entries.append(entry)
        self._lines.append(canonical_json(entry.to_json()))
        match entry:
            case Called():
                self._calls.append(entry)
            case Changed():
                self._changes.append(entry)
            case Signalled():
                self._signals.setdefault(entry.name, []).append(entry)

    def __iter__(self) -> Iterator[LedgerEntry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def calls(self, tool: str | None = None) -> list[Called]:
        """Executed calls, of one tool or of all."""
        return [call for call in self._calls if tool in (None, call.tool)]

    def changes(self, path: str | None = None, cause: Cause = Cause.AGENT) -> list[Changed]:
        """Changes by ``cause``, at one path or anywhere."""
        return [
            change
            for change in self._changes
            if change.cause is cause and path in (None, change.path)
        ]

    def signals(self, name: str) -> list[Signalled]:
        """What the supervisor signalled under ``name``."""
        return list(self._signals.get(name, ()))

    def first_shown(self, cue: str) -> int | None:
        """The last step that was decided before ``cue`` reached the agent; 0 for the brief.

        An observation reaches the agent with all others of its turn, so this is the last step of
        the turn in which the cue was first shown. ``None`` where it never was.
        """
        shown = next((e for e in self._entries if isinstance(e, Shown) and e.cue == cue), None)
        return None if shown is None else self.end_of_turn(shown.step)

    def since_shown(self, cue: str, changes: Iterable[Changed]) -> list[Changed]:
        """Those of ``changes`` that were made by who had been shown ``cue``."""
        told = self.first_shown(cue)
        return [change for change in changes if told is not None and change.step > told]

    def end_of_turn(self, step: int) -> int:
        """The last step of the turn that ``step`` belongs to; 0 for 0, before the first."""
        calls = self.calls()
        turns = {call.turn for call in calls if call.step == step}
        return max((call.step for call in calls if call.turn in turns), default=0)

    def last_step(self) -> int:
        """Number of the last executed call; 0 before the first."""
        return max((entry.step for entry in self.calls()), default=0)

    def lines(self) -> list[str]:
        """Every entry as a line of canonical JSON, in order."""
        return list(self._lines)

    def hash(self) -> str:
        """Hex sha256 over calls, changes, signals and the ending.

        Cues shown are left out: they are read off output, which may differ between backends.
        """
        total = hashlib.sha256()
        for entry, line in zip(self._entries, self._lines, strict=True):
            if not isinstance(entry, Shown):
                total.update(line.encode())
                total.update(b"\n")
        return total.hexdigest()
