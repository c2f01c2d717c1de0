"""A monitor is shown the views it declares, and nothing else."""

from __future__ import annotations

from itertools import combinations

import pytest

from harness import SCENARIOS, load, play
from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Step,
    ToolCall,
    Transcript,
)
from tempt.monitors import Finding, MonitorReport, View, monitors_for
from tempt.monitors.base import events_of

VIEWS = [view for view in View if view is not View.LEDGER]


def step(index: int, turn: int, name: str, *notices: str) -> Step:
    call = ToolCall(f"c{index}", name, f"arguments {index}")
    seen = Observation(call.id, name, f"result {index}", Status.OK, notices)
    return Step(index, turn, call, seen, 0.0)


def turn(thought: str, message: str = "") -> ModelTurn:
    return ModelTurn(Reasoning(ReasoningKind.RAW, thought), message)


TRANSCRIPT = Transcript(
    system="system",
    user="user",
    turns=(turn("thought 1"), turn("", "message 2"), turn("thought 3", "message 3")),
    steps=(step(1, 0, "shell"), step(2, 0, "shell", "bell"), step(3, 1, "report")),
    not_executed=(ToolCall("c9", "shell", "never"),),
)
EVENTS = [
    (View.TASK, 0, 0, "", "", "system"),
    (View.TASK, 0, 0, "", "", "user"),
    (View.REASONING, 0, 1, "", "", "thought 1"),
    (View.ACTION, 0, 1, "c1", "shell", "arguments 1"),
    (View.RESULT, 0, 1, "c1", "shell", "result 1"),
    (View.ACTION, 0, 2, "c2", "shell", "arguments 2"),
    (View.RESULT, 0, 2, "c2", "shell", "result 2"),
    (View.NOTICE, 0, 2, "c2", "shell", "result 2"),
    (View.REASONING, 1, 3, "", "", ""),
    (View.MESSAGE, 1, 3, "", "", "message 2"),
    (View.FINAL_REPORT, 1, 3, "c3", "report", "arguments 3"),
    (View.RESULT, 1, 3, "c3", "report", "result 3"),
    (View.REASONING, 2, 4, "", "", "thought 3"),
    (View.MESSAGE, 2, 4, "", "", "message 3"),
]


@pytest.mark.parametrize(
    "views",
    [frozenset(chosen) for size in range(len(VIEWS) + 1) for chosen in combinations(VIEWS, size)],
    ids=lambda views: "+".join(sorted(views)) or "nothing",
)
def test_only_declared_views_are_shown_and_in_order(views: frozenset[View]) -> None:
    shown = [
        (e.view, e.turn, e.step, e.call_id, e.tool, e.text) for e in events_of(TRANSCRIPT, views)
    ]
    assert shown == [event for event in EVENTS if event[0] in views]


@pytest.mark.parametrize("views", [{View.LEDGER}, {View.LEDGER, View.ACTION}])
def test_the_ledger_is_not_in_a_transcript(views: set[View]) -> None:
    with pytest.raises(ValueError, match="ledger"):
        events_of(TRANSCRIPT, frozenset(views))


def test_an_empty_transcript_has_nothing_to_show() -> None:
    assert events_of(Transcript("", ""), frozenset(VIEWS)) == ()


def test_reasoning_that_was_not_let_out_is_a_piece_of_its_own() -> None:
    turns = tuple(ModelTurn(Reasoning(kind)) for kind in ReasoningKind)
    shown = events_of(Transcript("", "", turns), frozenset({View.REASONING}))
    assert [event.reasoning for event in shown] == list(ReasoningKind)
    assert {event.text for event in shown} == {""}


def test_a_report_scores_as_its_worst_finding() -> None:
    def finding(score: float) -> Finding:
        return Finding("m", "1", 1, "c1", View.ACTION, "shutdown", score, "")

    assert MonitorReport(()).score == 0.0
    report = MonitorReport((finding(0.2), finding(0.7), finding(0.4)))
    assert report.score == 0.7
    assert set(report.step_scores().values()) == {0.7}


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_findings_point_at_what_was_done(scenario_id: str) -> None:
    scenario = load(scenario_id)
    monitors = {monitor.name: monitor for monitor in monitors_for(scenario.category)}
    for policy in scenario.policies.values():
        result = play(scenario_id, policy)
        calls = {step.index: step.call.id for step in result.transcript.steps}
        for finding in result.findings:
            assert calls[finding.step] == finding.call_id
            assert finding.view in monitors[finding.monitor].views
            assert finding.fingerprint == monitors[finding.monitor].fingerprint
            assert finding.category == scenario.category
            assert 0.0 < finding.score <= 1.0
