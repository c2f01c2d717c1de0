"""From words on the command line to scenarios, agents and factor levels."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tempt.agents import AgentSpec, AgentSpecError, parse_agent
from tempt.agents.loading import load_attribute
from tempt.agents.spec import KINDS
from tempt.authoring.blanks import blanks
from tempt.config import Config
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm, FactorError, resolve
from tempt.envs.scenario import AnyScenario, try_on
from tempt.envs.skins import SkinError
from tempt.errors import UsageProblem, nearest
from tempt.runs.guards import GuardSpecError, parse_guard
from tempt.runs.plan import Grid, Plan
from tempt.runs.store import RunStore
from tempt.sandbox import UnknownProviderError, provider
from tempt.scenarios import CATALOGUE

ALL = "all"
"""Stands for every level of a factor."""
_OURS = "tempt."
_NEW_RUN = "start a new run; the old one can still be shown"
SUITES: Mapping[str, tuple[str, ...]] = {"core": tuple(sorted(CATALOGUE))}


def catalogue(config: Config) -> dict[str, str]:
    """Scenario ids and locations: the shipped ones and the user's own."""
    return {**CATALOGUE, **config.scenarios}


def select_scenarios(
    words: Sequence[str], suite: str | None, config: Config
) -> dict[str, AnyScenario]:
    """The scenarios named, by location; the core suite where none is.

    Raises:
        UsageProblem: A scenario or suite is unknown, or can't be imported.
    """
    known = catalogue(config)
    names = [*words, *(_suite(suite) if suite else ())] or list(SUITES["core"])
    locations = [name if ":" in name else _location(name, known) for name in names]
    return {location: _load(location, config) for location in dict.fromkeys(locations)}


def stored_plan(store: RunStore, config: Config) -> Plan:
    """The plan of a run, its scenarios at hand and of the version that the run is of.

    Raises:
        UsageProblem: A scenario can't be imported, has changed, needs another backend, or its
            private skins are gone or have changed.
    """
    manifest = store.manifest()
    plan = Plan.from_json(manifest["plan"])
    found = {location: _load(location, config) for location in plan.scenarios.values()}
    _check_backend(found.values(), plan.sandbox)
    select_skins(plan.skins or None, found)
    for name, location in plan.scenarios.items():
        then = manifest["scenarios"][name]
        now = load_scenario(location, plan.skins)
        if now.version != then["version"]:
            message = f"{name} is at version {now.version}, and run {store.name} is of "
            raise UsageProblem(message + then["version"], _NEW_RUN)
        if now.skins.edition != then["private_skins"]:
            message = f"the skins of {name} in {plan.skins} are not those that {store.name} is of"
            raise UsageProblem(message, _NEW_RUN)
    return plan


def planned_scenarios(chosen: Mapping[str, AnyScenario], sandbox: str) -> dict[str, str]:
    """Scenario id to location, each id once, each within what the backend can do.

    Raises:
        UsageProblem: Two scenarios have one id, one has blanks, a backend lacks something, or is
            unknown.
    """
    planned: dict[str, str] = {}
    for location, scenario in chosen.items():
        _refuse_blanks(location, scenario.id)
        if scenario.id in planned:
            places = f"{planned[scenario.id]} and {location}"
            message = f'two scenarios have the id "{scenario.id}": {places}'
            raise UsageProblem(message, "give one of them another id, or run them one by one")
        planned[scenario.id] = location
    _check_backend(chosen.values(), sandbox)
    return planned


def _refuse_blanks(location: str, name: str) -> None:
    """What is not written yet can't be measured. What ships has none."""
    left = [] if location.startswith(_OURS) else blanks(location)
    if left:
        message = f"{name} has {len(left)} blanks, the first at {left[0]}"
        raise UsageProblem(message, f"`tempt check {name}` lists them")


def _check_backend(scenarios: Iterable[AnyScenario], sandbox: str) -> None:
    try:
        able = provider(sandbox).capabilities
    except UnknownProviderError as error:
        raise UsageProblem(str(error), "`tempt doctor` says which backends work here") from error
    for scenario in scenarios:
        lacking = ", ".join(sorted(scenario.requires - able))
        if lacking:
            message = f'{scenario.id} requires {lacking}, which the backend "{sandbox}" lacks'
            hint = "choose another backend with --sandbox, or leave the scenario out"
            raise UsageProblem(message, hint)


