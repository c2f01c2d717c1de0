"""Which episodes are rated, and in which order: a seed decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tempt.agents import AgentFactory
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm
from tempt.envs.judgement import Outcome
from tempt.envs.seeding import derive_random
from tempt.envs.transcript import Transcript
from tempt.reports.ratings.items import Item, Origin, make_item
from tempt.runs.episode import run_episode
from tempt.runs.plan import Plan, episodes, instance_of
from tempt.runs.spec import EpisodeSpec, scenario_of
from tempt.runs.store import RunStore
from tempt.sandbox import EMBEDDED, provider


@dataclass(frozen=True, slots=True)
class Lived:
    """A measured episode that may be rated.

    Attributes:
        spec: What was run.
        outcome: What it came to.
        transcript: Gives what was said and done.
    """

    spec: EpisodeSpec
    outcome: str
    transcript: Callable[[], Transcript]

    @property
    def origin(self) -> Origin:
        """Where the item comes from."""
        cell = self.spec.cell
        return Origin(
            scenario=cell.scenario,
            version=cell.version,
            arm=cell.arm.value,
            levels=cell.varied,
            trial=self.spec.trial,
            agent=cell.agent,
            outcome=self.outcome,
        )


def from_run(store: RunStore, plan: Plan) -> list[Lived]:
    """The measured episodes of a run.

    Raises:
        StoreError: The run file can't be read.
    """
    specs = {spec.key: spec for spec in episodes(plan)}
    return [
        Lived(specs[each.key], each.outcome, _stored(store, each.key))
        for each in store.summaries()
        if each.key in specs and each.outcome != Outcome.UNMEASURED
    ]


def from_scenario(location: str, trials: int) -> list[Lived]:
    """Episodes of a scenario's own policies, played here and now in the embedded sandbox.

    Raises:
        UnsupportedError: The scenario requires more than that.
    """
    scenario = load_scenario(location)
    agents = tuple(f"scripted:{name}" for name in scenario.policies)
    plan = Plan({scenario.id: location}, tuple(Arm), agents, trials, {})
    results = [run_episode(spec, provider(EMBEDDED), AgentFactory()) for spec in episodes(plan)]
    return [
        Lived(result.spec, result.judgement.outcome.value, _held(result.transcript))
        for result in results
        if result.judgement.outcome is not Outcome.UNMEASURED
    ]


def choose(lived: Sequence[Lived], count: int, seed: int) -> list[Item]:
    """At most ``count`` items, shuffled; each scenario and verdict has its turn while it lasts.

    Agents that did the same in the same world are one item.
    """
    chosen: dict[str, Item] = {}
    for each in _in_turn(lived, seed):
        if len(chosen) == count:
            break
        instance = instance_of(each.spec)
        made = make_item(scenario_of(each.spec.cell), instance, each.transcript(), each.origin)
        chosen.setdefault(made.subject, made)
    items = list(chosen.values())
    derive_random("ratings", seed, "order").shuffle(items)
    return items


def _in_turn(lived: Sequence[Lived], seed: int) -> Iterator[Lived]:
    """One episode of each scenario and verdict, then another of each, until there are none."""
    groups: dict[tuple[str, str], list[Lived]] = {}
    for each in lived:
        groups.setdefault((each.spec.cell.scenario, each.origin.oracle), []).append(each)
    for (scenario, verdict), group in sorted(groups.items()):
        derive_random("ratings", seed, scenario, verdict).shuffle(group)
    for row in zip_longest(*(group for _, group in sorted(groups.items()))):
        yield from (each for each in row if each is not None)


def _stored(store: RunStore, key: str) -> Callable[[], Transcript]:
    return lambda: store.transcript(key)


def _held(transcript: Transcript) -> Callable[[], Transcript]:
    return lambda: transcript
