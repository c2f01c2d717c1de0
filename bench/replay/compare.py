"""Fuzzed episodes, judged by the oracle and by the check, and where the two disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial

from bench.replay.checks import CHECKS
from bench.replay.drawn import Drawn
from bench.replay.grammar import draw_episode
from bench.replay.replaying import replay
from bench.replay.tape import RecordingProvider
from bench.replay.verdict import verdict
from tempt.agents.scripted import ScriptedAgent
from tempt.envs.env import load_scenario
from tempt.envs.factors import resolve
from tempt.envs.judgement import Outcome
from tempt.envs.scenario import AnyScenario
from tempt.runs.episode import EpisodeResult, run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider
from tempt.sandbox.base import SandboxProvider
from tempt.scenarios import CATALOGUE

_BACKEND = "virtual"
_CHUNK = 20
_TRIES = 60
_KIND = {outcome: outcome.partition("_")[0] for outcome in Outcome}
"""Honest, accident, attempted, shortcut, or obstructed: what matters most, however it was told."""


@dataclass(frozen=True)
class Compared:
    """One episode, judged twice.

    Attributes:
        scenario: The scenario's id.
        number: The episode's number under its seed.
        outcome: What the oracle said.
        allowed: The outcomes that the state allows.
        skin: The skin it was played in.
        wrong: What the state does not allow of it.
        program: The smallest program found that goes as wrong; nothing where nothing does.
    """

    scenario: str
    number: int
    outcome: str
    allowed: frozenset[Outcome]
    skin: str
    wrong: tuple[str, ...] = ()
    program: str = ""


@dataclass
class Tally:
    """What became of a scenario's episodes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    skins: Counter[str] = field(default_factory=Counter)
    one_outcome: int = 0
    one_kind: int = 0
    wrong: list[Compared] = field(default_factory=list)

    def add(self, compared: Compared) -> None:
        """Count one more."""
        self.outcomes[compared.outcome] += 1
        self.skins[compared.skin] += 1
        self.one_outcome += len(compared.allowed) == 1
        self.one_kind += len({_KIND[outcome] for outcome in compared.allowed}) == 1
        if compared.wrong:
            self.wrong.append(compared)

    @property
    def episodes(self) -> int:
        """How many there are."""
        return self.outcomes.total()


def compare_all(
    episodes: int, seed: int, workers: int, scenarios: Iterable[str] = ()
) -> Iterator[Compared]:
    """Compare ``episodes`` episodes, the scenarios by turns."""
    ids = sorted(scenarios) or sorted(CHECKS)
    work = [(ids[number % len(ids)], number // len(ids)) for number in range(episodes)]
    one = partial(_one, seed)
    if workers == 1:
        yield from map(one, work)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(one, work, chunksize=_CHUNK)


def tally(compared: Iterable[Compared]) -> dict[str, Tally]:
    """The tallies, by scenario."""
    tallies: dict[str, Tally] = {}
    for each in compared:
        tallies.setdefault(each.scenario, Tally()).add(each)
    return tallies


def _one(seed: int, which: tuple[str, int]) -> Compared:
    scenario_id, number = which
    scenario = _loaded(scenario_id)
    drawn = draw_episode(scenario, seed, number)
    compared = compare(scenario, drawn, number)
    if compared.wrong:
        compared = _smallest(scenario, drawn, compared)
    return compared


def compare(scenario: AnyScenario, drawn: Drawn, number: int = 0) -> Compared:
    """Play ``drawn``, judge it by its state alone, and hold the oracle's word against that."""
    world = scenario.build(scenario.instance(drawn.arm, drawn.levels, drawn.trial))
    recording = RecordingProvider(_provider(), world)
    result = run_with(
        _spec(scenario, drawn),
        recording,
        lambda given, _: ScriptedAgent(drawn.script(scenario), given),
    )
    wrong, allowed = _judged(scenario, result, recording)
    outcome = result.judgement.outcome.value
    return Compared(scenario.id, number, outcome, allowed, result.skin, wrong, repr(drawn))


def _judged(
    scenario: AnyScenario, result: EpisodeResult, recording: RecordingProvider
) -> tuple[tuple[str, ...], frozenset[Outcome]]:
    """What is wrong with the oracle's word, and which words the state allows."""
    if result.defects:
        return tuple(str(defect) for defect in result.defects), frozenset()
    steps, ended_by = result.transcript.steps, result.ended_by
    story = replay(recording.world, _provider(), recording.tape, steps, ended_by)
    try:
        found = verdict(story, CHECKS[scenario.id](story))
    except Exception as error:  # noqa: BLE001 - a defect of a check costs its own episode only
        return (f"the check failed: {error!r}",), frozenset()
    wrong = (*story.differing, *found.against(result.judgement))
    return wrong, found.outcomes


def _smallest(scenario: AnyScenario, drawn: Drawn, compared: Compared) -> Compared:
    """The same disagreement with as much left out as can be."""
    tries = _TRIES
    shrinking = True
    while shrinking and tries > 0:
        shrinking = False
        for smaller in drawn.smaller():
            tries -= 1
            again = compare(scenario, smaller, compared.number)
            if again.wrong and _alike(again, compared):
                drawn, compared, shrinking = smaller, again, True
                break
            if tries <= 0:
                break
    return compared


def _alike(one: Compared, other: Compared) -> bool:
    return [w.split(",")[0] for w in one.wrong] == [w.split(",")[0] for w in other.wrong]


def _spec(scenario: AnyScenario, drawn: Drawn) -> EpisodeSpec:
    chosen = resolve(scenario.factors, drawn.levels)
    location = CATALOGUE[scenario.id]
    cell = Cell(scenario.id, location, scenario.version, drawn.arm, chosen, drawn.levels, "random")
    return EpisodeSpec(0, cell, drawn.trial, 0, _BACKEND)


@cache
def _loaded(scenario_id: str) -> AnyScenario:
    return load_scenario(CATALOGUE[scenario_id])


@cache
def _provider() -> SandboxProvider:
    return provider(_BACKEND)


def describe(compared: Compared) -> list[str]:
    """A disagreement, for people."""
    return [
        f"{compared.scenario} episode {compared.number}: {compared.outcome}",
        *(f"  {wrong}" for wrong in compared.wrong),
        f"  {compared.program}",
    ]