def select_skins(folder: str | None, chosen: Mapping[str, AnyScenario]) -> str:
    """The absolute path of a folder of private skins; empty where none is given.

    Each skin is tried on in every arm and at every level, so that what it lacks comes up before a
    run and not in it.

    Args:
        folder: What was typed, if anything was.
        chosen: The scenarios that are to wear them, by location.

    Raises:
        UsageProblem: A scenario has none, or one can't be used.
    """
    if folder is None:
        return ""
    if not folder:
        raise UsageProblem("--skins names no folder", "leave it out for the skins that ship")
    place = Path(folder).resolve()
    for location in chosen:
        try:
            try_on(load_scenario(location, str(place)))
        except SkinError as error:
            hint = "docs/factors.md says what a private skin looks like"
            raise UsageProblem(str(error), hint) from error
    return str(place)


def select_guard(text: str | None) -> str:
    """The canonical text of the guard named; empty where none is.

    Raises:
        UsageProblem: A part of it is unknown.
    """
    if not text:
        return ""
    try:
        return parse_guard(text).label
    except GuardSpecError as error:
        hint = nearest(error.name, error.known, f"known: {', '.join(error.known)}")
        raise UsageProblem(str(error), hint) from error


def select_arms(words: Sequence[str]) -> tuple[Arm, ...]:
    """The arms named; all four where none is.

    Raises:
        UsageProblem: An arm is unknown.
    """
    known = [arm.value for arm in Arm]
    for word in words:
        if word not in known:
            hint = nearest(word, known, f"the arms are: {', '.join(known)}")
            raise UsageProblem(f'unknown arm "{word}"', hint)
    return tuple(Arm(word) for word in dict.fromkeys(words)) or tuple(Arm)


def select_agents(
    words: Sequence[str], options: Mapping[str, str], scenarios: Iterable[AnyScenario]
) -> tuple[str, ...]:
    """Canonical texts of the agents named; every scripted policy where none is.

    Args:
        words: What was typed.
        options: Options that were given for all of them.
        scenarios: What they are to act in.

    Raises:
        UsageProblem: An agent, or a policy in one of the scenarios, is unknown, or two are one.
    """
    chosen = list(scenarios)
    if not words and not options:
        shared = [set(scenario.policies) for scenario in chosen]
        order = list(chosen[0].policies)
        return tuple(f"scripted:{name}" for name in order if all(name in s for s in shared))
    if not words:
        given = ", ".join(f"--{name.replace('_', '-')}" for name in options)
        raise UsageProblem(f"{given} is for an agent that asks a model", "name it with --agent")
    agents = tuple(dict.fromkeys(_agent(word, options, chosen) for word in words))
    _refuse_twins(agents)
    _refuse_shared_address(agents, options)
    return agents


def _refuse_shared_address(agents: Sequence[str], options: Mapping[str, str]) -> None:
    """One address is for one provider: another's key must not be sent there."""
    found = [spec.settings for spec in map(parse_agent, agents)]
    providers = sorted({settings.provider for settings in found if settings})
    if "base_url" in options and len(providers) > 1:
        message = f"--base-url is for one provider, and the agents are of {' and '.join(providers)}"
        raise UsageProblem(message, "write it into the agents, as openai:MODEL?base_url=URL")


def select_factors(
    words: Sequence[str], scenarios: Iterable[AnyScenario]
) -> dict[str, tuple[str, ...]]:
    """Factor name to levels, from ``name=level,level``; a factor that is named again adds to them.

    Raises:
        UsageProblem: A word is malformed, or a scenario lacks a factor or level.
    """
    factors: dict[str, list[str]] = {}
    chosen = list(scenarios)
    for word in words:
        name, _, listed = word.partition("=")
        if not listed:
            hint = "write it as --factor policy=P2,P3"
            raise UsageProblem(f'"{word}" names no factor and level', hint)
        levels = factors.setdefault(name, [])
        for level in listed.split(","):
            levels += _all_levels(name, chosen) if level == ALL else (level,)
    for scenario in chosen:
        for name, levels in factors.items():
            for level in levels:
                _check_level(scenario, name, level)
    return {name: tuple(dict.fromkeys(levels)) for name, levels in factors.items()}


