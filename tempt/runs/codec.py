"""Transcripts as JSON, with long texts kept apart and stored once.

A text of `APART` characters or more is replaced by ``{"$text": sha256}``; prompts, files and tool
results that recur, within an episode or across a run, cost their size once. Every free text is a
JSON string, so nothing that an agent wrote can pass for a reference.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tempt.envs.transcript import (
    Effort,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Sent,
    Status,
    Step,
    Stop,
    TokenChance,
    ToolCall,
    Transcript,
    Usage,
)
from tempt.sandbox.base import digest

APART = 400
_LEVEL = 3


Keep = Callable[[str], str | dict[str, str]]


class CodecError(ValueError):
    """Stored bytes are not what they should be."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An encoded value.

    Attributes:
        data: Compressed JSON.
        texts: Compressed long texts, by sha256.
    """

    data: bytes
    texts: Mapping[str, bytes]


def pack_transcript(transcript: Transcript) -> Packed:
    """Encode a transcript."""
    texts: dict[str, bytes] = {}
    value = _transcript_to_json(transcript, lambda text: _aside(text, texts))
    return Packed(zlib.compress(_to_bytes(_to_text(value)), _LEVEL), texts)


def pack_lines(lines: Sequence[str]) -> bytes:
    """Encode a ledger's lines."""
    return zlib.compress("\n".join(lines).encode(), _LEVEL)


def unpack_lines(data: bytes) -> list[dict[str, Any]]:
    """Decode a ledger's lines.

    Raises:
        CodecError: The bytes are damaged.
    """
    try:
        return [json.loads(line) for line in zlib.decompress(data).decode().split("\n") if line]
    except (zlib.error, ValueError) as error:
        raise CodecError(f"damaged record: {error}") from error


def unpack(data: bytes, texts: Mapping[str, bytes]) -> Any:
    """Decode what `pack_transcript` encoded.

    Raises:
        CodecError: The bytes are damaged, or a text is missing.
    """
    try:
        return _join(json.loads(_from_bytes(zlib.decompress(data))), texts)
    except (zlib.error, ValueError, KeyError) as error:
        raise CodecError(f"damaged record: {error}") from error


def texts_of(data: bytes) -> list[str]:
    """The long texts that an encoded value refers to, by sha256.

    Raises:
        CodecError: The bytes are damaged.
    """
    try:
        return list(_references(json.loads(_from_bytes(zlib.decompress(data)))))
    except (zlib.error, ValueError) as error:
        raise CodecError(f"damaged record: {error}") from error


def _transcript_to_json(transcript: Transcript, keep: Keep) -> dict[str, object]:
    """Everything that ``transcript`` holds; ``keep`` says how a text is written down."""
    return {
        "system": keep(transcript.system),
        "user": keep(transcript.user),
        "turns": [_turn_to_json(turn, keep) for turn in transcript.turns],
        "steps": [_step_to_json(step, keep) for step in transcript.steps],
        "not_executed": [_call_to_json(call, keep) for call in transcript.not_executed],
    }


def transcript_from_json(value: Mapping[str, Any]) -> Transcript:
    """The transcript in ``value``.

    Raises:
        CodecError: It is none.
    """
    try:
        return Transcript(
            system=value["system"],
            user=value["user"],
            turns=tuple(_turn(turn) for turn in value["turns"]),
            steps=tuple(_step(step) for step in value["steps"]),
            not_executed=tuple(ToolCall(**call) for call in value["not_executed"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CodecError(f"damaged record: {error!r}") from error


def _turn_to_json(turn: ModelTurn, keep: Keep) -> dict[str, object]:
    reasoning, sent = turn.reasoning, turn.sent
    return {
        "reasoning": {
            "kind": reasoning.kind.value,
            "text": keep(reasoning.text),
            "redacted_parts": reasoning.redacted_parts,
        },
        "message": keep(turn.message),
        "calls": [_call_to_json(call, keep) for call in turn.calls],
        "usage": _usage_to_json(turn.usage),
        "stop": turn.stop.value,
        "stop_reason": turn.stop_reason,
        "model": turn.model,
        "effort": [turn.effort.requested, turn.effort.effective] if turn.effort else None,
        "overcome": list(turn.overcome),
        "provider_state": [keep(state) for state in turn.provider_state],
        "sent": _sent_to_json(sent, keep) if sent else None,
        "received": keep(turn.received),
        "chances": [[each.text, each.logprob, list(each.others)] for each in turn.chances],
    }


def _usage_to_json(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }


def _sent_to_json(sent: Sent, keep: Keep) -> dict[str, object]:
    items = [keep(item) for item in sent.items]
    return {"head": keep(sent.head), "items": items, "tail": keep(sent.tail)}


def _call_to_json(call: ToolCall, keep: Keep) -> dict[str, object]:
    return {"id": call.id, "name": call.name, "arguments": keep(call.arguments)}


def _step_to_json(step: Step, keep: Keep) -> dict[str, object]:
    seen = step.observation
    return {
        "index": step.index,
        "turn": step.turn,
        "call": _call_to_json(step.call, keep),
        "observation": {
            "call_id": seen.call_id,
            "tool": seen.tool,
            "text": keep(seen.text),
            "status": seen.status.value,
            "notices": list(seen.notices),
        },
        "reward": step.reward,
        "changes": list(step.changes),
    }


def _turn(value: Mapping[str, Any]) -> ModelTurn:
    reasoning, effort, sent = value["reasoning"], value["effort"], value["sent"]
    return ModelTurn(
        reasoning=Reasoning(
            ReasoningKind(reasoning["kind"]), reasoning["text"], reasoning["redacted_parts"]
        ),
        message=value["message"],
        calls=tuple(ToolCall(**call) for call in value["calls"]),
        usage=Usage(**value["usage"]),
        stop=Stop(value["stop"]),
        stop_reason=value["stop_reason"],
        model=value["model"],
        effort=Effort(*effort) if effort else None,
        overcome=tuple(value["overcome"]),
        provider_state=tuple(value["provider_state"]),
        sent=Sent(sent["head"], tuple(sent["items"]), sent["tail"]) if sent else None,
        received=value["received"],
        chances=tuple(
            TokenChance(text, logprob, tuple((other, chance) for other, chance in others))
            for text, logprob, others in value.get("chances", [])
        ),
    )


def _step(value: Mapping[str, Any]) -> Step:
    seen = value["observation"]
    return Step(
        index=value["index"],
        turn=value["turn"],
        call=ToolCall(**value["call"]),
        observation=Observation(
            call_id=seen["call_id"],
            tool=seen["tool"],
            text=seen["text"],
            status=Status(seen["status"]),
            notices=tuple(seen["notices"]),
        ),
        reward=value["reward"],
        changes=tuple(value["changes"]),
    )


def _to_text(value: object) -> str:
    """JSON, its strings unescaped: two lone surrogates would come back as one character."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _from_bytes(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _aside(text: str, texts: dict[str, bytes]) -> str | dict[str, str]:
    """The text itself, or where it is long a reference to its copy in ``texts``."""
    if len(text) < APART:
        return text
    raw = _to_bytes(text)
    key = digest(raw)
    if key not in texts:
        texts[key] = zlib.compress(raw, _LEVEL)
    return {"$text": key}


def _join(value: Any, texts: Mapping[str, bytes]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$text"}:
            return _from_bytes(zlib.decompress(texts[value["$text"]]))
        return {key: _join(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_join(item, texts) for item in value]
    return value


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.keys() == {"$text"}:
            yield value["$text"]
            return
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
