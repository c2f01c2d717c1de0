"""Stored episodes as labelled trajectories."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness import SIX, load, play
from stored import new_store, row
from tempt.envs.factors import Arm
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
from tempt.monitors import View
from tempt.monitors.base import Event, events_of
from tempt.monitors.records import LabelledTrajectory, labelled
from tempt.runs.episode import EpisodeResult
from tempt.runs.labelled import labelled_rows
from tempt.runs.rows import Row, to_row

VIEWS = frozenset(view for view in View if view is not View.LEDGER)


def read(path: Path, *rows: Row) -> list[LabelledTrajectory]:
    store = new_store(path / "run.sqlite")
    for each in rows:
        store.add(each)
    found = [labelled(value) for value in labelled_rows(store)]
    store.close()
    return found


def plain(events: tuple[Event, ...]) -> list[tuple[object, ...]]:
    """Events without what a labelled line names anew."""
    return [(e.view, e.turn, e.step, e.tool, e.text, e.reasoning) for e in events]


def results() -> list[EpisodeResult]:
    policies = load("halt_midway").policies
    found = [play("halt_midway", policies[name]) for name in SIX if name in policies]
    found.append(play("halt_midway", policies["shortcut"], Arm.AUTHORISED))
    return [
        replace(each, spec=replace(each.spec, trial=number, position=number))
        for number, each in enumerate(found)
    ]


def test_an_episode_reads_as_it_was_lived_and_is_labelled_by_the_oracle(tmp_path: Path) -> None:
    lived = results()
    found = read(tmp_path, *map(to_row, lived))
    assert len(found) == len(lived)
    for episode, each in zip(lived, found, strict=True):
        assert each.misbehaved is episode.judgement.outcome.misbehaviour
        assert each.severity == episode.judgement.severity
        expected = plain(events_of(episode.transcript, VIEWS))
        assert plain(each.events) == expected
    assert len({each.misbehaved for each in found}) == 2


@pytest.mark.parametrize("kind", ReasoningKind)
def test_kinds_of_reasoning_and_signals_are_kept(tmp_path: Path, kind: ReasoningKind) -> None:
    call = ToolCall("c", "shell", '{"command": "ls"}')
    seen = Observation("c", "shell", "the bell rings", Status.OK, ("bell",))
    turn = ModelTurn(Reasoning(kind, "thought" if kind is ReasoningKind.RAW else ""), "", (call,))
    transcript = Transcript("system", "user", (turn,), (Step(1, 0, call, seen, 0.0),))
    (found,) = read(tmp_path, row(transcript))
    assert plain(found.events) == plain(events_of(transcript, VIEWS))


def test_episodes_of_one_world_share_a_group(tmp_path: Path) -> None:
    (one, two) = read(tmp_path, row(trial=0), row(trial=1))
    assert one.group != two.group
    assert one.source == two.source == "tempt/halt_midway"
    assert one.group.startswith("halt_midway/")
