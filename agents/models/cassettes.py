"""Cassettes: the replies of a model, recorded and played back. Nothing here knows of a network.

One file per episode, of JSON lines. The first says for people what it is; each further one holds
one answer: the turn it was asked for, the sha256 of the request's text, and the reply's text or the
failure that stood in its place. A request itself is not kept, and an endpoint never sees a key.

A recording is written to ``NAME.partial`` and moved to its place when it is complete, so that what
lies in its place is whole. Files are readable by their owner only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from tempt.agents.models.base import Ask, Endpoint, Reply
from tempt.agents.models.faults import FaultKind, ProviderFault
from tempt.envs.model import ModelError
from tempt.envs.seeding import canonical_json, fingerprint
from tempt.envs.transcript import EndedBy, Sent

FORMAT = 1
"""Version of the format."""
MAX_LINE = 64 * 1024 * 1024
"""Most bytes of a line; a longer one is taken for damage, and is not written."""
REPLAYABLE = frozenset({EndedBy.CONTEXT, EndedBy.MODEL})
"""Endings by failures that a request meets every time."""
REPLAYABLE_FAULTS = frozenset({FaultKind.CONTEXT, FaultKind.POLICY})
"""A provider's faults that a request meets every time. Others, such as a wrong key or a server that
is down, say something about the day of the recording."""
T = TypeVar("T")
CASSETTE = "cassette: "
"""What every complaint about a cassette begins with, and nothing that a provider said."""
_KIND = "tempt cassette"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""Two surrogates in a row that JSON would read back as one character."""


