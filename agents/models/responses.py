"""OpenAI's Responses interface, used without state on the provider's side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tempt.agents.models import wire
from tempt.agents.models.base import ModelSettings, ReplyError
from tempt.agents.models.wire import Part
from tempt.envs.model import Conversation, Exchange
from tempt.envs.tools import Tool
from tempt.envs.transcript import ModelTurn, Reasoning, Sent, Stop, TokenChance, ToolCall, Usage

_CUT = {"max_output_tokens": Stop.TRUNCATED, "content_filter": Stop.REFUSED}


class ResponsesDialect:
    """Requests and replies of ``POST /responses``."""

    def encode(self, conversation: Conversation, settings: ModelSettings) -> Sent:
        """The request that asks for the next turn of ``conversation``.

        Nothing is stored at the provider: reasoning goes back and forth encrypted.

        Raises:
            ModelError: The effort is a number of tokens.
        """
        fields: dict[str, object] = {"model": settings.model}
        if conversation.system:
            fields["instructions"] = conversation.system
        if conversation.tools:
            fields["tools"] = [_tool(tool) for tool in conversation.tools]
            fields["parallel_tool_calls"] = True
        effort = {"effort": wire.effort_word(settings)} if settings.effort else {}
        summary = {} if settings.summary == "none" else {"summary": settings.summary}
        if effort or summary:
            fields["reasoning"] = {**effort, **summary}
        chances = ["message.output_text.logprobs"] if settings.logprobs else []
        fields["include"] = ["reasoning.encrypted_content", *chances]
        if settings.logprobs:
            fields["top_logprobs"] = settings.logprobs
        fields["max_output_tokens"] = settings.max_tokens
        fields["store"] = False
        return wire.request(fields, "input", _items(conversation))

    def decode(self, reply: str, settings: ModelSettings) -> ModelTurn:
        """The turn that ``reply`` holds.

        Raises:
            ReplyError: It holds none.
        """
        response = wire.parse(reply)
        status = response.word("status")
        if status == "failed":
            raise ReplyError("the provider reports that the response failed")
        output = response.needed("output")
        texts, refused = _said(output)
        stop, stop_reason = _stop(response, status, refused)
        used = response.part("usage")
        contents = wire.Contents(
            thoughts=[thought for item in output for thought in _thoughts(item)],
            message="\n\n".join(texts),
            calls=[_call(item) for item in output if item.text("type") == "function_call"],
            used=_usage(used),
            stop=stop,
            stop_reason=stop_reason,
            model=response.word("model"),
            state=[wire.dump(_replayed(item)) for item in output],
            echoed_effort=response.part("reasoning").word("effort"),
            counts_reasoning=used.part("output_tokens_details").has("reasoning_tokens"),
            chances=tuple(_chances(output)),
        )
        return wire.turn(contents, settings)


def _chances(output: Sequence[Part]) -> Iterator[TokenChance]:
    for item in output:
        if item.text("type") == "message":
            for part in item.parts("content"):
                yield from wire.chances(part.parts("logprobs"))


def _tool(tool: Tool) -> dict[str, object]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": False,
    }


def _items(conversation: Conversation) -> Iterator[str]:
    yield wire.dump({"role": "user", "content": conversation.user})
    for exchange in conversation.exchanges:
        yield from exchange.turn.provider_state
        yield from _answers(exchange)


def _answers(exchange: Exchange) -> Iterator[str]:
    for observation in exchange.observations:
        yield wire.dump(
            {
                "type": "function_call_output",
                "call_id": observation.call_id,
                "output": observation.text,
            }
        )


def _replayed(item: Part) -> dict[str, Any]:
    """``item`` as it may be sent back: verbatim, but for what is only ever sent one way.

    The interface refuses fields that are null, and the status of reasoning.
    """
    left_out = {"status"} if item.text("type") == "reasoning" else set()
    return {
        name: value
        for name, value in item.value.items()
        if value is not None and name not in left_out
    }


def _thoughts(item: Part) -> Iterator[Reasoning]:
    """The reasoning of one item: in full, else summed up, else only that there was some."""
    if item.text("type") != "reasoning":
        return
    full = _joined(item, "content")
    short = _joined(item, "summary")
    if full:
        yield wire.raw(full)
    elif short:
        yield wire.summary(short)
    else:
        yield wire.HIDDEN


def _joined(item: Part, name: str) -> str:
    texts = [part.text("text") for part in item.parts(name)]
    return "\n\n".join(text for text in texts if text.strip())


def _said(output: Sequence[Part]) -> tuple[list[str], bool]:
    """The messages, and whether one of them is a refusal."""
    messages, refused = [], False
    for item in output:
        if item.text("type") != "message":
            continue
        parts = list(item.parts("content"))
        refused = refused or any(part.text("type") == "refusal" for part in parts)
        message = "".join(part.text("text") or part.text("refusal") for part in parts)
        if message:
            messages.append(message)
    return messages, refused


def _call(item: Part) -> ToolCall:
    return ToolCall(item.label("call_id"), item.label("name"), item.string("arguments"))


def _stop(response: Part, status: str, refused: bool) -> tuple[Stop | None, str]:
    if refused:
        return Stop.REFUSED, "refusal"
    if status == "incomplete":
        reason = response.part("incomplete_details").word("reason")
        return _CUT.get(reason), reason or status
    return (Stop.END if status == "completed" else None), status


def _usage(used: Part) -> Usage:
    inputs, outputs = used.part("input_tokens_details"), used.part("output_tokens_details")
    return wire.usage(
        inputs=used.count("input_tokens"),
        outputs=used.count("output_tokens"),
        reasoned=outputs.count("reasoning_tokens"),
        cached=inputs.count("cached_tokens"),
        written=inputs.count("cache_write_tokens"),
    )
