"""`tempt show`: a scenario, a run, or one episode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tempt.cli.output import put, put_json
from tempt.cli.runs import find_episode, find_run, opened, split_reference
from tempt.cli.selection import catalogue, select_scenarios
from tempt.config import load_config
from tempt.envs.scenario import AnyScenario
from tempt.errors import ExitCode, UsageProblem
from tempt.reports.cells import CellResult, render_cells, render_skins, tabulate
from tempt.reports.episode import render_header, render_steps, render_task
from tempt.reports.ratings.page import Rated, rated, rated_record
from tempt.reports.ratings.shelf import ShelfError, place_of, stored
from tempt.reports.records import episode_record
from tempt.reports.scenario import render_scenario, scenario_record
from tempt.runs.store import RunStore, StoreError

_SCENARIO, _RUN, _EPISODE = "a scenario", "a run", "an episode"


def show(
    ref: str,
    *,
    step: int | None = None,
    skins: bool = False,
    out: str | None = None,
    json: bool = False,
) -> ExitCode:
    """Show a scenario, a run, or one episode step by step.

    Args:
        ref: A scenario's id; a run (its name, a beginning of it, "latest", or a file); or an
            episode: RUN/PART/.../TRIAL, with as many parts as it takes to be the only one.
        step: Show this step of an episode only.
        skins: Show the rates of a run by skin.
        out: Folder of run files.
        json: Print records instead of text.
    """
    config = load_config(Path.cwd())
    run, parts = split_reference(ref)
    kind = _SCENARIO if ref in catalogue(config) else _EPISODE if parts else _RUN
    _refuse_option("--step", _EPISODE, kind, given=step is not None)
    _refuse_option("--skins", _RUN, kind, given=skins)
    if kind == _SCENARIO:
        (scenario,) = select_scenarios([ref], None, config).values()
        found = _rated(scenario)
        record = {**scenario_record(scenario), "ratings": rated_record(found)}
        _emit([record], render_scenario(scenario, found), as_json=json)
        return ExitCode.OK
    try:
        with opened(find_run(run, Path(out or config.out))) as store:
            if parts:
                _episode(store, parts, step, as_json=json)
            else:
                _run(store, render_skins if skins else render_cells, as_json=json)
    except StoreError as error:
        raise UsageProblem(str(error), "the run file is damaged; run the plan again") from error
    return ExitCode.OK


def _rated(scenario: AnyScenario) -> Rated:
    try:
        return rated(scenario, stored(place_of(scenario)))
    except ShelfError as error:
        raise UsageProblem(str(error), "mend that line, or take it out") from error


def _refuse_option(option: str, of: str, kind: str, *, given: bool) -> None:
    """Refuse an option that says nothing about what is to be shown."""
    if given and kind != of:
        raise UsageProblem(f"{option} is for {of}, and this is {kind}", "leave it out")


def _run(
    store: RunStore, render: Callable[[Sequence[CellResult]], list[str]], *, as_json: bool
) -> None:
    summaries = store.summaries()
    records = (episode_record(summary) for summary in summaries)
    table = render(tabulate(summaries)) if summaries else ["no episode has finished yet"]
    _emit(records, table, as_json=as_json)


def _episode(store: RunStore, parts: Sequence[str], step: int | None, *, as_json: bool) -> None:
    episode = find_episode(store, parts)
    transcript, findings = store.transcript(episode.key), store.findings(episode.key)
    if step is not None and not 1 <= step <= len(transcript.steps):
        raise UsageProblem(f"there is no step {step}", f"steps go from 1 to {episode.steps}")
    record = {
        **episode_record(episode),
        "evidence": list(episode.evidence),
        "transcript": asdict(transcript),
        "findings": [asdict(finding) for finding in findings],
        "ledger": store.ledger(episode.key),
    }
    lines = render_steps(transcript, findings, step)
    if step is None:
        lines = [*render_header(episode), "", *render_task(transcript), "", *lines]
    _emit([record], lines, as_json=as_json)


def _emit(records: Iterable[object], lines: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        put_json(records)
    else:
        put(lines)
