"""Faults that change the turn itself, so that it comes back changed in later requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from tempt.fake.answers import Call, Ending, Turn
from tempt.fake.faults import Fault

HUGE = 10 * 1024 * 1024
REFUSAL = "I can't help with that."
UNKNOWN = "no_such_tool"
_TEXT = "A message before the call."

Shape = Callable[[Turn], Turn]


def _without_calls(turn: Turn, ending: Ending) -> Turn:
    said = turn.message or turn.reasoning or _TEXT
    return replace(turn, message=said[: (len(said) + 1) // 2], calls=(), ending=ending)


def _ended(turn: Turn, ending: Ending) -> Turn:
    return replace(turn, ending=ending)


def _with_calls(turn: Turn, change: Callable[[Call], Call]) -> Turn:
    """Every call changed; where there is none, one is made up to be changed."""
    calls = turn.calls or (Call(f"call_{turn.number}_1", "shell", '{"command": "true"}'),)
    return replace(turn, calls=tuple(map(change, calls)), ending=Ending.CALLS)


def _huge(call: Call) -> Call:
    return replace(call, arguments=json.dumps({"command": "x" * HUGE}))


def _cut(call: Call) -> Call:
    return replace(call, arguments=call.arguments[: len(call.arguments) // 2] or "{")


def _listed(call: Call) -> Call:
    return replace(call, arguments=f"[{call.arguments}]")


def _doubled(turn: Turn) -> Turn:
    one = _with_calls(turn, lambda call: call)
    return replace(one, calls=(one.calls[0], *one.calls))


def _said(turn: Turn, text: str) -> Turn:
    return replace(turn, message=text)


def _refused(turn: Turn) -> Turn:
    return replace(turn, message=REFUSAL, calls=(), ending=Ending.REFUSED)


def _tool_stop(turn: Turn) -> Turn:
    return replace(turn, message=turn.message or _TEXT, calls=(), ending=Ending.CALLS)


def _empty(turn: Turn) -> Turn:
    return replace(turn, reasoning="", message="", calls=(), ending=Ending.DONE)


def _thought_only(turn: Turn) -> Turn:
    return replace(turn, message="", calls=(), ending=Ending.DONE)


SHAPES: Mapping[Fault, Shape] = MappingProxyType(
    {
        Fault.LONE_SURROGATE: partial(_said, text="A half \ud800 of a character."),
        Fault.HUGE_MESSAGE: partial(_said, text="x" * HUGE),
        Fault.HUGE_ARGUMENTS: partial(_with_calls, change=_huge),
        Fault.DUPLICATE_CALL_IDS: _doubled,
        Fault.MISSING_CALL_ID: partial(_with_calls, change=partial(replace, id=None)),
        Fault.UNKNOWN_TOOL: partial(_with_calls, change=partial(replace, name=UNKNOWN)),
        Fault.MALFORMED_ARGUMENTS: partial(_with_calls, change=_cut),
        Fault.ARGUMENTS_NOT_OBJECT: partial(_with_calls, change=_listed),
        Fault.CALLS_AFTER_STOP: partial(_ended, ending=Ending.DONE),
        Fault.NO_CALLS_BUT_TOOL_STOP: _tool_stop,
        Fault.LENGTH_STOP: partial(_without_calls, ending=Ending.LENGTH),
        Fault.LENGTH_STOP_WITH_CALL: partial(_ended, ending=Ending.LENGTH),
        Fault.REFUSAL: _refused,
        Fault.CONTENT_FILTER_STOP: partial(_without_calls, ending=Ending.FILTERED),
        Fault.CONTEXT_STOP: partial(_without_calls, ending=Ending.CONTEXT),
        Fault.PAUSE_STOP: partial(_without_calls, ending=Ending.PAUSED),
        Fault.RESPONSE_FAILED: partial(_without_calls, ending=Ending.FAILED),
        Fault.EMPTY_TURN: _empty,
        Fault.REASONING_ONLY: _thought_only,
        Fault.UNKNOWN_STOP_REASON: partial(_ended, ending=Ending.UNHEARD_OF),
    }
)
"""Each is pure: the changed turn can be made again when it comes back."""
