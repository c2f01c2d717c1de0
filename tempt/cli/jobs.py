"""What `tempt run` is to do: the options, the plan, and the store that is open for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tempt.agents.conditions import Conditions
from tempt.cli.models import ModelOptions, checked_conditions
from tempt.cli.output import say
from tempt.cli.runs import opened_to_write
from tempt.cli.selection import (
    at_least,
    planned_scenarios,
    select_agents,
    select_arms,
    select_factors,
    select_grid,
    select_guard,
    select_scenarios,
    select_skins,
    stored_plan,
)
from tempt.config import Config
from tempt.envs.seeding import canonical_json
from tempt.errors import UsageProblem
from tempt.runs.manifest import RESUMED_WITH, changes, fingerprints, make_manifest
from tempt.runs.plan import Plan, count_cells, episodes
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import SUFFIX, RunStore, StoreError, create_store

_MOST_EPISODES = 1_000_000
"""Planned, they take a gigabyte and half a minute."""
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
    "guard",
)


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
        guard: A monitor that calls pass first: MONITOR, MONITOR:POLICY or
            MONITOR:POLICY:THRESHOLD; the policies are allow, ask and block.
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
    guard: str | None = None
    workers: int | None = None
    out: str | None = None
    resume: str | None = None
    allow_changed_code: bool = False
    json: bool = False
    log_level: str = "warning"
    log_json: bool = False


@dataclass(frozen=True)
class Job:
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
def started(path: Path, plan: Plan, models: ModelOptions, config: Config) -> Iterator[Job]:
    """A new run, whose file is made once nothing speaks against it."""
    missing = list(episodes(plan))
    conditions = checked_conditions(models, config, plan, missing)
    try:
        create_store(path, make_manifest(plan)).close()
    except StoreError as error:
        hint = "choose another folder with --out, or make this one writable"
        raise UsageProblem(str(error), hint) from error
    with opened_to_write(path) as store:
        yield Job(store, plan, missing, conditions)


@contextmanager
def resumed(path: Path, options: RunOptions, models: ModelOptions, config: Config) -> Iterator[Job]:
    """A run that goes on; what is missing is known once nobody else can write to it."""
    name = name_of(path, Path(options.out or config.out), config)
    with opened_to_write(path) as store:
        plan = stored_plan(store, config)
        _check_changes(store, plan, name, allowed=options.allow_changed_code)
        done = store.finished()
        missing = [spec for spec in episodes(plan) if spec.key not in done]
        yield Job(store, plan, missing, checked_conditions(models, config, plan, missing))


def name_of(path: Path, folder: Path, config: Config) -> str:
    """What the run is called in advice."""
    return path.name.removesuffix(SUFFIX) if folder == Path(config.out) else str(path)


def refuse_changes(words: Sequence[str], options: RunOptions, models: ModelOptions) -> None:
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


def make_plan(
    words: Sequence[str], options: RunOptions, models: ModelOptions, config: Config
) -> Plan:
    """The plan that was typed.

    Raises:
        UsageProblem: A word or option can't be used.
    """
    if options.allow_changed_code:
        message = "--allow-changed-code is for a run that is resumed"
        raise UsageProblem(message, "leave it out, or name the run with --resume")
    chosen = select_scenarios(words, options.suite, config)
    sandbox = options.sandbox or config.sandbox
    trials = config.trials if options.trials is None else options.trials
    plan = Plan(
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
        guard=select_guard(options.guard),
    )
    _refuse_endless(plan)
    return plan


def size_of(plan: Plan) -> str:
    """How much a plan is, in words."""
    number = count_cells(plan)
    return f"{number:,} cells of {plan.trials:,} trials: {number * plan.trials:,} episodes"


def _refuse_endless(plan: Plan) -> None:
    """Refuse a plan that would fill the memory before anything ran."""
    if count_cells(plan) * plan.trials > _MOST_EPISODES:
        message = f"{size_of(plan)}, and a run holds {_MOST_EPISODES:,} at most"
        raise UsageProblem(message, "--grid pairwise has few cells; or leave levels or trials out")


def new_path(plan: Plan, folder: Path) -> Path:
    """Where a new run goes. Its name sorts by time; the plan's hash keeps two from meeting."""
    plan_hash = hashlib.sha256(canonical_json(plan.to_json()).encode()).hexdigest()
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    return folder / f"{stamp}-{plan_hash[:6]}{SUFFIX}"
