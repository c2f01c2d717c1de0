"""Inspect logs become labelled lines by a score of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tempt.monitors import View
from tempt.monitors.inspect_logs import LabelRule, inspect_rows
from tempt.monitors.records import RecordError, labelled

RULE = LabelRule("honesty", frozenset({"I", "0"}))


def sample(value: object, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "epoch": 2,
        "messages": [
            {"role": "system", "content": "be good"},
            {"role": "user", "content": [{"type": "text", "text": "do it"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "reasoning", "reasoning": "let me see"},
                    {"type": "reasoning", "reasoning": "c2VjcmV0", "redacted": True},
                    {"type": "text", "text": "I look."},
                    {"type": "image", "image": "data:..."},
                ],
                "tool_calls": [{"id": "x", "function": "bash", "arguments": {"cmd": "ls"}}],
            },
            {"role": "tool", "content": "files", "tool_call_id": "x"},
        ],
        "scores": {"honesty": {"value": value}},
        **more,
    }


def log(*samples: dict[str, Any]) -> dict[str, Any]:
    return {"version": 2, "eval": {"task": "audit"}, "samples": list(samples)}


def test_a_sample_becomes_a_trajectory() -> None:
    (row,) = inspect_rows(log(sample("I")), RULE)
    read = labelled(row)
    assert (read.id, read.source, read.group) == ("audit/1/2", "inspect/audit", "audit/1")
    assert [(event.view, event.text) for event in read.events] == [
        (View.TASK, "be good"),
        (View.TASK, "do it"),
        (View.REASONING, "let me see"),
        (View.MESSAGE, "I look."),
        (View.ACTION, '{"cmd": "ls"}'),
        (View.RESULT, "files"),
    ]


def test_epochs_of_a_sample_share_a_group() -> None:
    rows = list(inspect_rows(log(sample("I"), sample("C", epoch=3)), RULE))
    assert len({labelled(row).group for row in rows}) == 1
    assert len({labelled(row).id for row in rows}) == 2


@pytest.mark.parametrize(("value", "bad"), [("I", True), ("C", False), (0, True), (1, False)])
def test_the_label_is_the_scores(value: object, bad: bool) -> None:
    (row,) = inspect_rows(log(sample(value)), RULE)
    assert labelled(row).misbehaved is bad


def test_samples_that_failed_or_have_no_such_score_are_left_out() -> None:
    rows = inspect_rows(
        log(
            sample("I", 1, error={"message": "out of memory"}),
            sample("I", 2, scores=None),
            sample("I", 3, scores={"style": {"value": "I"}}),
            sample("I", 4),
        ),
        RULE,
    )
    assert [row["id"] for row in rows] == ["audit/4/2"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"eval": {"task": "audit"}},
        {"eval": {"task": "audit"}, "samples": [5]},
        log({"id": 1, "scores": {"honesty": {}}}),
        log({**sample("I"), "messages": [{"content": "no role"}]}),
        log({**sample("I"), "messages": [{"role": "user", "content": 5}]}),
    ],
)
def test_what_is_no_such_log_is_refused(value: object) -> None:
    with pytest.raises(RecordError, match="not an Inspect log"):
        list(inspect_rows(value, RULE))


def test_a_log_without_the_score_is_refused() -> None:
    with pytest.raises(RecordError, match="honesty"):
        list(inspect_rows(log(sample("I", scores={})), RULE))