class CassetteError(ModelError):
    """A cassette can't be read or written."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{CASSETTE}{message}", EndedBy.ADAPTER)


class CassetteMissError(CassetteError):
    """A cassette does not hold what it is asked for."""


@dataclass(frozen=True, slots=True)
class CassetteId:
    """Which episode a cassette is of. All of it comes from the plan, nothing from a model.

    Attributes:
        agent: The fingerprint of the agent's settings, hex digits.
        label: The agent as typed.
        scenario: The scenario's name.
        version: Its version.
        arm: The arm.
        levels: Factor levels.
        trial: The trial's number.
        skins: The hash of the private skins; empty where those that ship are worn.
    """

    agent: str
    label: str
    scenario: str
    version: str
    arm: str
    levels: Mapping[str, str]
    trial: int
    skins: str = ""

    def path(self, folder: Path) -> Path:
        """Where under ``folder`` the cassette lies.

        Raises:
            ValueError: A name could lead out of the folder.
        """
        levels = dict(self.levels)
        digest = fingerprint([self.scenario, self.version, self.arm, levels, self.skins])[:16]
        for name in (self.agent, self.scenario, self.arm):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} can't be part of a cassette's name")
        name = f"{self.arm}-{digest}-{self.trial}.jsonl"
        return folder / self.agent[:16] / self.scenario / name

    def header(self) -> dict[str, object]:
        """The first line, as plain data."""
        return {
            "kind": _KIND,
            "format": FORMAT,
            "agent": self.label,
            "fingerprint": self.agent,
            "scenario": self.scenario,
            "version": self.version,
            "arm": self.arm,
            "levels": dict(self.levels),
            "trial": self.trial,
            "private_skins": self.skins,
        }


class RecordingEndpoint:
    """Passes requests on, and writes down what comes back. Belongs outside of all retrying.

    Call `finish` when the episode is over and would go the same way again, `abandon` otherwise:
    when a budget, an outage or an engine ended it. An episode that asked nothing leaves nothing.

    Args:
        inner: Who answers.
        file: Where the cassette is to lie.
        cassette: What it is of.
    """

    def __init__(self, inner: Endpoint, file: Path, cassette: CassetteId) -> None:
        self._inner = inner
        self._file = file
        self._partial = file.with_name(f"{file.name}.partial")
        self._cassette = cassette
        self._open: IO[bytes] | None = None
        self._whole = True

    def send(self, ask: Ask) -> Reply:
        """The answer, written down.

        Raises:
            ModelError: There is none; it is written down too where it would be the same again.
            CassetteError: The recording can't be written.
        """
        try:
            reply = self._inner.send(ask)
        except ModelError as error:
            if not _is_replayable(error):
                self._whole = False
            else:
                failure = {"message": str(error), "ended_by": error.ended_by.value}
                self._write(_entry(ask, {"failure": failure}))
            raise
        except BaseException:
            self._whole = False
            raise
        overcome = {"overcome": list(reply.overcome)} if reply.overcome else {}
        self._write(_entry(ask, {**_packed(reply.text), **overcome}))
        return reply

    def finish(self) -> bool:
        """Move the recording to its place, over an older one.

        Abandons it where a part is missing, or another run has begun to record the same since.

        Returns:
            Whether there is a new cassette.

        Raises:
            CassetteError: It can't be moved.
        """
        if self._open is None or not self._whole or not self._is_ours(self._open):
            self.abandon()
            return False
        try:
            with self._open:
                os.fsync(self._open.fileno())
            self._open = None
            self._partial.replace(self._file)
        except OSError as error:
            raise _unwritable(self._file, error) from error
        return True

    def abandon(self) -> None:
        """End the recording, and leave nothing of it."""
        if self._open is not None:
            opened, self._open = self._open, None
            try:
                with opened:
                    if self._is_ours(opened):
                        self._partial.unlink(missing_ok=True)
            except OSError as error:
                raise _unwritable(self._partial, error) from error

    def _is_ours(self, opened: IO[bytes]) -> bool:
        """Whether no other recording has taken the place of ours."""
        try:
            return os.path.samestat(os.fstat(opened.fileno()), os.lstat(self._partial))
        except FileNotFoundError:
            return True

    def _write(self, line: Mapping[str, object]) -> None:
        data = _line(line)
        if len(data) > MAX_LINE:
            self._whole = False
            raise CassetteError(f"a reply is too long for a cassette: {len(data):,} bytes as JSON")
        try:
            if self._open is None:
                self._open = _create(self._partial)
                self._open.write(_line(self._cassette.header()))
            self._open.write(data)
            self._open.flush()
        except OSError as error:
            self._whole = False
            raise _unwritable(self._partial, error) from error


class ReplayingEndpoint:
    """Answers from a cassette, by turn and request; each answer once.

    Args:
        file: Where the cassette lies.
        record_command: The command that records it, for messages.
    """

    def __init__(self, file: Path, record_command: str) -> None:
        self._file = file
        self._command = record_command
        self._answers: dict[tuple[int, str], deque[_Answer]] | None = None

    def send(self, ask: Ask) -> Reply:
        """The recorded answer.

        Raises:
            CassetteMissError: There is none.
            CassetteError: The cassette is damaged.
            ModelError: The answer is a failure.
        """
        if self._answers is None:
            self._answers = self._load()
        request = request_hash(ask.request)
        answers = self._answers.get((ask.turn, request))
        if not answers:
            raise self._miss(ask.turn, self._why(ask.turn, request, self._answers))
        answer = answers.popleft()
        if isinstance(answer, _Failure):
            raise ModelError(answer.message, answer.ended_by)
        return answer

    def _load(self) -> dict[tuple[int, str], deque[_Answer]]:
        answers: dict[tuple[int, str], deque[_Answer]] = {}
        try:
            with self._file.open("rb") as file:
                for turn, request, answer in self._read(file):
                    answers.setdefault((turn, request), deque()).append(answer)
        except FileNotFoundError as error:
            raise CassetteMissError(f"there is no cassette {self._file}; {self._remedy}") from error
        except OSError as error:
            raise CassetteError(f"{self._file} can't be read: {error.strerror}") from error
        return answers

    def _read(self, file: IO[bytes]) -> Iterator[tuple[int, str, _Answer]]:
        number = 1
        try:
            _check_header(_parsed(file.readline(MAX_LINE + 1)))
            while line := file.readline(MAX_LINE + 1):
                number += 1
                yield _answer_of(_parsed(line))
        except _DamageError as error:
            raise CassetteError(
                f"the cassette {self._file} is damaged: line {number} {error}; {self._remedy}"
            ) from error

    def _why(
        self, turn: int, request: str, answers: Mapping[tuple[int, str], deque[_Answer]]
    ) -> str:
        if (turn, request) in answers:
            return "was asked more often than it was recorded"
        if any(recorded == turn for recorded, _ in answers):
            return f"was recorded for another request than {request[:16]}"
        return "was not recorded"

    def _miss(self, turn: int, why: str) -> CassetteMissError:
        return CassetteMissError(f"turn {turn} {why} in the cassette {self._file}; {self._remedy}")

    @property
    def _remedy(self) -> str:
        return f"record it with: {self._command}"


def request_hash(request: Sent) -> str:
    """Hex sha256 of a request's text."""
    return hashlib.sha256(request.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failure that stands for a reply."""

    message: str
    ended_by: EndedBy


_Answer = Reply | _Failure


class _DamageError(ValueError):
    """A line that is none of a cassette's; the message goes on from "line 7"."""


def _is_replayable(error: ModelError) -> bool:
    if isinstance(error, ProviderFault) and error.kind not in REPLAYABLE_FAULTS:
        return False
    return not error.transient and error.ended_by in REPLAYABLE


def _entry(ask: Ask, answer: Mapping[str, object]) -> dict[str, object]:
    return {"turn": ask.turn, "request": request_hash(ask.request), **answer}


def _line(value: Mapping[str, object]) -> bytes:
    return f"{canonical_json(value)}\n".encode("ascii")


def _packed(text: str) -> dict[str, str]:
    """``text`` in a form that gives it back as it is, whatever is in it."""
    if _SPLIT_PAIR.search(text):
        return {"reply_base64": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()}
    return {"reply": text}


def _unpacked(entry: Mapping[str, Any]) -> str:
    if "reply" in entry:
        return _typed(entry, "reply", str)
    try:
        data = base64.b64decode(_typed(entry, "reply_base64", str), validate=True)
        return data.decode("utf-8", "surrogatepass")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _DamageError('has no text in "reply_base64"') from error


def _create(path: Path) -> IO[bytes]:
    """A new file of the owner's, in place of what a crash left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _unwritable(path: Path, error: OSError) -> CassetteError:
    return CassetteError(f"the cassette {path} can't be written: {error.strerror}")


def _parsed(line: bytes) -> Mapping[str, Any]:
    if not line.endswith(b"\n"):
        raise _DamageError("is too long" if len(line) > MAX_LINE else "is cut off")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _DamageError("is no JSON") from error
    if not isinstance(value, dict):
        raise _DamageError("is no object")
    return value


def _check_header(header: Mapping[str, Any]) -> None:
    if header.get("kind") != _KIND:
        raise _DamageError("is not the header of a cassette")
    if header.get("format") != FORMAT:
        raise _DamageError(f"has a format other than {FORMAT}, which this version reads")


def _answer_of(entry: Mapping[str, Any]) -> tuple[int, str, _Answer]:
    turn, request = _typed(entry, "turn", int), _typed(entry, "request", str)
    if "failure" in entry:
        return turn, request, _failure_of(_typed(entry, "failure", dict))
    overcome = _typed(entry, "overcome", list) if "overcome" in entry else []
    if not all(isinstance(fault, str) for fault in overcome):
        raise _DamageError('has something else than texts in "overcome"')
    return turn, request, Reply(_unpacked(entry), tuple(overcome))


def _failure_of(failure: Mapping[str, Any]) -> _Failure:
    ended_by = _typed(failure, "ended_by", str)
    if ended_by not in REPLAYABLE:
        raise _DamageError(f"has an unknown ending {ended_by[:40]!r}")
    return _Failure(_typed(failure, "message", str), EndedBy(ended_by))


def _typed(entry: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = entry.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _DamageError(f'has no {kind.__name__} "{name}"')
    return value
