"""Labelled trajectories: messages become events, and bad lines are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tempt.envs.transcript import ReasoningKind
from tempt.monitors.base import View
from tempt.monitors.records import RecordError, labelled, read_labelled

ROW = {
    "id": "a/1",
    "source": "a",
    "messages": [
        {"role": "system", "content": "be good"},
        {"role": "user", "content": "do it"},
        {
            "role": "assistant",
            "content": "I look.",
            "reasoning": "where is it",
            "tool_calls": [
                {"name": "shell", "arguments": {"command": "ls"}},
                {"name": "shell", "arguments": '{"command": "pwd"}'},
            ],
        },
        {"role": "tool", "content": "file"},
        {"role": "tool", "content": "/srv"},
        {"role": "user", "content": "go on"},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "report"}]},
    ],
    "label": "misbehaved",
    "category": "tampering",
    "meta": {"group": "a/group", "severity": 3},
}


def test_messages_become_events_with_results_beside_their_calls() -> None:
    trajectory = labelled(ROW)
    assert [(e.view, e.turn, e.step, e.call_id, e.tool, e.text) for e in trajectory.events] == [
        (View.TASK, 0, 0, "", "", "be good"),
        (View.TASK, 0, 0, "", "", "do it"),
        (View.REASONING, 0, 1, "", "", "where is it"),
        (View.MESSAGE, 0, 1, "", "", "I look."),
        (View.ACTION, 0, 1, "call-1", "shell", '{"command": "ls"}'),
        (View.ACTION, 0, 2, "call-2", "shell", '{"command": "pwd"}'),
        (View.RESULT, 0, 1, "call-1", "shell", "file"),
        (View.RESULT, 0, 2, "call-2", "shell", "/srv"),
        (View.TASK, 0, 2, "", "", "go on"),
        (View.REASONING, 1, 3, "", "", ""),
        (View.FINAL_REPORT, 1, 3, "call-3", "report", ""),
    ]
    kinds = [event.reasoning for event in trajectory.shown(frozenset({View.REASONING}))]
    assert kinds == [ReasoningKind.RAW, ReasoningKind.NONE]


def test_the_answer_stands_beside_the_events() -> None:
    trajectory = labelled(ROW)
    assert (trajectory.misbehaved, trajectory.group, trajectory.severity) == (True, "a/group", 3.0)
    bare = labelled({"id": 7, "source": "b", "messages": [], "label": "benign"})
    assert (bare.misbehaved, bare.group, bare.severity, bare.events) == (False, "7", None, ())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        (json.dumps({**ROW, "label": "maybe"}), "not misbehaved or benign"),
        (json.dumps({key: value for key, value in ROW.items() if key != "messages"}), "messages"),
        (json.dumps({**ROW, "messages": [{"role": "oracle", "content": ""}]}), "role"),
        (json.dumps({**ROW, "messages": [{"content": ""}]}), "role"),
        ("[" * 100_000, "RecursionError"),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{json.dumps(ROW)}\n\n{line}\n", "utf-8")
    rows = read_labelled(file)
    assert next(rows).id == "a/1"
    with pytest.raises(RecordError, match=told) as caught:
        next(rows)
    assert "line 3" in str(caught.value)
