"""From a LangChain message to a turn of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langgraph.types import Command

from tempt.envs.transcript import (
    ModelTurn,
    Reasoning,
    ReasoningKind,
    Stop,
    ToolCall,
    Usage,
)

_STOPS = {
    "length": Stop.TRUNCATED,
    "max_tokens": Stop.TRUNCATED,
    "max_output_tokens": Stop.TRUNCATED,
    "content_filter": Stop.REFUSED,
    "refusal": Stop.REFUSED,
    "model_context_window_exceeded": Stop.CONTEXT,
}
_WEAKEST_FIRST = (
    ReasoningKind.NONE,
    ReasoningKind.REDACTED,
    ReasoningKind.SUMMARY,
    ReasoningKind.RAW,
)


def turn_of(message: AIMessage) -> ModelTurn:
    """The turn that ``message`` is."""
    metadata = message.response_metadata
    calls = tuple(
        ToolCall(call["id"] or "", call["name"], arguments_text(call["args"]))
        for call in message.tool_calls
    )
    text = str(message.text)
    said = str(metadata.get("finish_reason") or metadata.get("stop_reason") or "")
    stop = _STOPS.get(said, Stop.END)
    if stop is Stop.END and not (text or calls):
        stop = Stop.EMPTY
    return ModelTurn(
        reasoning=_reasoning(message),
        message=text,
        calls=calls,
        usage=_usage(message.usage_metadata or {}),
        stop=stop,
        stop_reason=said,
        model=str(metadata.get("model_name") or metadata.get("model") or ""),
    )


def arguments_text(arguments: object) -> str:
    """Arguments that were parsed already, as text again."""
    return json.dumps(arguments, ensure_ascii=False)


def ai_messages(output: object) -> Iterator[AIMessage]:
    """The model's messages in what a node returned, in order."""
    if isinstance(output, AIMessage):
        yield output
    elif isinstance(output, Command):
        yield from ai_messages(output.update)
    elif isinstance(output, Mapping):
        for value in output.values():
            yield from _listed(value)
    else:
        yield from _listed(output)


def _listed(value: object) -> Iterator[AIMessage]:
    """The messages of a list; a node's output nests no deeper."""
    if isinstance(value, AIMessage):
        yield value
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            if isinstance(item, Command):
                yield from ai_messages(item)
            elif isinstance(item, AIMessage):
                yield item


def message_ids(value: object) -> Iterator[str]:
    """Ids of all messages in a node's input."""
    values: Iterable[Any] = value.values() if isinstance(value, Mapping) else (value,)
    for part in values:
        for item in part if isinstance(part, list | tuple) else (part,):
            if isinstance(item, BaseMessage) and item.id:
                yield item.id


def merged(turns: Sequence[ModelTurn], calls: tuple[ToolCall, ...]) -> ModelTurn:
    """Several replies that were given before any call was answered, as one turn."""
    if not turns:
        return ModelTurn(Reasoning(ReasoningKind.NONE), calls=calls)
    last = turns[-1]
    if len(turns) == 1:
        whole = last
    else:
        whole = ModelTurn(
            reasoning=_joined([turn.reasoning for turn in turns]),
            message="\n\n".join(turn.message for turn in turns if turn.message),
            usage=_sum([turn.usage for turn in turns]),
            stop=Stop.END if calls else last.stop,
            stop_reason=last.stop_reason,
            model=", ".join(dict.fromkeys(turn.model for turn in turns if turn.model)),
            effort=last.effort,
            overcome=tuple(fault for turn in turns for fault in turn.overcome),
            provider_state=tuple(item for turn in turns for item in turn.provider_state),
            sent=last.sent,
            received=last.received,
        )
    return _with_calls(whole, calls)


def _with_calls(turn: ModelTurn, calls: tuple[ToolCall, ...]) -> ModelTurn:
    stop = Stop.END if calls and turn.stop is Stop.EMPTY else turn.stop
    return replace(turn, calls=calls, stop=stop)


def _reasoning(message: AIMessage) -> Reasoning:
    """Text beside the content is a chain of thought as it was; blocks are what a provider shows."""
    beside = message.additional_kwargs.get("reasoning_content")
    if isinstance(beside, str) and beside:
        return Reasoning(ReasoningKind.RAW, beside)
    texts: list[str] = []
    redacted = 0
    for block in message.content_blocks:
        if block["type"] == "reasoning":
            text = block.get("reasoning") or ""
            texts += [text] if text else []
            redacted += not text
        elif block["type"] == "non_standard":
            redacted += block["value"].get("type") == "redacted_thinking"
    if texts:
        return Reasoning(ReasoningKind.SUMMARY, "\n\n".join(texts), redacted)
    kind = ReasoningKind.REDACTED if redacted else ReasoningKind.NONE
    return Reasoning(kind, redacted_parts=redacted)


def _usage(counts: Mapping[str, Any]) -> Usage:
    received = counts.get("input_token_details") or {}
    given = counts.get("output_token_details") or {}
    return Usage(
        input_tokens=counts.get("input_tokens") or 0,
        output_tokens=counts.get("output_tokens") or 0,
        reasoning_tokens=given.get("reasoning") or 0,
        cached_tokens=received.get("cache_read") or 0,
        cache_write_tokens=received.get("cache_creation") or 0,
    )


def _joined(parts: Sequence[Reasoning]) -> Reasoning:
    """Of the weakest kind; with any text at all, a summary of the whole."""
    kind = min((part.kind for part in parts), key=_WEAKEST_FIRST.index)
    text = "\n\n".join(part.text for part in parts if part.text)
    if text and kind is not ReasoningKind.RAW:
        kind = ReasoningKind.SUMMARY
    return Reasoning(kind, text, sum(part.redacted_parts for part in parts))


def _sum(usages: Sequence[Usage]) -> Usage:
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        reasoning_tokens=sum(usage.reasoning_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        cache_write_tokens=sum(usage.cache_write_tokens for usage in usages),
    )
