"""OpenAI's Chat Completions, as ``POST /v1/chat/completions`` speaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tempt.envs.transcript import Status
from tempt.fake.answers import ChatReasoning, Ending, Json, Manner, Turn, Usage
from tempt.fake.problems import INVALID, Problem
from tempt.fake.wire import (
    SUFFIX,
    Asked,
    Dialect,
    Result,
    Thinking,
    checked_effort,
    openai_error,
    plain_text,
    with_id,
)

_FINISH: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.DONE: "stop",
        Ending.CALLS: "tool_calls",
        Ending.LENGTH: "length",
        Ending.FILTERED: "content_filter",
        Ending.REFUSED: "stop",
        Ending.UNHEARD_OF: "weather",
    }
)
_ERRORS: Mapping[int, str] = MappingProxyType(
    {429: "rate_limit_error", 500: "server_error", 503: "server_error"}
)


class Chat(Dialect):
    """Messages in, a message out; thoughts are where the server was told to put them."""

    name = "chat"
    path = "/v1/chat/completions"
    request_id_header = "x-request-id"
    entries = "messages"

    def thinking(self, body: Mapping[str, Any], manner: Manner) -> Thinking:
        """By ``reasoning_effort``."""
        asked = checked_effort(body.get("reasoning_effort"), "reasoning_effort")
        return Thinking(manner.thinks(asked))

    def is_ours(self, entry: Json) -> bool:
        """The assistant's messages."""
        return entry.get("role") == "assistant"

    def results_in(self, entries: Sequence[Json]) -> Iterator[Result]:
        """Tools' messages; the format has no word for a call that failed."""
        for entry in entries:
            if entry.get("role") == "tool":
                text = plain_text(entry.get("content"))
                yield Result(str(entry.get("tool_call_id")), text, Status.OK)

    def items(self, turn: Turn, asked: Asked, manner: Manner) -> list[Json]:  # noqa: ARG002
        """One message."""
        refused = turn.ending is Ending.REFUSED
        content = None if refused else turn.message or None
        thought: Json = {}
        if turn.reasoning and manner.chat_reasoning is ChatReasoning.THINK:
            content = f"<think>\n{turn.reasoning}\n</think>\n\n{content or ''}"
        elif turn.reasoning:
            thought = {manner.chat_reasoning.value: _thought(turn, manner.chat_reasoning)}
        calls = {"tool_calls": _calls(turn)} if turn.calls else {}
        refusal = turn.message if refused else None
        message = {"content": content, "refusal": refusal, "role": "assistant"}
        return [{**message, **calls, **thought}]

    def body(self, turn: Turn, asked: Asked, manner: Manner, usage: Usage) -> Json:
        """A completion with one choice."""
        [message] = self.items(turn, asked, manner)
        choice = {
            "finish_reason": _FINISH[turn.ending],
            "index": 0,
            "logprobs": None,
            "message": message,
        }
        return {
            "id": f"chatcmpl-{turn.tag}",
            "choices": [choice],
            "created": 0,
            "model": asked.model + SUFFIX,
            "object": "chat.completion",
            "usage": _usage(usage),
        }

    def error(self, problem: Problem, request_id: str) -> Json:  # noqa: ARG002
        """OpenAI's error object."""
        return openai_error(problem, _ERRORS.get(problem.status, INVALID))

    def altered(self, at: int) -> Problem:
        """The strictness of servers that check what they gave."""
        return Problem(
            f"Invalid value: messages[{at}]. An assistant message and its reasoning must remain as "
            "they were in the original response.",
            code="invalid_value",
        )

    def unanswered(self, call_ids: Sequence[str], at: int) -> Problem:  # noqa: ARG002
        """OpenAI's wording."""
        return Problem(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(call_ids)
        )

    def unasked(self, call_id: str) -> Problem:
        """OpenAI's wording."""
        return Problem(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            f"message with 'tool_calls'. The tool_call_id is {call_id[:80]}."
        )

    def twice(self, call_id: str) -> Problem:
        """In OpenAI's manner."""
        said = "Duplicate value for 'tool_call_id' of"
        return Problem(f"{said} {call_id[:80]} in messages with role 'tool'.")


def _thought(turn: Turn, place: ChatReasoning) -> object:
    if place is ChatReasoning.REASONING_DETAILS:
        return [{"type": "reasoning.text", "text": turn.reasoning, "index": 0}]
    return turn.reasoning


def _calls(turn: Turn) -> list[Json]:
    return [
        {
            **with_id("id", call),
            "function": {"arguments": call.arguments, "name": call.name},
            "type": "function",
        }
        for call in turn.calls
    ]


def _usage(usage: Usage) -> Json:
    return {
        "completion_tokens": usage.output,
        "prompt_tokens": usage.input,
        "total_tokens": usage.input + usage.output,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }
