"""What the three wire formats have in common: reading a conversation, and being strict about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tempt.envs.transcript import Status
from tempt.fake.answers import (
    DEFAULT_EFFORT,
    EFFORTS,
    Call,
    Json,
    Manner,
    Turn,
    Usage,
    one_text,
    tokens,
)
from tempt.fake.problems import Problem

SUFFIX = "-2026-01-01"
"""What a requested model's name has behind it where it is returned."""

_NOT_COMPARED = frozenset({"cache_control"})


@dataclass(frozen=True, slots=True)
class Result:
    """A call's answer, as the client sent it."""

    call_id: str
    text: str
    status: Status


@dataclass(frozen=True, slots=True)
class Former:
    """A former turn as the client gave it back, and what the client added to it.

    Attributes:
        at: Position of its first entry in the request.
        entries: The request's entries that hold it.
        after: The entries behind them: answers to its calls, or what a user said.
    """

    at: int
    entries: tuple[Json, ...]
    after: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Thinking:
    """What is asked for in the way of thoughts.

    Attributes:
        wanted: Whether there are any.
        shown: Whether their text is let out.
        echo: What the answer repeats of it, if it does.
    """

    wanted: bool
    shown: bool = True
    echo: Mapping[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read.

    Attributes:
        model: The model's name as requested.
        thinking: What is asked for in the way of thoughts.
        formers: The turns so far.
        marked: Whether it asks for its beginning to be kept in a cache.
    """

    model: str
    thinking: Thinking
    formers: tuple[Former, ...]
    marked: bool = False


class Dialect(ABC):
    """A wire format: reads requests, renders turns, words problems. Stateless.

    Attributes:
        name: As users know it: ``responses``, ``chat`` or ``messages``.
        path: Where it is spoken.
        request_id_header: The header that names a request.
        entries: The request's key that holds the conversation.
    """

    name: str
    path: str
    request_id_header: str
    entries: str

    def read(self, body: Mapping[str, Any], manner: Manner) -> Asked:
        """What ``body`` asks for.

        Raises:
            Problem: It is not a request of this format, or not one that is served.
        """
        if body.get("stream"):
            raise Problem("stream: this server does not stream; leave it out or set it to false")
        formers = tuple(self._formers(self._entries(body)))
        thinking = self.thinking(body, manner)
        return Asked(str(body.get("model")), thinking, formers, self.marked(body))

    def recognise(
        self, former: Former, given: Iterable[Turn], asked: Asked, manner: Manner
    ) -> Turn:
        """The one of ``given`` that ``former`` is, unaltered.

        Raises:
            Problem: It is none of them.
        """
        found = [_comparable(item) for item in self.contents(former.entries)]
        for turn in given:
            if [_comparable(item) for item in self.items(turn, asked, manner)] == found:
                return turn
        raise self.altered(former.at)

    def results(self, former: Former, turn: Turn) -> dict[str, Result]:
        """The answers to ``turn``'s calls, by id.

        Raises:
            Problem: A call has none or two, or an answer belongs to no call.
        """
        wanted = [call.id or "" for call in turn.calls]
        found: dict[str, Result] = {}
        for result in self.results_in(former.after):
            if result.call_id not in wanted:
                raise self.unasked(result.call_id)
            if result.call_id in found:
                raise self.twice(result.call_id)
            found[result.call_id] = result
        missing = [call_id for call_id in wanted if call_id not in found]
        if missing:
            raise self.unanswered(missing, former.at)
        return found

    def usage(self, asked: Asked, turn: Turn, length: int) -> Usage:
        """What a request of ``length`` bytes and ``turn`` come to."""
        total = tokens(length)
        cached = 0
        if asked.formers:
            last = asked.formers[-1]
            new = sum(len(one_text(entry)) + 1 for entry in (*last.entries, *last.after))
            cached = min(total, tokens(max(0, length - new)))
        return Usage(total, cached, turn.output_tokens, turn.reasoning_tokens)

    def _entries(self, body: Mapping[str, Any]) -> list[Json]:
        value = body.get(self.entries)
        if not isinstance(value, list) or not value:
            raise Problem(f"{self.entries}: a list of at least one item is required")
        if not all(isinstance(entry, dict) for entry in value):
            raise Problem(f"{self.entries}: every item must be an object")
        return value

    def _formers(self, entries: Sequence[Json]) -> Iterator[Former]:
        """The conversation, cut where the assistant begins to speak."""
        ours = [self.is_ours(entry) for entry in entries]
        starts = [n for n, here in enumerate(ours) if here and (n == 0 or not ours[n - 1])]
        before = entries[: starts[0]] if starts else entries
        for result in self.results_in(before):
            raise self.unasked(result.call_id)
        for start, end in pairwise([*starts, len(entries)]):
            middle = next((n for n in range(start, end) if not ours[n]), end)
            if middle == end:
                raise Problem(f"{self.entries}: the last item must not be the assistant's")
            yield Former(start, tuple(entries[start:middle]), tuple(entries[middle:end]))

    def contents(self, entries: Sequence[Json]) -> list[Json]:
        """The items of a turn that ``entries`` hold."""
        return list(entries)

    def marked(self, body: Mapping[str, Any]) -> bool:  # noqa: ARG002 - for one format only
        """Whether the request asks for its beginning to be kept in a cache."""
        return False

    @abstractmethod
    def is_ours(self, entry: Json) -> bool:
        """Whether ``entry`` is the assistant's."""

    @abstractmethod
    def results_in(self, entries: Sequence[Json]) -> Iterator[Result]:
        """The answers to calls among ``entries``."""

    @abstractmethod
    def thinking(self, body: Mapping[str, Any], manner: Manner) -> Thinking:
        """What is asked for in the way of thoughts.

        Raises:
            Problem: It can't be had.
        """

    @abstractmethod
    def items(self, turn: Turn, asked: Asked, manner: Manner) -> list[Json]:
        """``turn`` as the items that a client gives back."""

    @abstractmethod
    def body(self, turn: Turn, asked: Asked, manner: Manner, usage: Usage) -> Json:
        """``turn`` as an answer."""

    @abstractmethod
    def error(self, problem: Problem, request_id: str) -> Json:
        """``problem`` as an answer."""

    @abstractmethod
    def altered(self, at: int) -> Problem:
        """A turn came back as another than it was given."""

    @abstractmethod
    def unanswered(self, call_ids: Sequence[str], at: int) -> Problem:
        """Calls were not answered."""

    @abstractmethod
    def unasked(self, call_id: str) -> Problem:
        """An answer belongs to no call."""

    @abstractmethod
    def twice(self, call_id: str) -> Problem:
        """A call was answered more than once."""


def plain_text(content: object) -> str:
    """The text of ``content``: a text, or a list of parts that have one."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def checked_effort(effort: object, where: str, known: Sequence[str] = EFFORTS) -> str:
    """``effort``, if there is such a one; the default where none is asked for.

    Raises:
        Problem: There is none.
    """
    if effort is None:
        return DEFAULT_EFFORT
    if isinstance(effort, str) and effort in known:
        return effort
    listed = ", ".join(f"'{name}'" for name in known)
    raise Problem(
        f"Invalid value: '{str(effort)[:60]}' for {where}. Supported values are: {listed}.",
        code="invalid_value",
    )


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """``value``, if it is an object or nothing.

    Raises:
        Problem: It is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Problem(f"{where}: an object is required")
    return value


def with_id(key: str, call: Call) -> Json:
    """The call's id under ``key``; nothing where it has none."""
    return {} if call.id is None else {key: call.id}


def openai_error(problem: Problem, kind: str) -> Json:
    """An error as both of OpenAI's formats have it."""
    error = {"message": problem.message, "type": kind, "param": None, "code": problem.code}
    return {"error": error}


def _comparable(item: Json) -> str:
    """One text for items that are the same: keys in any order, an absent one or null."""
    kept = {k: v for k, v in item.items() if v is not None and k not in _NOT_COMPARED}
    return one_text(kept)
