"""Anthropic's Messages, as ``POST /v1/messages`` speaks it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tempt.envs.transcript import Status
from tempt.fake.answers import EFFORTS, Ending, Json, Manner, Turn, Usage, opaque
from tempt.fake.problems import INVALID, KINDS, Problem
from tempt.fake.wire import (
    SUFFIX,
    Asked,
    Dialect,
    Result,
    Thinking,
    checked_effort,
    mapping,
    plain_text,
    with_id,
)

LEAST_BUDGET = 1024
_REDACTED_EVERY = 3
_STOP: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.DONE: "end_turn",
        Ending.CALLS: "tool_use",
        Ending.LENGTH: "max_tokens",
        Ending.REFUSED: "refusal",
        Ending.CONTEXT: "model_context_window_exceeded",
        Ending.PAUSED: "pause_turn",
        Ending.UNHEARD_OF: "weather",
    }
)
_ON = ("adaptive", "enabled", "between_tools")


class Messages(Dialect):
    """Blocks in, blocks out; thinking blocks are signed, and some of them redacted."""

    name = "messages"
    path = "/v1/messages"
    request_id_header = "request-id"
    entries = "messages"

    def thinking(self, body: Mapping[str, Any], manner: Manner) -> Thinking:
        """By ``thinking`` and ``output_config.effort``; adaptive shows nothing unless asked to."""
        most = body.get("max_tokens")
        if not isinstance(most, int) or most < 1:
            raise Problem("max_tokens: Field required")
        config = mapping(body.get("thinking"), "thinking")
        effort = mapping(body.get("output_config"), "output_config").get("effort")
        asked = checked_effort(effort, "output_config.effort", EFFORTS[2:])
        kind = config.get("type", "disabled")
        if kind == "enabled":
            _check_budget(config.get("budget_tokens"), most)
        on = kind in _ON and manner.thinks(asked)
        display = config.get("display") or ("summarized" if kind == "enabled" else "omitted")
        return Thinking(on or manner.ignore_effort, shown=display == "summarized")

    def is_ours(self, entry: Json) -> bool:
        """The assistant's messages."""
        return entry.get("role") == "assistant"

    def contents(self, entries: Sequence[Json]) -> list[Json]:
        """Their blocks; a text is one."""
        return [block for entry in entries for block in _blocks(entry)]

    def marked(self, body: Mapping[str, Any]) -> bool:
        """Whether the request or a block of it carries a cache mark."""
        entries = [{"content": body.get("system")}, *body[self.entries]]
        return any("cache_control" in part for part in (body, *self.contents(entries)))

    def results_in(self, entries: Sequence[Json]) -> Iterator[Result]:
        """The results of tools, with what became of them."""
        for entry in entries:
            for block in _blocks(entry):
                if block.get("type") == "tool_result":
                    status = Status.FAILED if block.get("is_error") else Status.OK
                    text = plain_text(block.get("content"))
                    yield Result(str(block.get("tool_use_id")), text, status)

    def items(self, turn: Turn, asked: Asked, manner: Manner) -> list[Json]:  # noqa: ARG002
        """Thinking, text, tool uses."""
        said = [{"text": turn.message, "type": "text"}] if turn.message else []
        return [*_thoughts(turn, asked), *said, *_uses(turn)]

    def body(self, turn: Turn, asked: Asked, manner: Manner, usage: Usage) -> Json:
        """A message."""
        return {
            "id": f"msg_{turn.tag}",
            "content": self.items(turn, asked, manner),
            "model": asked.model + SUFFIX,
            "role": "assistant",
            "stop_reason": _STOP[turn.ending],
            "stop_sequence": None,
            "type": "message",
            "usage": _usage(usage, asked),
        }

    def error(self, problem: Problem, request_id: str) -> Json:
        """Anthropic's error object."""
        kind = KINDS.get(problem.status, INVALID)
        error = {"type": kind, "message": problem.message}
        return {"type": "error", "error": error, "request_id": request_id}

    def altered(self, at: int) -> Problem:
        """Anthropic's wording."""
        return Problem(
            f"messages.{at}.content: `thinking` or `redacted_thinking` blocks, and what stands "
            "with them in an assistant message, cannot be modified. These blocks must remain as "
            "they were in the original response."
        )

    def unanswered(self, call_ids: Sequence[str], at: int) -> Problem:
        """Anthropic's wording."""
        return Problem(
            f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(call_ids)}. Each `tool_use` block must have a corresponding "
            "`tool_result` block in the next message."
        )

    def unasked(self, call_id: str) -> Problem:
        """Anthropic's wording."""
        return Problem(
            f"messages: unexpected `tool_use_id` found in `tool_result` blocks: {call_id[:80]}. "
            "Each `tool_result` block must have a corresponding `tool_use` block in the previous "
            "message."
        )

    def twice(self, call_id: str) -> Problem:
        """Anthropic's wording."""
        return Problem(
            "messages: each tool_use must have a single result. Found multiple `tool_result` "
            f"blocks with id: {call_id[:80]}"
        )


def _check_budget(budget: object, most: int) -> None:
    if not isinstance(budget, int) or budget < LEAST_BUDGET:
        raise Problem(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to "
            f"{LEAST_BUDGET}"
        )
    if budget >= most:
        raise Problem("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _blocks(entry: Json) -> list[Json]:
    content = entry.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        return []
    return [block for block in content if isinstance(block, dict)]


def _thoughts(turn: Turn, asked: Asked) -> list[Json]:
    if not turn.reasoning:
        return []
    text = turn.reasoning if asked.thinking.shown else ""
    signature = opaque(turn.reasoning, turn.tag)
    thoughts: list[Json] = [{"signature": signature, "thinking": text, "type": "thinking"}]
    if turn.number % _REDACTED_EVERY == 0:
        data = opaque(turn.reasoning, f"{turn.tag} redacted")
        thoughts.append({"data": data, "type": "redacted_thinking"})
    return thoughts


def _uses(turn: Turn) -> list[Json]:
    return [
        {
            **with_id("id", call),
            "input": _input(call.arguments),
            "name": call.name,
            "type": "tool_use",
        }
        for call in turn.calls
    ]


def _input(arguments: str) -> object:
    """The arguments as JSON; a text that is none stands there as a text."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _usage(usage: Usage, asked: Asked) -> Json:
    """Here the three kinds of input add up, instead of one including the others."""
    new = usage.input - usage.cached
    written = new if asked.marked else 0
    return {
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cached,
        "input_tokens": new - written,
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
    }
