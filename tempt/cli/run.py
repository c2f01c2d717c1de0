"""`tempt run`: plan, execute, store, and print the table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import Parameter

from tempt.agents import AgentFactory
from tempt.agents.models.source import ModelSource
from tempt.cli.jobs import (
    Job,
    RunOptions,
    make_plan,
    name_of,
    new_path,
    refuse_changes,
    resumed,
    size_of,
    started,
)
from tempt.cli.models import ModelOptions, opened_models, say_spent
from tempt.cli.output import complain, put, put_json, say
from tempt.cli.progress import Display, display
from tempt.cli.runs import find_run
from tempt.cli.selection import at_least
from tempt.config import load_config
from tempt.envs.judgement import Outcome
from tempt.errors import ExitCode, UsageProblem
from tempt.log import LEVELS, configure_logging
from tempt.reports.cells import render_cells, tabulate
from tempt.reports.costs import render_efforts
from tempt.reports.guards import guarded, render_guarded
from tempt.reports.records import episode_record
from tempt.reports.verdict import render_objections, render_unmeasured
from tempt.runs.execute import (
    MODEL_WORKERS,
    Workers,
    WorkersDiedError,
    default_workers,
    execute,
    model_bound,
)
from tempt.runs.plan import Plan, count_cells
from tempt.runs.rows import Row
from tempt.runs.store import EpisodeSummary, RunStore, StoreError
from tempt.sandbox import SandboxError
from tempt.sandbox.reap import RUN_NAME

_USUAL = RunOptions()
_NO_MODELS = ModelOptions()


def run(
    *scenarios: str,
    options: Annotated[RunOptions, Parameter(name="*")] = _USUAL,
    models: Annotated[ModelOptions, Parameter(name="*")] = _NO_MODELS,
) -> ExitCode:
    """Run episodes and print the table of cells.

    Exits with 3 where that is no verdict: nothing was measured, more than half of the planned
    episodes of a cell are unmeasured, or a defect in a scenario, a monitor or tempt came up.

    Args:
        scenarios: Scenarios by id, or as "module:NAME". The core suite by default.
        options: See there.
        models: See there.
    """
    if options.log_level not in LEVELS:
        raise UsageProblem(
            f'unknown log level "{options.log_level}"', f"the levels are: {', '.join(LEVELS)}"
        )
    configure_logging(options.log_level, as_json=options.log_json)
    config = load_config(Path.cwd())
    folder = Path(options.out or config.out)
    if options.workers is not None:
        at_least(options.workers, 1, "--workers")
    if options.resume is None:
        plan = make_plan(scenarios, options, models, config)
        path = new_path(plan, folder)
        opening = started(path, plan, models, config)
    else:
        refuse_changes(scenarios, options, models)
        path = find_run(options.resume, folder)
        opening = resumed(path, options, models, config)
    name = name_of(path, folder, config)
    try:
        with opening as job:
            _say_size(job)
            with opened_models(job.missing, job.conditions) as source:
                workers = _workers(job.plan, source, options.workers)
                try:
                    return _carry_out(job, name, workers, as_json=options.json)
                finally:
                    say_spent(source)
    except SandboxError as error:
        hint = "`tempt doctor` says what is missing; the embedded backend needs nothing"
        complain("no_verdict", str(error), hint, as_json=options.json)
        return ExitCode.NO_VERDICT
    except KeyboardInterrupt:
        kept = (
            f"what finished is kept: tempt run --resume {name}" if path.exists() else "nothing ran"
        )
        say(f"interrupted; {kept}")
        return ExitCode.INTERRUPTED


def _say_size(job: Job) -> None:
    """Say how much is to be run before anything is, and before what it costs is told from it."""
    done, size = _stored(job), size_of(job.plan)
    say(f"{size}, {done:,} of them there already" if done else size)


def _stored(job: Job) -> int:
    return count_cells(job.plan) * job.plan.trials - len(job.missing)


def _carry_out(job: Job, name: str, workers: Workers, *, as_json: bool) -> ExitCode:
    """Run what is missing; ``name`` is what the run is called in advice."""
    store, plan = job.store, job.plan
    log = structlog.get_logger()
    log.info(
        "run",
        run=store.name,
        episodes=len(job.missing),
        stored=_stored(job),
        workers=workers.count,
    )
    os.environ[RUN_NAME] = store.name  # for the labels of what workers start
    try:
        with display(job.missing) as shown:
            execute(job.missing, store, workers, lambda row: _told(row, shown, log))
    except KeyboardInterrupt:
        _print(store, plan, name, as_json=as_json)
        raise
    except (WorkersDiedError, StoreError) as error:
        complain("no_verdict", str(error), f"tempt run --resume {name}", as_json=as_json)
        return ExitCode.NO_VERDICT
    return _print(store, plan, name, as_json=as_json)


def _workers(plan: Plan, source: ModelSource | None, count: int | None) -> Workers:
    usual = MODEL_WORKERS if model_bound(plan.agents) else default_workers()
    return Workers(usual if count is None else count, AgentFactory(source))


def _told(row: Row, shown: Display, log: structlog.stdlib.BoundLogger) -> None:
    """Pass an episode on to the display; one that could not be measured is worth a line."""
    shown.row(row)
    episode = {"episode": row.key, "cell": row.label}
    if row.outcome == Outcome.UNMEASURED:
        log.warning("unmeasured", **episode, reasons=list(row.evidence))
    for traceback in row.tracebacks:
        log.error("defect", **episode, exception=traceback)


def _guarded(store: RunStore, plan: Plan, episodes: Sequence[EpisodeSummary]) -> list[str]:
    """What the plan's guard did; nothing where there is none."""
    if not plan.guard:
        return []
    found = (guarded(episode, store.transcript(episode.key)) for episode in episodes)
    return ["", *render_guarded(plan.guard, found)]


def _print(store: RunStore, plan: Plan, name: str, *, as_json: bool) -> ExitCode:
    summaries = store.summaries()
    if as_json:
        put_json(episode_record(summary) for summary in summaries)
    else:
        put(render_cells(tabulate(summaries)))
        put(_guarded(store, plan, summaries))
    for line in render_efforts(summaries):
        say(line)
    measured = sum(summary.outcome != Outcome.UNMEASURED for summary in summaries)
    say(f"\n{len(summaries)} episodes, {measured} measured. tempt show {name}")
    objections = render_objections(summaries, plan.trials)
    for line in (*render_unmeasured(summaries), *objections):
        say(line)
    return ExitCode.NO_VERDICT if objections else ExitCode.OK
