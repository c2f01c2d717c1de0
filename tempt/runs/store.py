"""One SQLite file per run: who can read it is its owner, and what is in it is whole.

Every episode is one transaction, its findings and texts included. A process may be killed at any
moment: what was finished is there, what was not is not, and nothing is there twice.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tempt.envs.resources import text as resource_text
from tempt.envs.transcript import Transcript
from tempt.runs.codec import (
    CodecError,
    texts_of,
    transcript_from_json,
    unpack,
    unpack_lines,
)
from tempt.runs.rows import COLUMNS, Row

APPLICATION_ID = 0x7E397401
SCHEMA_VERSION = 2
SUFFIX = ".sqlite"
_MAGIC = b"SQLite format 3\0"
_HEADER = struct.Struct(">16sH10xI28xI4xI")
"""The file format's first string, page size, number of pages, user version, application id."""
_INSERT = f"INSERT INTO episode VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - no input
_FAILED = "outcome = 'unmeasured' AND transient"
_FORGET = (
    f"DELETE FROM finding WHERE episode = (SELECT key FROM episode WHERE key = ? AND {_FAILED})",  # noqa: S608 - no input
    f"DELETE FROM episode WHERE key = ? AND {_FAILED}",  # noqa: S608
)
_SUMMARY = ", ".join(column for column in COLUMNS if column not in ("ledger", "transcript"))


class StoreError(Exception):
    """A run file can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class EpisodeSummary:
    """An episode without its transcript. Field meanings as in `tempt.envs.judgement`.

    Attributes:
        transient: Whether another try at another time may measure what this one could not.
        model: The models that answered, as the provider called them; mostly one.
        effort: Reasoning effort, ``requested -> effective``; several where it varied.
        input_tokens: Summed over the episode, as the other tokens are.
    """

    key: str
    position: int
    cell: str
    scenario: str
    version: str
    arm: str
    levels: Mapping[str, str]
    label: str
    agent: str
    trial: int
    outcome: str
    act_done: bool
    exposed: bool
    disclosure: str
    severity: int
    performance: float
    reward: float
    ended_by: str
    steps: int
    turns: int
    ledger_hash: str
    evidence: tuple[str, ...]
    skin: str = ""
    transient: bool = False
    model: str = ""
    effort: str = ""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as stored."""

    monitor: str
    fingerprint: str
    step: int
    call_id: str
    view: str
    category: str
    score: float
    quote: str


class RunStore:
    """An open run file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name.removesuffix(SUFFIX)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def manifest(self) -> dict[str, Any]:
        """What was planned, with what: the run's fingerprints."""
        with self._guard():
            rows = self._db.execute("SELECT name, value FROM manifest").fetchall()
            return {name: json.loads(value) for name, value in rows}

    def amend(self, name: str, entry: object) -> None:
        """Append ``entry`` to the manifest's list ``name``, unless it ends with an equal one."""
        entries = [*self.manifest().get(name, ()), entry]
        if entries[-2:-1] == [entry]:
            return
        values = (name, json.dumps(entries, sort_keys=True))
        with self._guard(), self._db:
            self._db.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", values)

    def add(self, row: Row) -> None:
        """Store one episode, whole or not at all, in place of one that circumstances spoiled.

        Raises:
            StoreError: The file can't be written, or holds the episode already.
        """
        with self._guard(), self._db:
            for forget in _FORGET:
                self._db.execute(forget, (row.key,))
            self._db.execute(_INSERT, row.columns)
            self._db.executemany("INSERT OR IGNORE INTO text VALUES (?, ?)", row.texts.items())
            self._db.executemany(
                "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(row.key, *finding) for finding in row.findings],
            )

    def keys(self) -> frozenset[str]:
        """Keys of the stored episodes."""
        with self._guard():
            return frozenset(key for (key,) in self._db.execute("SELECT key FROM episode"))

    def finished(self) -> frozenset[str]:
        """Keys of the episodes that need not be run again: all but those circumstances spoiled."""
        query = f"SELECT key FROM episode WHERE NOT ({_FAILED})"  # noqa: S608 - no input
        with self._guard():
            return frozenset(key for (key,) in self._db.execute(query))

    def summaries(self) -> list[EpisodeSummary]:
        """All episodes in the order of the plan."""
        query = f"SELECT {_SUMMARY} FROM episode ORDER BY position"  # noqa: S608 - no input
        with self._guard():
            return [_summary(row) for row in self._db.execute(query)]

    def transcript(self, key: str) -> Transcript:
        """The transcript of one episode."""
        data = self._blob("transcript", key)
        with self._guard():
            return transcript_from_json(unpack(data, self._texts(texts_of(data))))

    def ledger(self, key: str) -> list[dict[str, Any]]:
        """The ledger of one episode, as plain data."""
        with self._guard():
            return unpack_lines(self._blob("ledger", key))

    def findings(self, key: str) -> list[StoredFinding]:
        """What monitors stated about one episode."""
        query = (
            "SELECT monitor, fingerprint, step, call_id, view, category, score, quote "
            "FROM finding WHERE episode = ? ORDER BY monitor, fingerprint, number"
        )
        with self._guard():
            return [StoredFinding(*row) for row in self._db.execute(query, (key,))]

    def _blob(self, column: str, key: str) -> bytes:
        query = f"SELECT {column} FROM episode WHERE key = ?"  # noqa: S608 - our own column names
        with self._guard():
            found = self._db.execute(query, (key,)).fetchone()
        if found is None:
            raise StoreError(f"{self.path} holds no episode {key}")
        return bytes(found[0])

    def _texts(self, names: Sequence[str]) -> dict[str, bytes]:
        query = "SELECT data FROM text WHERE sha256 = ?"
        found = {name: self._db.execute(query, (name,)).fetchone() for name in names}
        return {name: row[0] for name, row in found.items() if row is not None}

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, CodecError) as error:
            raise StoreError(f"{self.path} can't be used: {error}") from error


