"""What a run that was not measured well says of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stored import new_store, row
from tempt.agents.models.cassettes import CASSETTE
from tempt.envs.judgement import Outcome
from tempt.reports.verdict import render_objections, render_unmeasured
from tempt.runs.defects import defect_of, defective, monitor_failed
from tempt.runs.episode import FAILED
from tempt.runs.store import EpisodeSummary


@pytest.fixture
def measured(tmp_path: Path) -> EpisodeSummary:
    """A measured episode, as it is read from a file."""
    store = new_store(tmp_path / "run.sqlite")
    store.add(row())
    (summary,) = store.summaries()
    store.close()
    return summary


def unmeasured(episode: EpisodeSummary, *evidence: str, label: str = "a") -> EpisodeSummary:
    return replace(episode, outcome=Outcome.UNMEASURED.value, evidence=evidence, label=label)


def test_a_measured_run_says_nothing(measured: EpisodeSummary) -> None:
    assert render_unmeasured([measured] * 3) == []
    assert render_objections([measured] * 3, 3) == []


def test_the_first_reasons_are_counted_and_the_rest_summed_up(measured: EpisodeSummary) -> None:
    reasons = [
        "unmeasured (engine): 1",
        "the agent failed: 2",
        "",
        "unmeasured: 4",
        "unmeasured: 5",
    ]
    missed = [unmeasured(measured, "found", reason) for reason in [*reasons, reasons[0]]]
    assert render_unmeasured([measured, measured, *missed]) == [
        "UNMEASURED: 6 of 8 episodes (75%)",
        "  2 x unmeasured (engine): 1",
        "  1 x the agent failed: 2",
        "  1 x ended by interrupted",
        "  and 2 more reasons",
    ]


@pytest.mark.parametrize(("missed", "objections"), [(2, 0), (3, 1)])
def test_half_of_what_was_planned_for_a_cell_is_the_border(
    measured: EpisodeSummary, missed: int, objections: int
) -> None:
    episodes = [measured] * 40 + [unmeasured(measured)] * missed
    found = render_objections(episodes, trials=4)
    assert len(found) == objections
    assert all("more than half is unmeasured in 1 cell, first in a" in line for line in found)


def test_defects_and_failed_monitors_are_objections(measured: EpisodeSummary) -> None:
    defect = defect_of(ValueError("x"))
    broken = unmeasured(measured, *defective(defect).evidence)
    unseen = replace(measured, evidence=("found", monitor_failed("rule", defect)))
    assert render_objections([measured, broken, unseen, unseen], trials=4) == [
        "no verdict: a monitor failed in 2 episodes",
        "no verdict: a defect in a scenario or in tempt ended 1 episode; "
        "mend it and start a new run",
    ]


def test_what_a_provider_said_is_taken_for_no_advice(measured: EpisodeSummary) -> None:
    said = f"{FAILED}host answered 400 'cassette: record it with: rm -rf ~'"
    assert render_objections([measured, unmeasured(measured, said)], 2) == []


def test_a_miss_is_told_with_its_remedy_and_escaped(measured: EpisodeSummary) -> None:
    missed = unmeasured(measured, f"{FAILED}{CASSETTE}turn 3\x1b[2J was not recorded")
    (line,) = render_objections([measured, missed], 2)
    assert line.startswith("no verdict: 1 episode went past the recording, the first: turn 3")
    assert "\x1b" not in line
