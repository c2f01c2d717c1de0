"""Anthropic's Messages interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tempt.agents.models import wire
from tempt.agents.models.base import ModelSettings, ReplyError
from tempt.agents.models.wire import Part
from tempt.envs.model import Conversation
from tempt.envs.tools import Tool
from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    Sent,
    Status,
    Stop,
    ToolCall,
    Usage,
)

# That it stops for calls is believed where there are some, so "tool_use" is not among them.
_STOPS = {
    "end_turn": Stop.END,
    "stop_sequence": Stop.END,
    "max_tokens": Stop.TRUNCATED,
    "refusal": Stop.REFUSED,
    "model_context_window_exceeded": Stop.CONTEXT,
}
_CACHED = {"type": "ephemeral"}


class MessagesDialect:
    """Requests and replies of ``POST /v1/messages``."""

    def encode(self, conversation: Conversation, settings: ModelSettings) -> Sent:
        """The request that asks for the next turn of ``conversation``.

        Thinking is always asked for in summarized form, unless the effort is ``none``: models
        whose default is to leave it out would think unseen. A mark for the cache stands at the end
        of the system prompt, which episodes share, and one at the top has the provider mark the
        end of the conversation by itself, so that no message ever changes.
        """
        fields: dict[str, object] = {
            "model": settings.model,
            "max_tokens": most_tokens(settings),
            "cache_control": _CACHED,
            **_thinking(settings.effort),
        }
        if conversation.system:
            fields["system"] = [
                {"type": "text", "text": conversation.system, "cache_control": _CACHED}
            ]
        if conversation.tools:
            fields["tools"] = [_tool(tool) for tool in conversation.tools]
        return wire.request(fields, "messages", _messages(conversation))

    def decode(self, reply: str, settings: ModelSettings) -> ModelTurn:
        """The turn that ``reply`` holds.

        Raises:
            ReplyError: It holds none.
        """
        message = wire.parse(reply)
        blocks = message.needed("content")
        kept = [block.value for block in blocks if not _is_blank(block)]
        reason = message.word("stop_reason")
        used = message.part("usage")
        contents = wire.Contents(
            thoughts=[thought for block in blocks for thought in _thoughts(block)],
            message="\n\n".join(_texts(blocks)),
            calls=[_call(block) for block in blocks if block.text("type") == "tool_use"],
            used=_usage(used),
            stop=_STOPS.get(reason),
            stop_reason=reason,
            model=message.word("model"),
            state=[wire.dump({"role": "assistant", "content": kept})] if kept else [],
            counts_reasoning=used.part("output_tokens_details").has("thinking_tokens"),
        )
        return wire.turn(contents, settings)


def most_tokens(settings: ModelSettings) -> int:
    """Most tokens of a reply, thinking included.

    A budget of thinking tokens must be less than that, so where it is not it comes on top.
    """
    if settings.effort.isdecimal() and int(settings.effort) >= settings.max_tokens:
        return settings.max_tokens + int(settings.effort)
    return settings.max_tokens


def _thinking(effort: str) -> dict[str, object]:
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    if effort.isdecimal():
        budget = {"type": "enabled", "budget_tokens": int(effort), "display": "summarized"}
        return {"thinking": budget}
    asked: dict[str, object] = {"thinking": {"type": "adaptive", "display": "summarized"}}
    return {**asked, "output_config": {"effort": effort}} if effort else asked


def _tool(tool: Tool) -> dict[str, object]:
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": dict(tool.parameters),
    }


def _messages(conversation: Conversation) -> Iterator[str]:
    yield wire.dump({"role": "user", "content": conversation.user})
    for exchange in conversation.exchanges:
        yield from exchange.turn.provider_state
        if exchange.observations:
            results = [_result(observation) for observation in exchange.observations]
            yield wire.dump({"role": "user", "content": results})


def _result(observation: Observation) -> dict[str, Any]:
    """The answer to one call; an error without a word is refused, so it gets its status for one."""
    result = {"type": "tool_result", "tool_use_id": observation.call_id}
    if observation.status is Status.OK:
        return {**result, "content": observation.text}
    text = observation.text or f"({observation.status.value})"
    return {**result, "content": text, "is_error": True}


def _is_blank(block: Part) -> bool:
    """Whether it is a text without text, which may come but is refused when it is sent back."""
    return block.text("type") == "text" and not block.text("text").strip()


def _texts(blocks: list[Part]) -> list[str]:
    return [
        block.text("text")
        for block in blocks
        if block.text("type") == "text" and not _is_blank(block)
    ]


def _thoughts(block: Part) -> Iterator[Reasoning]:
    kind = block.text("type")
    if kind == "thinking" and block.text("thinking").strip():
        yield wire.summary(block.text("thinking"))
    elif kind in {"thinking", "redacted_thinking"}:
        yield wire.HIDDEN


def _call(block: Part) -> ToolCall:
    arguments = block.part("input")
    if "input" not in block.value:
        raise ReplyError(f"{arguments.where} is missing")
    return ToolCall(block.label("id"), block.label("name"), wire.dump(arguments.value))


def _usage(used: Part) -> Usage:
    """Tokens; the interface counts what the cache gave or took apart from the rest."""
    cached = used.count("cache_read_input_tokens")
    written = used.count("cache_creation_input_tokens")
    return wire.usage(
        inputs=used.count("input_tokens") + cached + written,
        outputs=used.count("output_tokens"),
        reasoned=used.part("output_tokens_details").count("thinking_tokens"),
        cached=cached,
        written=written,
    )