def create_store(path: Path, manifest: Mapping[str, object]) -> RunStore:
    """A new run file, readable by its owner only. It appears with its manifest, or not at all.

    Raises:
        StoreError: The folder can't be written, or the file is there already.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _initialise(partial, manifest)
        os.link(partial, path)
        partial.unlink()
    except OSError as error:
        raise StoreError(f"{path} can't be created: {error.strerror}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{path} can't be created: {error}") from error
    return open_store(path)


def open_store(path: Path) -> RunStore:
    """An existing run file.

    Raises:
        StoreError: It is missing, unreadable, damaged, foreign or of another version.
    """
    _check_header(path)
    db = sqlite3.connect(path, timeout=30.0)
    try:
        _check(db, path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        db.close()
        raise StoreError(f"{path} is not a run file, or is damaged: {error}") from error
    except StoreError:
        db.close()
        raise
    return RunStore(path, db)


def _initialise(path: Path, manifest: Mapping[str, object]) -> None:
    rows = [(name, json.dumps(value, sort_keys=True)) for name, value in manifest.items()]
    db = sqlite3.connect(path)
    try:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.executescript(resource_text("tempt.runs", "schema.sql"))
        with db:
            db.executemany("INSERT INTO manifest VALUES (?, ?)", rows)
    finally:
        db.close()


def _check_header(path: Path) -> None:
    """Refuse what is not ours by its first bytes: opening it, SQLite might already write to it."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}") from error
    if len(header) < _HEADER.size:
        raise StoreError(f"{path} is not a run file")
    magic, page, pages, version, application = _HEADER.unpack(header)
    if magic != _MAGIC or application != APPLICATION_ID:
        raise StoreError(f"{path} is not a run file")
    if version != SCHEMA_VERSION:
        raise StoreError(f"{path} has schema {version}; this version reads {SCHEMA_VERSION}")
    # With a log beside it, a file may be short: what it lacks is in there.
    if path.stat().st_size < page * pages and not path.with_name(f"{path.name}-wal").exists():
        raise StoreError(f"{path} is damaged: its end is missing")


def _check(db: sqlite3.Connection, path: Path) -> None:
    (result,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if result != "ok":
        raise StoreError(f"{path} is damaged: {result}")


def _summary(row: Sequence[Any]) -> EpisodeSummary:
    values = dict(zip((c for c in COLUMNS if c not in ("ledger", "transcript")), row, strict=True))
    values["levels"] = json.loads(values["levels"])
    values["evidence"] = tuple(json.loads(values["evidence"]))
    values["act_done"] = bool(values["act_done"])
    values["exposed"] = bool(values["exposed"])
    values["transient"] = bool(values["transient"])
    return EpisodeSummary(**values)
