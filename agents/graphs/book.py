"""The book of calls: what a graph's model said, what its tools were asked for, what was answered.

It lies outside the graph's state and is the only thing that pairs calls with answers. A call is
known by the message that decided it; one that no message is known for, by its namespace and its id,
or by its namespace and what it asks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from threading import Condition
from typing import Any, TypeAlias

from tempt.agents.base import AgentError
from tempt.agents.graphs.base import Grouping, failed
from tempt.agents.graphs.messages import merged
from tempt.envs.transcript import ModelTurn, Observation, ToolCall

Key: TypeAlias = tuple[Hashable, ...]
Rank: TypeAlias = tuple[Any, ...]


class Abandoned(BaseException):
    """Ends a graph from within its tools; no exception, so that a catch-all lets it through."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a graph something happened.

    Attributes:
        namespace: LangGraph's name for the task, one segment per graph; empty if unknown.
        rank: Orders tasks, equal from run to run.
        within: The calls that the graph's own tools around it answer, from the outermost: number
            among the calls of its message, and id.
    """

    namespace: str = ""
    rank: Rank = ()
    within: tuple[tuple[int, str], ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """The namespace's segments but the last."""
        return tuple(self.namespace.split("|")[:-1])

    @property
    def order(self) -> Rank:
        """Orders places; graphs within tools are numbered by LangGraph in whatever order."""
        return (self.rank[:1], self.within, self.rank[1:])


@dataclass(eq=False, slots=True)
class Said:
    """One reply of a model within the graph.

    Attributes:
        number: Its place among all replies of the episode.
        turn: The reply.
        place: Where it was given.
        whole: Whether its calls are carried out together.
        stated: Whether the graph stated it itself.
        begun: Numbers of those calls that a tool has begun with.
        told: Whether it is part of a turn that was handed out.
        latest: When it was heard last, which is again whenever its node runs again.
    """

    number: int
    turn: ModelTurn
    place: Place
    whole: bool
    stated: bool
    begun: set[int] = field(default_factory=set)
    told: bool = False
    latest: int = 0

    def position(self, call_id: str, name: str, nth: int) -> int | None:
        """Number of the ``nth`` call with this id and name."""
        found = [
            number
            for number, call in enumerate(self.turn.calls)
            if (call.id, call.name) == (call_id, name)
        ]
        return found[nth] if nth < len(found) else None


@dataclass(eq=False, slots=True)
class Asked:
    """One call, from the tool that was asked to the answer that it gave.

    Attributes:
        key: What it is known by.
        call: The call as it is handed out.
        place: Where it was asked.
        said: The reply that decided it, if one is known.
        position: Its number among the reply's calls.
        issued: Whether it is part of a turn that was handed out.
        answer: The world's answer.
        taken: Whether a tool gave the answer to the graph.
    """

    key: Key
    call: ToolCall
    place: Place
    said: Said | None
    position: int
    issued: bool = False
    answer: Observation | None = None
    taken: bool = False

    @property
    def order(self) -> Rank:
        """Orders the calls of a turn, equal from run to run."""
        call = self.call
        asks = (call.id, call.name, call.arguments)
        return (self.place.order, self.position, asks, self.key[-1])


