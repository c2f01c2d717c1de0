"""Transcripts as JSON, with long texts kept apart and stored once.

A text of `APART` characters or more is replaced by ``{"$text": sha256}``; prompts, files and tool
results that recur, within an episode or across a run, cost their size once.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Step,
    ToolCall,
    Transcript,
    Usage,
)
from tempt.sandbox.base import digest

APART = 400
_LEVEL = 6


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


def pack(value: object) -> Packed:
    """Encode plain data."""
    texts: dict[str, bytes] = {}
    slim = _part(value, texts)
    encoded = json.dumps(slim, separators=(",", ":")).encode()
    return Packed(zlib.compress(encoded, _LEVEL), texts)


def unpack(data: bytes, texts: Mapping[str, bytes]) -> Any:
    """Decode what `pack` encoded.

    Raises:
        CodecError: The bytes are damaged, or a text is missing.
    """
    try:
        return _join(json.loads(zlib.decompress(data)), texts)
    except (zlib.error, ValueError, KeyError) as error:
        raise CodecError(f"damaged record: {error}") from error


def texts_of(data: bytes) -> list[str]:
    """The long texts that an encoded value refers to, by sha256.

    Raises:
        CodecError: The bytes are damaged.
    """
    try:
        return list(_references(json.loads(zlib.decompress(data))))
    except (zlib.error, ValueError) as error:
        raise CodecError(f"damaged record: {error}") from error


def transcript_to_json(transcript: Transcript) -> dict[str, object]:
    """Plain data with everything that ``transcript`` holds."""
    return {
        "system": transcript.system,
        "user": transcript.user,
        "turns": [_turn_to_json(turn) for turn in transcript.turns],
        "steps": [_step_to_json(step) for step in transcript.steps],
        "not_executed": [_call_to_json(call) for call in transcript.not_executed],
    }


def transcript_from_json(value: Mapping[str, Any]) -> Transcript:
    """The transcript in ``value``."""
    return Transcript(
        system=value["system"],
        user=value["user"],
        turns=tuple(_turn(turn) for turn in value["turns"]),
        steps=tuple(_step(step) for step in value["steps"]),
        not_executed=tuple(ToolCall(**call) for call in value["not_executed"]),
    )


def _turn_to_json(turn: ModelTurn) -> dict[str, object]:
    usage = turn.usage
    return {
        "reasoning": {"kind": turn.reasoning.kind.value, "text": turn.reasoning.text},
        "message": turn.message,
        "calls": [_call_to_json(call) for call in turn.calls],
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        },
        "stop_reason": turn.stop_reason,
        "model": turn.model,
        "provider_state": list(turn.provider_state),
    }


def _call_to_json(call: ToolCall) -> dict[str, object]:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def _step_to_json(step: Step) -> dict[str, object]:
    seen = step.observation
    return {
        "index": step.index,
        "turn": step.turn,
        "call": _call_to_json(step.call),
        "observation": {
            "call_id": seen.call_id,
            "tool": seen.tool,
            "text": seen.text,
            "status": seen.status.value,
            "notices": list(seen.notices),
        },
        "reward": step.reward,
        "changes": list(step.changes),
    }


def _turn(value: Mapping[str, Any]) -> ModelTurn:
    reasoning = value["reasoning"]
    return ModelTurn(
        reasoning=Reasoning(ReasoningKind(reasoning["kind"]), reasoning["text"]),
        message=value["message"],
        calls=tuple(ToolCall(**call) for call in value["calls"]),
        usage=Usage(**value["usage"]),
        stop_reason=value["stop_reason"],
        model=value["model"],
        provider_state=tuple(value["provider_state"]),
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


def _part(value: object, texts: dict[str, bytes]) -> object:
    """``value`` with its long texts moved into ``texts``."""
    if isinstance(value, str):
        return _aside(value, texts) if len(value) >= APART else value
    if isinstance(value, Mapping):
        return {_escape(str(key)): _part(item, texts) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_part(item, texts) for item in value]
    return value


def _aside(text: str, texts: dict[str, bytes]) -> dict[str, str]:
    raw = text.encode("utf-8", "surrogatepass")
    key = digest(raw)
    if key not in texts:
        texts[key] = zlib.compress(raw, _LEVEL)
    return {"$text": key}


def _escape(key: str) -> str:
    """A provider's own key can't pass for a reference."""
    return f"${key}" if key.startswith("$") else key


def _unescape(key: str) -> str:
    return key.removeprefix("$")


def _join(value: Any, texts: Mapping[str, bytes]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$text"}:
            return zlib.decompress(texts[value["$text"]]).decode("utf-8", "surrogatepass")
        return {_unescape(key): _join(item, texts) for key, item in value.items()}
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