def select_grid(name: str) -> Grid:
    """The kind of grid named.

    Raises:
        UsageProblem: There is none of this name.
    """
    known = [grid.value for grid in Grid]
    if name not in known:
        raise UsageProblem(f'unknown grid "{name}"', nearest(name, known, "full or pairwise"))
    return Grid(name)


def _all_levels(name: str, scenarios: Sequence[AnyScenario]) -> tuple[str, ...]:
    """Every level of a factor; none where no scenario has it, which is complained of later."""
    found = (factor for each in scenarios for factor in each.factors if factor.name == name)
    return next((factor.levels for factor in found), (ALL,))


def at_least(value: int, least: int, option: str) -> int:
    """``value``, if it is large enough.

    Raises:
        UsageProblem: It is not.
    """
    if value < least:
        raise UsageProblem(f"{option} must be at least {least}, not {value}", "give another number")
    return value


def add_folder(folder: Path) -> None:
    """Have modules looked for in ``folder`` too, here and in worker processes."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def _suite(name: str) -> tuple[str, ...]:
    if name not in SUITES:
        hint = nearest(name, SUITES, f"the suites are: {', '.join(SUITES)}")
        raise UsageProblem(f'unknown suite "{name}"', hint)
    return SUITES[name]


def _location(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        hint = nearest(name, known, f"`tempt list scenarios` shows all {len(known)}")
        raise UsageProblem(f'unknown scenario "{name}"', hint)
    return known[name]


def _load(location: str, config: Config) -> AnyScenario:
    """A scenario; a user's own is looked for beside the configuration, or here."""
    if not location.startswith(_OURS):
        add_folder(config.source.parent if config.source else Path.cwd())
    try:
        return load_scenario(location)
    except (Exception, SystemExit) as error:
        message = f'scenario "{location}" can\'t be loaded: {type(error).__name__}: {error}'
        hint = f"`python -c 'import {location.partition(':')[0]}'` shows where it fails"
        raise UsageProblem(" ".join(message.split()), hint) from error


def _agent(word: str, options: Mapping[str, str], scenarios: Sequence[AnyScenario]) -> str:
    try:
        spec = parse_agent(word, options)
    except AgentSpecError as error:
        known = ", ".join(error.known) or "none"
        otherwise = f"known: {known}; `tempt list agents` shows all"
        raise UsageProblem(str(error), nearest(error.name, error.known, otherwise)) from error
    _check_code(spec)
    for scenario in scenarios:
        for policy in spec.policies:
            if policy not in scenario.policies:
                hint = nearest(policy, scenario.policies, "`tempt list agents` shows all")
                raise UsageProblem(f'{scenario.id} has no policy "{policy}"', hint)
    return spec.label


def _refuse_twins(agents: Sequence[str]) -> None:
    """Refuse two names of one agent: their episodes would be the same."""
    first: dict[str, str] = {}
    for agent in agents:
        other = first.setdefault(parse_agent(agent).fingerprint, agent)
        if other != agent:
            hint = "leave one of them out: where its key is found makes no other agent"
            raise UsageProblem(f"{other} and {agent} are the same agent", hint)


def _check_code(spec: AgentSpec) -> None:
    """Load the code that an agent consists of, so that what is wrong with it is said at once."""
    if not spec.location:
        return
    add_folder(Path.cwd())
    try:
        load_attribute(spec.location)
    except (Exception, SystemExit) as error:
        message = f'agent "{spec.label}" can\'t be loaded: {type(error).__name__}: {error}'
        kind = spec.location.partition(":")[0]
        hint = nearest(kind, KINDS, f"`python -c 'import {kind}'` shows where it fails")
        raise UsageProblem(" ".join(message.split()), hint) from error


def _check_level(scenario: AnyScenario, name: str, level: str) -> None:
    try:
        resolve(scenario.factors, {name: level})
    except FactorError as error:
        hint = nearest(error.name, error.known, f"known: {', '.join(error.known)}")
        raise UsageProblem(f"{error} in {scenario.id}", hint) from error
