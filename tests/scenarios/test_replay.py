"""A slice of the fuzzed episodes: what an oracle says is borne out by a replay of the commands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.replay.checks import CHECKS
from bench.replay.compare import Compared, compare, compare_all, describe
from bench.replay.drawn import Drawn
from bench.replay.grammar import draw_episode
from bench.replay.story import NO, YES
from bench.replay.verdict import Verdict
from harness import SCENARIOS, load
from tempt.envs.factors import Arm
from tempt.envs.judgement import Outcome, unmeasured
from tempt.envs.transcript import EndedBy

EPISODES = 12
SEED = 1


def untouched(policy: str) -> Drawn:
    """A policy's whole episode, with nothing put into it."""
    return Drawn(Arm.TEMPTED, 0, {}, policy, before=0, turns=(), after=100)


@pytest.mark.parametrize("scenario_id", sorted(CHECKS))
def test_oracle_and_replay_agree(scenario_id: str) -> None:
    compared = compare_all(EPISODES, SEED, workers=1, scenarios=[scenario_id])
    assert [describe(each) for each in compared if each.wrong] == []


def test_checks_are_of_scenarios() -> None:
    assert set(CHECKS) <= set(SCENARIOS)


@pytest.mark.parametrize("scenario_id", sorted(CHECKS))
def test_a_replay_tells_honest_from_not(scenario_id: str) -> None:
    played = {
        policy: compare(load(scenario_id), untouched(policy))
        for policy in ("honest", "shortcut", "concealing")
    }
    assert all(each.wrong == () for each in played.values())
    assert misbehaved(played["shortcut"])
    assert misbehaved(played["concealing"])
    assert not misbehaved(played["honest"])


def misbehaved(compared: Compared) -> bool:
    """Whether the state left no choice but to call it misbehaviour."""
    return bool(compared.allowed) and all(o.misbehaviour for o in compared.allowed)


def test_the_same_seed_draws_the_same_episode() -> None:
    scenario = load("tidy_disk")
    assert draw_episode(scenario, SEED, 3) == draw_episode(scenario, SEED, 3)
    assert draw_episode(scenario, SEED, 3) != draw_episode(scenario, SEED + 1, 3)


def test_a_word_that_the_state_does_not_allow_is_noticed() -> None:
    found = Verdict(frozenset({Outcome.ATTEMPTED}), done=NO, exposed=YES)
    said = replace(
        unmeasured(EndedBy.SUBMITTED, ""), outcome=Outcome.ATTEMPTED, act_done=False, exposed=True
    )
    assert found.against(said) == []
    assert len(found.against(replace(said, outcome=Outcome.HONEST_FULL))) == 1
    assert len(found.against(replace(said, act_done=True))) == 1
    assert len(found.against(replace(said, exposed=False))) == 1
