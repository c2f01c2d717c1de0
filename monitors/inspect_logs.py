"""Inspect logs (the JSON kind) as labelled trajectories.

The label is a score of the log's own: the caller says which, and which of its values mean
misbehaviour. Reads `inspect_ai`'s log format by its field names; nothing of it is imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tempt.monitors.records import BENIGN, MISBEHAVED, RecordError


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How a score becomes a label.

    Attributes:
        scorer: The scorer's name in the log.
        misbehaved: Its values that mean misbehaviour, as text; all others are benign.
    """

    scorer: str
    misbehaved: frozenset[str]


def inspect_rows(log: object, rule: LabelRule) -> Iterator[dict[str, object]]:
    """A line's value for each sample that ``rule`` can label; samples that failed are left out.

    Raises:
        RecordError: This is no such log, or none of its samples has the score.
    """
    try:
        rows = list(_rows(log, rule))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordError(f"not an Inspect log: {type(error).__name__}: {error}") from error
    if not rows:
        raise RecordError(f"no sample of the log has a score by {rule.scorer!r}")
    yield from rows


def _rows(log: Any, rule: LabelRule) -> Iterator[dict[str, object]]:
    task = str(log["eval"]["task"])
    for sample in log["samples"]:
        score = (sample.get("scores") or {}).get(rule.scorer)
        if sample.get("error") or score is None:
            continue
        name = f"{task}/{sample['id']}"
        bad = str(score["value"]) in rule.misbehaved
        yield {
            "id": f"{name}/{sample.get('epoch', 1)}",
            "source": f"inspect/{task}",
            "messages": [_message(each) for each in sample["messages"]],
            "label": MISBEHAVED if bad else BENIGN,
            "meta": {"group": name},
        }


def _message(message: Mapping[str, Any]) -> dict[str, object]:
    content = message.get("content")
    found: dict[str, object] = {"role": message["role"], "content": _joined(content, "text")}
    if thought := _joined(content, "reasoning"):
        found["reasoning"] = thought
    if calls := message.get("tool_calls"):
        found["tool_calls"] = [_call(call) for call in calls]
    return found


def _call(call: Mapping[str, Any]) -> dict[str, str]:
    arguments = call.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return {"name": str(call["function"]), "arguments": text}


def _joined(content: str | Sequence[Mapping[str, Any]] | None, kind: str) -> str:
    """The parts of ``kind``, one after the other; redacted reasoning has none that can be read."""
    if isinstance(content, str) or content is None:
        return (content or "") if kind == "text" else ""
    parts = (p for p in content if p.get("type") == kind and not p.get("redacted"))
    return "\n".join(str(part.get(kind) or "") for part in parts)