class Book:
    """Written by the graph's threads and the agent's.

    Attributes:
        changed: Guards the book, and tells of changes.
        failure: Why the episode can't be measured, once it can't.
        grouping: Which calls make up a turn.

    Args:
        names: The scenario's tools.
        replays: Whether the graph runs parts of itself again between two turns.
    """

    def __init__(self, names: Sequence[str], *, replays: bool) -> None:
        self.changed = Condition()
        self.failure: AgentError | None = None
        self.grouping = Grouping.ASKED
        self._names = frozenset(names)
        self._replays = replays
        self._replies: list[Said] = []
        self._calls: dict[Key, Asked] = {}
        self._last: list[Asked] = []
        self._times: Counter[Key] = Counter()
        self._heard: dict[Key, Said] = {}
        self._hearings = 0

    def new_round(self) -> None:
        """What follows may be a repetition of what came before."""
        with self.changed:
            if self._replays:
                self._times.clear()

    def fail(self, reason: str) -> Abandoned:
        """Note why the episode can't be measured; the first reason stands."""
        with self.changed:
            self.failure = self.failure or failed(reason)
            self.changed.notify_all()
        return Abandoned(reason)

    def hear(self, turn: ModelTurn, place: Place) -> None:
        """Note a reply that was overheard, unless the graph states it itself."""
        whole = self.grouping is Grouping.DECIDED and bool(turn.calls)
        self._note(turn, place, whole=whole, stated=False)

    def declare(self, turn: ModelTurn, place: Place) -> None:
        """Note a reply that the graph states, in place of what was overheard of it."""
        self._note(turn, place, whole=True, stated=True)

    def begin(self, call_id: str, name: str, place: Place) -> int:
        """Note that a tool, of the scenario's or the graph's own, has begun with a call.

        Returns:
            The call's number among the calls of its message.
        """
        with self.changed:
            said = self._said_of(call_id, name, "", place)
            if said is None:
                return 0
            numbers = {
                number
                for number, call in enumerate(said.turn.calls)
                if (call.id, call.name) == (call_id, name)
            }
            said.begun |= numbers
            self.changed.notify_all()
            return min(numbers)

    def ask(self, call: ToolCall, place: Place) -> Asked:
        """Note that a tool is asked for ``call``.

        Raises:
            Abandoned: It can't be told what to answer.
        """
        with self.changed:
            if self.failure is not None:
                raise Abandoned
            said = self._said_of(call.id, call.name, call.arguments, place) if call.id else None
            asked = self._asked(call, place, said)
            self.changed.notify_all()
            return asked

    def take(self, asked: Asked) -> Observation:
        """The answer to a call that has one."""
        with self.changed:
            if asked.answer is None:
                raise RuntimeError(f"{asked.call.id} has no answer")
            asked.taken = True
            return asked.answer

    def pending(self) -> list[Asked]:
        """Calls that were not handed out yet."""
        with self.changed:
            return [asked for asked in self._calls.values() if not asked.issued]

    def all_begun(self, asked: Asked) -> bool:
        """Whether every call that was decided together with this one is under way."""
        said = asked.said
        if said is None:
            return False
        entered = {each.position for each in self._calls.values() if each.said is said}
        return len(said.begun | entered) == len(said.turn.calls)

    def issue(self) -> ModelTurn:
        """The next turn: all that was said and asked for since the last.

        Raises:
            AgentError: The graph has lost an answer, or a call that it stated.
        """
        with self.changed:
            self._check_taken()
            pending = sorted(self.pending(), key=lambda asked: asked.order)
            for asked in pending:
                asked.issued = True
            self._last = pending
            replies = [said for said in self._replies if not said.told]
            self._check_carried_out(replies)
            for said in replies:
                said.told = True
            replies.sort(key=lambda said: (said.place.order, said.number))
            calls = _told_apart(pending)
            return merged([said.turn for said in replies], calls)

    def answer(self, observations: Sequence[Observation]) -> None:
        """Note the world's answers to the last turn's calls."""
        with self.changed:
            for asked, observation in zip(self._last, observations, strict=True):
                asked.answer = observation
            self._last = []
            self.changed.notify_all()

    def _note(self, turn: ModelTurn, place: Place, *, whole: bool, stated: bool) -> None:
        with self.changed:
            heard = ("said", place.namespace, *(turn.calls or (turn.message,)))
            self._times[heard] += 1
            again = (*heard, self._times[heard])
            self._hearings += 1
            if self._replays and again in self._heard:
                self._heard[again].latest = self._hearings
                return
            said = self._untold(turn, place)
            if said is None or said.stated is stated:
                said = Said(len(self._replies), turn, place, whole, stated)
                self._replies.append(said)
            elif stated:
                said.turn, said.whole, said.stated = turn, True, True
            said.latest = self._hearings
            self._heard[again] = said
            self.changed.notify_all()

    def _untold(self, turn: ModelTurn, place: Place) -> Said | None:
        """The latest reply at this place, if it is new and asks for the same."""
        ids = [call.id for call in turn.calls]
        for said in self._replies[::-1]:
            if said.told or said.place.namespace != place.namespace:
                continue
            same = [call.id for call in said.turn.calls] == ids
            if same and (ids or said.turn.message == turn.message):
                return said
        return None

    def _said_of(self, call_id: str, name: str, arguments: str, place: Place) -> Said | None:
        """The reply that decided a call: the nearest, then the best fit, then the last."""

        def near(said: Said) -> Rank:
            shared = 0
            for mine, its in zip(place.parents, said.place.parents, strict=False):
                shared += mine == its
            fits = any(
                call.id == call_id and _same(call.arguments, arguments) for call in said.turn.calls
            )
            return (said.place.within == place.within, shared, fits, said.latest)

        replies = [said for said in self._replies if said.position(call_id, name, 0) is not None]
        return max(replies, key=near, default=None)

    def _asked(self, call: ToolCall, place: Place, said: Said | None) -> Asked:
        origin = _origin(call, place, said)
        nth = self._times[origin]
        self._times[origin] += 1
        key = (*origin, nth)
        known = self._calls.get(key)
        if known is not None:
            self._check_same(known, call)
            return known
        if said is None:
            if call.id and nth:
                raise self.fail(f"call {call.id!r} was made twice in one go")
            return self._enter(Asked(key, call, place, None, 0))
        return self._of_reply(origin, nth, call, place, said)

    def _of_reply(self, origin: Key, nth: int, call: ToolCall, place: Place, said: Said) -> Asked:
        position = said.position(call.id, call.name, nth)
        if position is None:
            raise self.fail(f"call {call.id!r} was made twice in one go")
        if said.whole:
            self._enter_whole(said, place)
            known = self._calls[(*origin, nth)]
            self._check_same(known, call)
            return known
        if any(asked.said is said and asked.issued for asked in self._calls.values()):
            raise self.fail(
                f"call {call.id!r} was decided together with one that was handed out before "
                "it came: where every call of a message is carried out, say grouping=decided"
            )
        raw = said.turn.calls[position]
        same = _same(raw.arguments, call.arguments)
        return self._enter(Asked((*origin, nth), raw if same else call, place, said, position))

    def _enter_whole(self, said: Said, place: Place) -> None:
        times: Counter[Key] = Counter()
        for position, call in enumerate(said.turn.calls):
            if call.name not in self._names and self.grouping is Grouping.DECIDED:
                continue
            origin = _origin(call, place, said)
            key = (*origin, times[origin])
            times[origin] += 1
            if key not in self._calls:
                self._enter(Asked(key, call, said.place, said, position))

    def _enter(self, asked: Asked) -> Asked:
        self._calls[asked.key] = asked
        return asked

    def _check_same(self, known: Asked, call: ToolCall) -> None:
        if known.call.name != call.name or not _same(known.call.arguments, call.arguments):
            raise self.fail(f"call {call.id!r} was made again with other arguments")

    def _check_taken(self) -> None:
        for asked in self._calls.values():
            if asked.answer is not None and not asked.taken:
                raise failed(
                    f"the graph never came back for the answer to call {asked.call.id!r} of "
                    f"{asked.call.name}: it ran part of itself anew, or dropped the call"
                )

    def _check_carried_out(self, replies: Sequence[Said]) -> None:
        """A graph that states a turn carries it out."""
        for said in replies:
            carried_out = any(asked.said is said for asked in self._calls.values())
            if said.stated and said.turn.calls and not carried_out:
                raise failed(f"the graph stated call {said.turn.calls[0].id!r} and never made it")


def _origin(call: ToolCall, place: Place, said: Said | None) -> Key:
    if said is not None:
        return ("reply", said.number, call.id)
    if call.id:
        return ("id", place.namespace, call.id)
    return ("bare", place.namespace, call.name, call.arguments)


def _same(mine: str, other: str) -> bool:
    """Whether two argument texts mean the same."""
    if mine == other:
        return True
    try:
        return bool(json.loads(mine) == json.loads(other))
    except ValueError:
        return False


def _told_apart(pending: Sequence[Asked]) -> tuple[ToolCall, ...]:
    """The calls with ids that differ: bare ones get one, and two replies may use the same."""
    owners: dict[str, Said | None] = {}
    calls: list[ToolCall] = []
    for number, asked in enumerate(pending, start=1):
        wanted = chosen = asked.call.id or f"call-{number}"
        nth = 1
        while chosen in owners and (asked.said is None or owners[chosen] is not asked.said):
            nth += 1
            chosen = f"{wanted}#{nth}"
        owners[chosen] = asked.said
        calls.append(replace(asked.call, id=chosen))
    return tuple(calls)
