"""OpenAI's Chat Completions interface, as OpenAI and many other servers speak it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tempt.agents.models import wire
from tempt.agents.models.base import ModelSettings, ReplyError
from tempt.agents.models.wire import Part
from tempt.envs.model import Conversation
from tempt.envs.tools import Tool
from tempt.envs.transcript import ModelTurn, Reasoning, Sent, Stop, ToolCall, Usage

# That it stops for calls is believed where there are some, so "tool_calls" is not among them.
_STOPS = {
    "stop": Stop.END,
    "length": Stop.TRUNCATED,
    "content_filter": Stop.REFUSED,
}
_OPENAI_HOSTS = (".openai.com", ".openai.azure.com")
_THINKING = re.compile(r"\s*<think>(.*?)(?:</think>|\Z)", re.DOTALL)


class ChatDialect:
    """Requests and replies of ``POST /chat/completions``."""

    def encode(self, conversation: Conversation, settings: ModelSettings) -> Sent:
        """The request that asks for the next turn of ``conversation``.

        OpenAI's own models want the limit under a name that most other servers don't know.

        Raises:
            ModelError: The effort is a number of tokens.
        """
        limit = "max_completion_tokens" if _is_openai(settings.base_url) else "max_tokens"
        fields: dict[str, object] = {"model": settings.model, limit: settings.max_tokens}
        if settings.effort:
            fields["reasoning_effort"] = wire.effort_word(settings)
        if settings.logprobs:
            fields["logprobs"], fields["top_logprobs"] = True, settings.logprobs
        if conversation.tools:
            fields["tools"] = [_tool(tool) for tool in conversation.tools]
        return wire.request(fields, "messages", _messages(conversation))

    def decode(self, reply: str, settings: ModelSettings) -> ModelTurn:
        """The turn that ``reply`` holds.

        Calls are calls whatever the finish reason: some servers say ``stop`` beside them.

        Raises:
            ReplyError: It holds none.
        """
        completion = wire.parse(reply)
        choices = completion.needed("choices")
        if not choices:
            raise ReplyError("reply.choices is empty")
        answer = choices[0].part("message")
        if not answer.value:
            raise ReplyError(f"{answer.where} is missing or empty")
        thoughts, text = _content(answer)
        refusal = answer.text("refusal")
        finish = choices[0].word("finish_reason")
        used = completion.part("usage")
        contents = wire.Contents(
            thoughts=thoughts,
            message=text or refusal,
            calls=_calls(answer),
            used=_usage(used),
            stop=Stop.REFUSED if refusal else _STOPS.get(finish),
            stop_reason=finish or ("refusal" if refusal else ""),
            model=completion.word("model"),
            state=[wire.dump(_replayed(answer))],
            counts_reasoning=used.part("completion_tokens_details").has("reasoning_tokens"),
            chances=tuple(wire.chances(choices[0].part("logprobs").parts("content"))),
        )
        return wire.turn(contents, settings)


def _is_openai(base_url: str) -> bool:
    """Whether it is an address of OpenAI's own models; an empty one is."""
    host = urlsplit(base_url).hostname or ""
    return not base_url or f".{host}".endswith(_OPENAI_HOSTS)


def _tool(tool: Tool) -> dict[str, object]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}


def _messages(conversation: Conversation) -> Iterator[str]:
    if conversation.system:
        yield wire.dump({"role": "system", "content": conversation.system})
    yield wire.dump({"role": "user", "content": conversation.user})
    for exchange in conversation.exchanges:
        yield from exchange.turn.provider_state
        for answer in exchange.observations:
            yield wire.dump(
                {"role": "tool", "tool_call_id": answer.call_id, "content": answer.text}
            )


def _replayed(answer: Part) -> dict[str, Any]:
    """The message as it may be sent back: verbatim, but for fields that are null.

    Servers refuse some of those; a content that is null is the exception and may be needed.
    """
    if answer.word("role") not in {"", "assistant"}:
        raise ReplyError(f"{answer.where}.role is {wire.shown(answer.word('role'))}")
    kept = {
        name: value
        for name, value in answer.value.items()
        if value is not None or name == "content"
    }
    return {"role": "assistant", **kept}


def _calls(answer: Part) -> list[ToolCall]:
    if answer.value.get("function_call"):
        raise ReplyError(f"{answer.where}.function_call is of the old form, which has no id")
    return [_call(call) for call in answer.parts("tool_calls")]


def _call(call: Part) -> ToolCall:
    function = call.part("function")
    return ToolCall(call.label("id"), function.label("name"), function.string("arguments"))


def _content(answer: Part) -> tuple[list[Reasoning], str]:
    """What was thought, and what was said."""
    thoughts = list(_thoughts(answer))
    said = answer.value.get("content")
    if isinstance(said, list):
        parts = list(answer.parts("content"))
        thoughts += [wire.raw(_text(part)) for part in parts if part.text("type") == "thinking"]
        text = "".join(part.text("text") for part in parts)
    else:
        text = answer.text("content")
    if any(thought.text.strip() for thought in thoughts):
        return thoughts, text
    inline, text = _split(text)
    return [*thoughts, *map(wire.raw, inline)], text


def _text(part: Part) -> str:
    """The text of a thinking part: itself one, or made of text parts."""
    if isinstance(part.value.get("thinking"), list):
        return "".join(piece.text("text") for piece in part.parts("thinking"))
    return part.text("thinking")


def _thoughts(answer: Part) -> Iterator[Reasoning]:
    """Reasoning in fields of its own; where servers send several of them, they say the same."""
    details = [thought for part in answer.parts("reasoning_details") for thought in _detail(part)]
    yield from details
    plain = answer.text("reasoning") or answer.text("reasoning_content")
    if plain and not any(thought.text.strip() for thought in details):
        yield wire.raw(plain)


def _detail(part: Part) -> Iterator[Reasoning]:
    """One entry of ``reasoning_details``."""
    kind = part.text("type")
    if kind == "reasoning.encrypted":
        yield wire.HIDDEN
    elif kind == "reasoning.summary":
        yield wire.summary(part.text("summary"))
    elif part.text("text"):
        yield wire.raw(part.text("text"))


def _split(content: str) -> tuple[list[str], str]:
    """The thoughts that stand in tags before a message, and the message.

    A template may have opened the first tag itself, so that only its end is to be seen; and a
    reply that was cut may not have come to that end.
    """
    thoughts = []
    head, closing, rest = content.partition("</think>")
    if closing and "<think>" not in head:
        thoughts.append(head.strip())
        content = rest
    while found := _THINKING.match(content):
        thoughts.append(found[1].strip())
        content = content[found.end() :]
    return thoughts, content.lstrip() if thoughts else content


def _usage(used: Part) -> Usage:
    """Tokens; some servers count reasoning beside the completion instead of within it."""
    inputs, outputs = used.count("prompt_tokens"), used.count("completion_tokens")
    reasoned = used.part("completion_tokens_details").count("reasoning_tokens")
    if reasoned and used.count("total_tokens") == inputs + outputs + reasoned:
        outputs += reasoned
    details = used.part("prompt_tokens_details")
    return wire.usage(
        inputs=inputs,
        outputs=outputs,
        reasoned=reasoned,
        cached=details.count("cached_tokens"),
        written=details.count("cache_write_tokens"),
    )
