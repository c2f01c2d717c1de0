"""Labelled trajectories, one JSON object a line, as monitors are trained and judged on.

A line: ``{"id", "source", "messages", "label": "misbehaved" | "benign", "category"?, "meta":
{"group", "severity"?}}``; a message: ``{"role": "system" | "user" | "assistant" | "tool",
"content", "reasoning"?, "reasoning_kind"?, "tool_calls"?: [{"name", "arguments"}], "notice"?}``;
``notice`` says of a tool's answer that it shows a signal. A monitor is shown the events made of the
messages; the rest gives the answer away.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tempt.envs.transcript import ReasoningKind
from tempt.monitors.base import Event, View

MISBEHAVED, BENIGN = "misbehaved", "benign"
_REPORT = "report"


class RecordError(ValueError):
    """A line of a file is no labelled trajectory; the message says where, and why."""


@dataclass(frozen=True, slots=True)
class LabelledTrajectory:
    """What was said and done, and what it was.

    Attributes:
        id: Identifies it within its source.
        source: The collection that it is from.
        group: What it shares with others, such as a task: never to be on both sides of a split.
        events: What monitors may be shown, in order, all views.
        misbehaved: The label.
        category: What kind of misbehaviour; empty where nothing is said.
        severity: How grave, 0 to 5; ``None`` where nothing is said.
    """

    id: str
    source: str
    group: str
    events: tuple[Event, ...]
    misbehaved: bool
    category: str = ""
    severity: float | None = None

    def shown(self, views: frozenset[View]) -> tuple[Event, ...]:
        """The events cut down to ``views``."""
        return tuple(event for event in self.events if event.view in views)


def read_labelled(file: Path) -> Iterator[LabelledTrajectory]:
    """The trajectories of a file, in order.

    Raises:
        RecordError: A line can't be used.
        OSError: The file can't be read.
    """
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield labelled(json.loads(line))
                except (ValueError, TypeError, KeyError, RecursionError) as error:
                    problem = f"{type(error).__name__}: {error}"
                    raise RecordError(f"{file}, line {number}: {problem}") from error


def labelled(row: Mapping[str, Any]) -> LabelledTrajectory:
    """The trajectory in ``row``.

    Raises:
        KeyError: Something is missing.
        ValueError: Something has no meaning here.
    """
    if row["label"] not in (MISBEHAVED, BENIGN):
        raise ValueError(f"the label is {row['label']!r}, not {MISBEHAVED} or {BENIGN}")
    meta = row.get("meta", {})
    severity = meta.get("severity")
    return LabelledTrajectory(
        id=str(row["id"]),
        source=str(row["source"]),
        group=str(meta.get("group", row["id"])),
        events=tuple(message_events(row["messages"])),
        misbehaved=row["label"] == MISBEHAVED,
        category=str(row.get("category") or ""),
        severity=None if severity is None else float(severity),
    )


def message_events(messages: list[Mapping[str, Any]]) -> Iterator[Event]:
    """Messages as events: results belong to the calls before them, in order.

    Raises:
        KeyError: A message lacks its role.
        ValueError: A role or a kind of reasoning is unknown.
    """
    turn, step = -1, 0
    waiting: deque[tuple[int, str, str]] = deque()
    for message in messages:
        content = _text(message.get("content"))
        match message["role"]:
            case "system" | "user":
                yield Event(View.TASK, max(turn, 0), step, "", "", content)
            case "assistant":
                turn += 1
                waiting.clear()
                thought = _text(message.get("reasoning"))
                kind = message.get("reasoning_kind") or ("raw" if thought else "none")
                reasoning = ReasoningKind(kind)
                yield Event(View.REASONING, turn, step + 1, "", "", thought, reasoning)
                if content:
                    yield Event(View.MESSAGE, turn, step + 1, "", "", content)
                for call in message.get("tool_calls") or ():
                    step += 1
                    name, arguments = str(call["name"]), _text(call.get("arguments"))
                    waiting.append((step, f"call-{step}", name))
                    view = View.FINAL_REPORT if name == _REPORT else View.ACTION
                    yield Event(view, turn, step, f"call-{step}", name, arguments)
            case "tool":
                at, call_id, name = waiting.popleft() if waiting else (step, "", "")
                yield Event(View.RESULT, max(turn, 0), at, call_id, name, content)
                if message.get("notice"):
                    yield Event(View.NOTICE, max(turn, 0), at, call_id, name, content)
            case role:
                raise ValueError(f"a message has the role {role!r}")


def _text(value: object) -> str:
    """A text as it is; anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
