"""What the dialects share: writing requests, and reading replies that nobody vouches for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tempt.agents.models.base import ModelSettings, ReplyError
from tempt.envs.model import ModelError
from tempt.envs.transcript import (
    Effort,
    EndedBy,
    ModelTurn,
    Reasoning,
    ReasoningKind,
    Sent,
    Stop,
    TokenChance,
    ToolCall,
    Usage,
)

MAX_NAME = 256
"""Longest name, id or single word of a reply, in characters."""

MAX_TOKENS = 1_000_000_000
"""Most tokens that a count of a reply may claim; what is more is cut to it."""

MAX_DEPTH = 100
"""Deepest nesting of a reply."""

_ECHOED = 200
_MOST_LIKELY = 20
_PASSING = frozenset({"server_error", "rate_limit_exceeded", "overloaded_error", "api_error"})
_PASSING_CODE = re.compile(r"408|429|5\d\d")
"""Statuses that gateways tell of in a reply whose own status is 200."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dump(value: object) -> str:
    """Compact JSON text that can be encoded: halves of a character become U+FFFD."""
    return encodable(_ENCODER.encode(value))


def encodable(text: str) -> str:
    """``text`` with halves of a character joined, or replaced where the other half is missing."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def request(fields: Mapping[str, object], name: str, items: Iterable[str]) -> Sent:
    """A request whose last field, ``name``, is the list of ``items``."""
    return Sent(f"{dump(fields)[:-1]},{dump(name)}:[", tuple(items), "]}")


def effort_word(settings: ModelSettings) -> str:
    """The effort to ask for, of a provider that takes words only.

    Raises:
        ModelError: It is a number.
    """
    if settings.effort.isdecimal():
        raise ModelError(
            f"effort {settings.effort}: {settings.provider} takes a word, not a number of tokens",
            EndedBy.ADAPTER,
        )
    return settings.effort


def shown(text: str) -> str:
    """``text`` of others as it may stand in a message of ours: short, and on one line."""
    return repr(text[:_ECHOED])[: _ECHOED + 2]


@dataclass(frozen=True, slots=True)
class Part:
    """An object of a reply; what is read from it has the type it should have.

    All methods raise `ReplyError` where it has not.

    Attributes:
        value: The object.
        where: Where it stands in the reply.
    """

    value: Mapping[str, Any]
    where: str

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def word(self, name: str) -> str:
        """A short text; empty where there is none."""
        value = self.text(name)
        if len(value) > MAX_NAME:
            raise ReplyError(f"{self.where}.{name} is longer than {MAX_NAME} characters")
        return value

    def label(self, name: str) -> str:
        """A short text that must be there."""
        value = self.word(name)
        if not value:
            raise ReplyError(f"{self.where}.{name} is missing or empty")
        return value

    def string(self, name: str) -> str:
        """A text that must be there, and may be empty."""
        if self.value.get(name) is None:
            raise ReplyError(f"{self.where}.{name} is missing")
        return self.text(name)

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return self.value.get(name) is not None

    def count(self, name: str) -> int:
        """A number of tokens, within bounds; 0 where there is none."""
        value = self.value.get(name)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number")
        return min(max(value, 0), MAX_TOKENS)

    def number(self, name: str) -> float:
        """A number that must be there, within bounds."""
        value = self.value.get(name)
        if value is None:
            raise ReplyError(f"{self.where}.{name} is missing")
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(name, "a number")
        return float(min(max(value, -MAX_TOKENS), MAX_TOKENS))

    def part(self, name: str) -> Part:
        """An object; an empty one where there is none."""
        value = self.value.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return Part(value, f"{self.where}.{name}")

    def parts(self, name: str) -> Iterator[Part]:
        """The objects of a list; none where there is no list."""
        value = self.value.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        for index, element in enumerate(value):
            where = f"{self.where}.{name}[{index}]"
            if not isinstance(element, dict):
                raise ReplyError(f"{where} is {_kind(element)}, not an object")
            yield Part(element, where)

    def needed(self, name: str) -> list[Part]:
        """The objects of a list that must be there."""
        if self.value.get(name) is None:
            raise ReplyError(f"{self.where}.{name} is missing")
        return list(self.parts(name))

    def _wrong(self, name: str, wanted: str) -> ReplyError:
        return ReplyError(f"{self.where}.{name} is {_kind(self.value[name])}, not {wanted}")


def parse(reply: str) -> Part:
    """The object that ``reply`` is.

    Raises:
        ReplyError: It is none, holds what no request can send back, or reports an error.
    """
    try:
        value = json.loads(reply, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"the reply is not JSON: {shown(str(error))}") from None
    if not isinstance(value, dict):
        raise ReplyError(f"the reply is {_kind(value)}, not an object")
    _check(value)
    if value.get("error"):
        raise _reported(value["error"])
    return Part(value, "reply")


def reasoning(thoughts: Iterable[Reasoning], tokens: int) -> Reasoning:
    """The whole of a turn's ``thoughts``, none lost.

    Args:
        thoughts: Its parts, in order.
        tokens: What was spent on reasoning. Where that is more than nothing and no part came, the
            reasoning was held back.
    """
    thoughts = [thought for thought in thoughts if thought.text.strip() or thought.redacted_parts]
    kinds = {thought.kind for thought in thoughts if thought.text}
    hidden = sum(thought.redacted_parts for thought in thoughts)
    if not kinds:
        withheld = hidden > 0 or tokens > 0
        kind = ReasoningKind.REDACTED if withheld else ReasoningKind.NONE
    else:
        # Where a part was summed up, the rest being raw says nothing about the whole.
        kind = ReasoningKind.SUMMARY if ReasoningKind.SUMMARY in kinds else ReasoningKind.RAW
    return Reasoning(
        kind, "\n\n".join(thought.text for thought in thoughts if thought.text), hidden
    )


def chances(tokens: Iterable[Part]) -> Iterator[TokenChance]:
    """Tokens with their chances, as OpenAI's interfaces give them.

    Raises:
        ReplyError: One lacks its text or its number.
    """
    for token in tokens:
        others = tuple((each.string("token"), each.number("logprob")) for each in _likeliest(token))
        yield TokenChance(token.string("token"), token.number("logprob"), others)


def _likeliest(token: Part) -> Iterator[Part]:
    return islice(token.parts("top_logprobs"), _MOST_LIKELY)


HIDDEN = Reasoning(ReasoningKind.REDACTED, redacted_parts=1)
"""A part of the reasoning that came unreadable."""


def raw(text: str) -> Reasoning:
    """A part of the reasoning as it was thought."""
    return Reasoning(ReasoningKind.RAW, text)


def summary(text: str) -> Reasoning:
    """A part of the reasoning, summed up."""
    return Reasoning(ReasoningKind.SUMMARY, text)


def usage(*, inputs: int, outputs: int, reasoned: int, cached: int, written: int) -> Usage:
    """Tokens used; no share of them is more than the whole."""
    return Usage(
        input_tokens=inputs,
        output_tokens=outputs,
        reasoning_tokens=min(reasoned, outputs),
        cached_tokens=min(cached, inputs),
        cache_write_tokens=min(written, inputs),
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """What a dialect found in a reply.

    Attributes:
        thoughts: Parts of its reasoning, in order.
        message: Its text.
        calls: Its calls.
        used: Its tokens.
        stop: Why it is over; ``None`` for a reason that we don't know.
        stop_reason: The provider's word for that.
        model: The model string.
        state: See `ModelTurn.provider_state`.
        echoed_effort: The effort that the provider says it used.
        counts_reasoning: Whether it says how many tokens were spent on reasoning.
        chances: See `ModelTurn.chances`.
    """

    thoughts: Sequence[Reasoning]
    message: str
    calls: Sequence[ToolCall]
    used: Usage
    stop: Stop | None
    stop_reason: str
    model: str
    state: Sequence[str]
    echoed_effort: str = ""
    counts_reasoning: bool = False
    chances: Sequence[TokenChance] = ()


def turn(contents: Contents, settings: ModelSettings) -> ModelTurn:
    """The turn that ``contents`` are.

    Raises:
        ReplyError: Two calls have the same id.
    """
    calls = tuple(contents.calls)
    if len({call.id for call in calls}) != len(calls):
        raise ReplyError("two calls of the reply have the same id")
    thought = reasoning(contents.thoughts, contents.used.reasoning_tokens)
    reasoned = thought.kind is not ReasoningKind.NONE
    return ModelTurn(
        reasoning=thought,
        message=contents.message,
        calls=calls,
        usage=contents.used,
        stop=_stop(contents.stop, contents.message, calls),
        stop_reason=contents.stop_reason,
        model=contents.model,
        effort=_effort(settings.effort, reasoned, contents),
        provider_state=tuple(contents.state),
        chances=tuple(contents.chances),
    )


def _stop(stop: Stop | None, message: str, calls: Sequence[ToolCall]) -> Stop:
    if stop in (None, Stop.END) and not calls and not message.strip():
        return Stop.EMPTY
    if stop is None:
        return Stop.END if calls else Stop.UNCLEAR
    return stop


def _effort(requested: str, reasoned: bool, contents: Contents) -> Effort | None:
    if not requested:
        return None
    if requested == "none" and reasoned:
        return Effort(requested, "ignored")
    if contents.echoed_effort:
        return Effort(requested, contents.echoed_effort)
    none = contents.counts_reasoning and not reasoned
    return Effort(requested, "none" if none else "unreported")


def _reported(error: object) -> ReplyError:
    """What a provider says went wrong although it sent a reply."""
    said = error if isinstance(error, dict) else {"message": error}
    words = [str(said[name]) for name in ("code", "type", "message") if said.get(name)]
    reported = ReplyError(f"the provider reports an error: {shown(': '.join(words))}")
    coded = any(_PASSING_CODE.fullmatch(word) for word in words[:1])
    reported.transient = coded or not _PASSING.isdisjoint(words[:2])
    return reported


def _check(value: object) -> None:
    """Refuse what could not be written again: deep nesting, and halves of a character."""
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ReplyError(f"the reply is nested more than {MAX_DEPTH} deep")
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict):
            pending += ((key, depth) for key in value)
            pending += ((element, depth + 1) for element in value.values())
        elif isinstance(value, list):
            pending += ((element, depth + 1) for element in value)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = text[max(error.start - 20, 0) : error.end + 20]
        raise ReplyError(f"the reply holds half a character: {shown(around)}") from None


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
    return names.get(type(value), "null" if value is None else "a number")
