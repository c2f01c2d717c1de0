"""`tempt run`: plan, execute, store, and print the table."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import Parameter

from tempt.agents import AgentFactory
from tempt.agents.conditions import Conditions
from tempt.agents.models.source import ModelSource
from tempt.cli.models import (
    ModelOptions,
    checked_conditions,
    opened_models,
    say_spent,
)
from tempt.cli.output import complain, put, put_json, say
from tempt.cli.progress import Display, display
from tempt.cli.runs import find_run, opened_to_write
from tempt.cli.selection import (
    at_least,
    planned_scenarios,
    select_agents,
    select_arms,
    select_factors,
    select_grid,
    select_scenarios,
    select_skins,
    stored_plan,
)
from tempt.config import Config, load_config
from tempt.envs.judgement import Outcome
from tempt.envs.seeding import canonical_json
from tempt.errors import ExitCode, UsageProblem
from tempt.log import LEVELS, configure_logging
from tempt.reports.cells import render_cells, tabulate
from tempt.reports.costs import render_efforts
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
from tempt.runs.manifest import RESUMED_WITH, changes, fingerprints, make_manifest
from tempt.runs.plan import Plan, cells, episodes
from tempt.runs.rows import Row
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import SUFFIX, RunStore, StoreError, create_store
from tempt.sandbox import SandboxError
from tempt.sandbox.reap import RUN_NAME

_PLANNED = (
    "suite",
    "agent",
    "arm",
    "factor",
    "grid",
    "trials",
    "first_trial",
    "agent_seed",
    "max_steps",
    "sandbox",
    "skins",
)
_NO_MODELS = ModelOptions()


@dataclass(frozen=True)
class RunOptions:
    """Options of `tempt run`.

    Attributes:
        suite: A named set of scenarios: core.
        agent: An agent, such as scripted:honest, openai:MODEL, anthropic:MODEL,
            langgraph:MODULE:ATTRIBUTE or MODULE:CLASS; repeatable.
        arm: An arm: tempted, control, authorised, ordered; repeatable. All four by default.
        factor: Levels to run, such as policy=P2,P3 or policy=all; repeatable.
        grid: Combinations of them: full, or pairwise, where every two levels meet once.
        trials: Episodes per cell.
        first_trial: Number of the first trial; a trial's number fixes its world.
        agent_seed: Seed of the agents' own randomness.
        max_steps: Tool calls after which an episode is truncated.
        sandbox: The backend: virtual, docker, or docker:RUNTIME.
        skins: A folder of private skins to be used in place of those that ship, in it a folder
            for each scenario.
        workers: Episodes at once; by default one per processor, and 16 where models are asked.
        out: Folder of run files.
        resume: A run to be finished instead of starting a new one.
        allow_changed_code: Go on with --resume although code, libraries or agents have changed.
        json: Print one record per episode instead of the table.
        log_level: Least severity of log lines on stderr: debug, info, warning, error.
        log_json: Log lines as JSON.
    """

    suite: str | None = None
    agent: tuple[str, ...] = ()
    arm: tuple[str, ...] = ()
    factor: tuple[str, ...] = ()
    grid: str = "full"
    trials: int | None = None
    first_trial: int = 0
    agent_seed: int = 0
    max_steps: int = 60
    sandbox: str | None = None
    skins: str | None = None
    workers: int | None = None
    out: str | None = None
    resume: str | None = None
    allow_changed_code: bool = False
    json: bool = False
    log_level: str = "warning"
    log_json: bool = False


def run(
    *scenarios: str,
    options: Annotated[RunOptions, Parameter(name="*")] = RunOptions(),
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
        plan = _plan(scenarios, options, models, config)
        path = _new_path(plan, folder)
        opening = _started(path, plan, models, config)
    else:
        _refuse_changes(scenarios, options, models)
        path = find_run(options.resume, folder)
        opening = _resumed(path, options, models, config)
    name = _name(path, folder, config)
    try:
        with opening as job, opened_models(job.missing, job.conditions) as source:
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


@dataclass(frozen=True)
class _Job:
    """What is to be done.

    Attributes:
        store: The run's store, open and ours alone.
        plan: The run's plan.
        missing: The plan's episodes that are not stored yet.
        conditions: How models are asked.
    """

    store: RunStore
    plan: Plan
    missing: list[EpisodeSpec]
    conditions: Conditions


@contextmanager
def _started(path: Path, plan: Plan, models: ModelOptions, config: Config) -> Iterator[_Job]:
    """A new run, whose file is made once nothing speaks against it."""
    missing = list(episodes(plan))
    conditions = checked_conditions(models, config, plan, missing)
    try:
        create_store(path, make_manifest(plan)).close()
    except StoreError as error:
        hint = "choose another folder with --out, or make this one writable"
        raise UsageProblem(str(error), hint) from error
    with opened_to_write(path) as store:
        yield _Job(store, plan, missing, conditions)


@contextmanager
def _resumed(
    path: Path, options: RunOptions, models: ModelOptions, config: Config
) -> Iterator[_Job]:
    """A run that goes on; what is missing is known once nobody else can write to it."""
    name = _name(path, Path(options.out or config.out), config)
    with opened_to_write(path) as store:
        plan = stored_plan(store, config)
        _check_changes(store, plan, name, allowed=options.allow_changed_code)
        done = store.finished()
        missing = [spec for spec in episodes(plan) if spec.key not in done]
        yield _Job(store, plan, missing, checked_conditions(models, config, plan, missing))


def _name(path: Path, folder: Path, config: Config) -> str:
    """What the run is called in advice."""
    return path.name.removesuffix(SUFFIX) if folder == Path(config.out) else str(path)


def _refuse_changes(words: Sequence[str], options: RunOptions, models: ModelOptions) -> None:
    """A resumed run goes on as it was planned; budgets and the like are given anew."""
    given = [f"--{name.replace('_', '-')}" for name in _PLANNED if _changed(options, name)]
    given += [f"--{name.replace('_', '-')}" for name in models.agent_options]
    given += ["a scenario"] if words else []
    if given:
        message = f"--resume takes the plan from the run, so {', '.join(given)} can't be given"
        raise UsageProblem(message, "leave that out, or start a new run without --resume")


def _check_changes(store: RunStore, plan: Plan, name: str, *, allowed: bool) -> None:
    """A run goes on with what it was made with; where it need not, it says so in its manifest."""
    changed = changes(store.manifest(), plan)
    if not changed:
        return
    what = ", ".join(changed)
    if not allowed:
        hint = f"start a new run, or mix: tempt run --resume {name} --allow-changed-code"
        raise UsageProblem(f"run {store.name} was made with something else; changed: {what}", hint)
    store.amend(RESUMED_WITH, {"changed": changed, **fingerprints(plan)})
    say(f"run {store.name} is mixed now, which its manifest records; changed: {what}")


def _changed(options: RunOptions, name: str) -> bool:
    return bool(getattr(options, name) != getattr(RunOptions, name))


def _plan(words: Sequence[str], options: RunOptions, models: ModelOptions, config: Config) -> Plan:
    if options.allow_changed_code:
        message = "--allow-changed-code is for a run that is resumed"
        raise UsageProblem(message, "leave it out, or name the run with --resume")
    chosen = select_scenarios(words, options.suite, config)
    sandbox = options.sandbox or config.sandbox
    trials = config.trials if options.trials is None else options.trials
    return Plan(
        scenarios=planned_scenarios(chosen, sandbox),
        arms=select_arms(options.arm),
        agents=select_agents(options.agent or config.agents, models.agent_options, chosen.values()),
        trials=at_least(trials, 1, "--trials"),
        factors=select_factors(options.factor, chosen.values()),
        grid=select_grid(options.grid),
        first_trial=at_least(options.first_trial, 0, "--first-trial"),
        agent_seed=options.agent_seed,
        sandbox=sandbox,
        max_steps=at_least(options.max_steps, 1, "--max-steps"),
        skins=select_skins(options.skins, chosen),
    )


def _new_path(plan: Plan, folder: Path) -> Path:
    """Where a new run goes. Its name sorts by time; the plan's hash keeps two from meeting."""
    plan_hash = hashlib.sha256(canonical_json(plan.to_json()).encode()).hexdigest()
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    return folder / f"{stamp}-{plan_hash[:6]}{SUFFIX}"


def _carry_out(job: _Job, name: str, workers: Workers, *, as_json: bool) -> ExitCode:
    """Run what is missing; ``name`` is what the run is called in advice."""
    store, plan = job.store, job.plan
    number = len(cells(plan))
    done = number * plan.trials - len(job.missing)
    count = f"{number} cells of {plan.trials} trials: {number * plan.trials} episodes"
    log = structlog.get_logger()
    log.info("run", run=store.name, episodes=len(job.missing), stored=done, workers=workers.count)
    say(f"{count}, {done} of them there already" if done else count)
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


def _print(store: RunStore, plan: Plan, name: str, *, as_json: bool) -> ExitCode:
    summaries = store.summaries()
    if as_json:
        put_json(episode_record(summary) for summary in summaries)
    else:
        put(render_cells(tabulate(summaries)))
    for line in render_efforts(summaries):
        say(line)
    measured = sum(summary.outcome != Outcome.UNMEASURED for summary in summaries)
    say(f"\n{len(summaries)} episodes, {measured} measured. tempt show {name}")
    objections = render_objections(summaries, plan.trials)
    for line in (*render_unmeasured(summaries), *objections):
        say(line)
    return ExitCode.NO_VERDICT if objections else ExitCode.OK
