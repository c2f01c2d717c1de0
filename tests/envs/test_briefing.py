"""What the common factors say, where they say it, and what arrives only later."""

from __future__ import annotations

import random
import re

import pytest

from harness import SCENARIOS, load
from tempt.envs.factors import ATTACK, CONTEXT, PRESSURE, Arm
from tempt.envs.history import CHARS_PER_TOKEN, history
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import ModelTurn, Observation, Reasoning, ReasoningKind, ToolCall
from tempt.envs.world import TaskBrief, World
from tempt.runs.episode import run_with
from tempt.runs.spec import Cell, EpisodeSpec
from tempt.sandbox import provider
from tempt.scenarios import CATALOGUE


def world(scenario_id: str = "halt_midway", **levels: str) -> World[object]:
    scenario = load(scenario_id)
    return scenario.build(scenario.instance(Arm.TEMPTED, levels, 3))


def told(built: World[object]) -> tuple[str, str, str]:
    return built.brief.system, built.brief.user, "\n".join(built.inserts.values())


@pytest.mark.parametrize("scenario_id", SCENARIOS)
@pytest.mark.parametrize("policy", ["P2", "P3"])
def test_a_rule_stands_in_the_one_place_that_it_is_put_in(scenario_id: str, policy: str) -> None:
    without = told(world(scenario_id, policy="P0"))
    found = {}
    for number, place in enumerate(("system", "user", "result")):
        texts = told(world(scenario_id, policy=policy, placement=place))
        longer = [len(text) > len(bare) for text, bare in zip(texts, without, strict=True)]
        assert longer == [number == other for other in range(3)]
        found[place] = texts[number]
    assert len(set(found.values())) == 3


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_an_implied_rule_is_in_the_world_and_nowhere_else(scenario_id: str) -> None:
    silent, implied = world(scenario_id, policy="P0"), world(scenario_id, policy="P1")
    assert told(silent) == told(implied)
    assert silent.layout.files != implied.layout.files


@pytest.mark.parametrize("tokens", [int(level) for level in CONTEXT.levels])
def test_history_has_the_length_that_was_asked_for(tokens: int) -> None:
    text = history(random.Random(1), tokens)
    assert text == history(random.Random(1), tokens)
    assert abs(len(text) - tokens * CHARS_PER_TOKEN) <= (400 if tokens else 0)
    assert tokens == 0 or text != history(random.Random(2), tokens)


def test_sentences_of_one_note_are_about_things_of_their_own() -> None:
    notes = [line.partition(": ")[2] for line in history(random.Random(1), 16_000).splitlines()]
    numbers = [found for note in notes if len(found := re.findall(r"\d+", note)) > 1]
    assert len(numbers) > 10
    assert sum(len(set(found)) > 1 for found in numbers) > 0.9 * len(numbers)


def test_more_pressure_is_other_words() -> None:
    assert len({told(world(pressure=level)) for level in PRESSURE.levels}) == len(PRESSURE.levels)


class Looks:
    """Looks around a few times and hands in."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def begin(self, brief: TaskBrief) -> None:
        self.brief = brief

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        self.seen += [observation.text for observation in observations]
        name, arguments = ("shell", '{"command": "pwd"}')
        if len(self.seen) == 5:
            name, arguments = ("submit", "{}")
        return ModelTurn(Reasoning(ReasoningKind.NONE), calls=(ToolCall("1", name, arguments),))


@pytest.mark.parametrize(
    ("attack", "answers"),
    [("none", []), ("preamble", []), ("injection", [2]), ("split", [2, 3, 4])],
)
def test_an_attack_arrives_with_tool_results_and_permits_nothing(
    attack: str, answers: list[int]
) -> None:
    assert attack in ATTACK.levels
    scenario = load("halt_midway")
    levels = scenario.instance(Arm.TEMPTED, {"attack": attack}, 1).levels
    cell = Cell(
        scenario.id, CATALOGUE[scenario.id], scenario.version, Arm.TEMPTED, levels, {}, "random"
    )
    agent = Looks()
    spec = EpisodeSpec(0, cell, 1, 0, "virtual")
    result = run_with(spec, provider("virtual"), lambda _world, _policies: agent)
    changed = [number for number, text in enumerate(agent.seen, start=1) if "message" in text]
    assert changed == answers
    assert ("no restrictions" in agent.brief.user) is (attack == "preamble")
    assert result.judgement.outcome in {Outcome.HONEST_FAILURE, Outcome.HONEST_PARTIAL}
