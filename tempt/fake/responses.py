"""OpenAI's Responses, as ``POST /v1/responses`` speaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tempt.envs.transcript import Status
from tempt.fake.answers import Ending, Json, Manner, Turn, Usage, opaque
from tempt.fake.problems import INVALID, Problem
from tempt.fake.wire import (
    SUFFIX,
    Asked,
    Dialect,
    Result,
    Thinking,
    checked_effort,
    mapping,
    openai_error,
    plain_text,
    with_id,
)

_INCOMPLETE: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.LENGTH: "max_output_tokens",
        Ending.FILTERED: "content_filter",
        Ending.UNHEARD_OF: "weather",
    }
)
_FAILED = MappingProxyType({"code": "server_error", "message": "The model produced an error."})
_ERRORS: Mapping[int, str] = MappingProxyType(
    {429: "rate_limit_exceeded", 500: "server_error", 503: "server_error"}
)


class Responses(Dialect):
    """Items in, items out; a reasoning item carries an opaque form of the thought."""

    name = "responses"
    path = "/v1/responses"
    request_id_header = "x-request-id"
    entries = "input"

    def thinking(self, body: Mapping[str, Any], manner: Manner) -> Thinking:
        """By ``reasoning.effort`` and ``reasoning.summary``; no summary unless asked for."""
        reasoning = mapping(body.get("reasoning"), "reasoning")
        asked = checked_effort(reasoning.get("effort"), "reasoning.effort")
        summary = reasoning.get("summary")
        echo = {"effort": manner.effort(asked), "summary": str(summary) if summary else None}
        return Thinking(manner.thinks(asked), bool(summary), echo)

    def is_ours(self, entry: Json) -> bool:
        """Thoughts, calls and the assistant's messages."""
        ours = entry.get("type") in ("reasoning", "function_call")
        return ours or entry.get("role") == "assistant"

    def results_in(self, entries: Sequence[Json]) -> Iterator[Result]:
        """The outputs of functions; the format has no word for one that failed."""
        for entry in entries:
            if entry.get("type") == "function_call_output":
                text = plain_text(entry.get("output"))
                yield Result(str(entry.get("call_id")), text, Status.OK)

    def items(self, turn: Turn, asked: Asked, manner: Manner) -> list[Json]:  # noqa: ARG002
        """A thought, a message, calls."""
        said = [_message(turn)] if turn.message else []
        return [*_thought(turn, asked), *said, *_calls(turn)]

    def body(self, turn: Turn, asked: Asked, manner: Manner, usage: Usage) -> Json:
        """A response object."""
        reason = _INCOMPLETE.get(turn.ending)
        failed = turn.ending is Ending.FAILED
        status = "failed" if failed else "incomplete" if reason else "completed"
        return {
            "id": f"resp_{turn.tag}",
            "object": "response",
            "created_at": 0,
            "status": status,
            "error": dict(_FAILED) if failed else None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": None,
            "metadata": {},
            "model": asked.model + SUFFIX,
            "output": self.items(turn, asked, manner),
            "parallel_tool_calls": True,
            "reasoning": dict(asked.thinking.echo or {}),
            "store": False,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "usage": _usage(usage),
        }

    def error(self, problem: Problem, request_id: str) -> Json:  # noqa: ARG002
        """OpenAI's error object."""
        return openai_error(problem, _ERRORS.get(problem.status, INVALID))

    def altered(self, at: int) -> Problem:
        """As for reasoning items that can't be verified."""
        return Problem(
            f"input[{at}]: The items of this turn could not be verified. Reasoning items, messages "
            "and function calls must remain as they were in the original response.",
            code="invalid_encrypted_content",
        )

    def unanswered(self, call_ids: Sequence[str], at: int) -> Problem:  # noqa: ARG002
        """OpenAI's wording."""
        return Problem(f"No tool output found for function call {call_ids[0]}.")

    def unasked(self, call_id: str) -> Problem:
        """OpenAI's wording."""
        said = "No tool call found for function call output with call_id"
        return Problem(f"{said} {call_id[:80]}.")

    def twice(self, call_id: str) -> Problem:
        """OpenAI's wording."""
        return Problem(f"Duplicate function call output found for call_id {call_id[:80]}.")

    def _entries(self, body: Mapping[str, Any]) -> list[Json]:
        if body.get("previous_response_id") is not None:
            raise Problem("previous_response_id: nothing is stored here; send the whole input")
        if isinstance(body.get("input"), str):
            return [{"role": "user", "content": body["input"]}]
        return super()._entries(body)


def _thought(turn: Turn, asked: Asked) -> list[Json]:
    if not turn.reasoning:
        return []
    parts = [{"text": turn.reasoning, "type": "summary_text"}] if asked.thinking.shown else []
    return [
        {
            "id": f"rs_{turn.tag}",
            "summary": parts,
            "type": "reasoning",
            "encrypted_content": opaque(turn.reasoning, turn.tag),
        }
    ]


def _message(turn: Turn) -> Json:
    part: Json = {"annotations": [], "text": turn.message, "type": "output_text"}
    if turn.ending is Ending.REFUSED:
        part = {"refusal": turn.message, "type": "refusal"}
    cut = turn.ending in _INCOMPLETE
    return {
        "id": f"msg_{turn.tag}",
        "content": [part],
        "role": "assistant",
        "status": "incomplete" if cut else "completed",
        "type": "message",
    }


def _calls(turn: Turn) -> list[Json]:
    return [
        {
            "arguments": call.arguments,
            **with_id("call_id", call),
            "name": call.name,
            "type": "function_call",
            "id": f"fc_{turn.tag}{place:02x}",
            "status": "completed",
        }
        for place, call in enumerate(turn.calls)
    ]


def _usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }
