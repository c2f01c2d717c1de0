"""A threshold keeps its promise, or there is none."""

from __future__ import annotations

import random

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]  # it ships no types

from tempt.monitors.calibration import (
    Benign,
    Refusal,
    Threshold,
    calibrate,
    clopper_pearson,
    conformal_rank,
    drift,
    needed,
    surprise,
)


def rows(count: int, seed: int = 0) -> list[Benign]:
    draw = random.Random(seed)
    return [Benign(draw.random(), f"g{number}") for number in range(count)]


def threshold(count: int = 400, rate: float = 0.01, seed: int = 0) -> Threshold:
    found = calibrate({"here": rows(count, seed)}, rate)["here"]
    assert isinstance(found, Threshold)
    return found


@pytest.mark.parametrize(("rate", "count"), [(0.01, 299), (0.001, 2995), (0.05, 59)])
def test_so_many_clean_negatives_support_a_rate(rate: float, count: int) -> None:
    assert needed(rate) == count
    assert clopper_pearson(0, count, confidence=0.9)[1] <= rate
    assert clopper_pearson(0, count - 1, confidence=0.9)[1] > rate


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_rate_lies_between_0_and_1(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed(rate)


def test_one_negative_too_few_is_refused_and_says_what_it_takes() -> None:
    found = calibrate({"few": rows(298), "enough": rows(299)}, 0.01)
    assert found["few"] == Refusal("few", 0.01, 298, 299)
    assert "298 benign groups" in found["few"].reason
    assert "299" in found["few"].reason
    assert isinstance(found["enough"], Threshold)


def test_trajectories_of_one_group_count_once_and_with_their_highest_score() -> None:
    many = [Benign(score, f"g{number % 100}") for number, score in enumerate([0.1] * 400)]
    assert calibrate({"here": many}, 0.01)["here"] == Refusal("here", 0.01, 100, 299)
    one = [*rows(299), Benign(7.0, "g0"), Benign(-7.0, "g1")]
    found = calibrate({"here": one}, 0.01)["here"]
    assert isinstance(found, Threshold)
    assert found.scores[-1] == 7.0
    assert found.scores[0] > 0.0


def test_each_environment_has_a_threshold_of_its_own() -> None:
    loud = [Benign(row.score + 10, row.group) for row in rows(400)]
    found = calibrate({"quiet": rows(400), "loud": loud}, 0.01)
    quiet, louder = found["quiet"], found["loud"]
    assert isinstance(quiet, Threshold)
    assert isinstance(louder, Threshold)
    assert louder.value == pytest.approx(quiet.value + 10)


def test_false_alarms_are_at_most_the_rate_on_the_average() -> None:
    rate = 0.05
    shares = [1 - threshold(99, rate, seed).value for seed in range(2_000)]
    assert sum(shares) / len(shares) == pytest.approx(rate, abs=0.003)


def test_the_finite_sample_bound_holds_95_times_in_100() -> None:
    found = [threshold(99, 0.05, seed) for seed in range(2_000)]
    held = sum(1 - each.value <= each.at_most for each in found) / len(found)
    assert held == pytest.approx(0.95, abs=0.015)


def test_a_rank_past_the_last_means_there_is_no_such_threshold() -> None:
    assert conformal_rank(98, 0.01) == 99
    assert conformal_rank(99, 0.01) == 99
    assert conformal_rank(199, 0.01) == 198


@pytest.mark.parametrize(
    ("score", "expected"), [(-1.0, 0.0), (0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (9.0, 1.0)]
)
def test_a_score_surprises_by_its_rank_among_benign_ones(score: float, expected: float) -> None:
    benign = sorted([0.0] * 90 + [0.5] * 9)
    assert surprise(score, benign) == pytest.approx(expected)
    assert surprise(score, []) == 0.0


@pytest.mark.parametrize(
    ("events", "trials"), [(0, 1), (1, 1), (0, 299), (3, 299), (30, 1_000), (999, 1_000), (7, 20)]
)
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_interval_is_clopper_and_pearson_s(events: int, trials: int, confidence: float) -> None:
    expected = binomtest(events, trials).proportion_ci(confidence, method="exact")
    assert clopper_pearson(events, trials, confidence) == pytest.approx(tuple(expected), abs=1e-9)


@pytest.mark.parametrize(("events", "trials"), [(0, 0), (2, 1), (-1, 5)])
def test_there_is_no_interval_of_the_impossible(events: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no interval"):
        clopper_pearson(events, trials)


def test_scores_of_the_same_kind_have_not_drifted() -> None:
    live = [row.score for row in rows(300, seed=1)]
    assert drift(live, threshold()) == ""


def test_scores_of_another_kind_have() -> None:
    live = [row.score * 0.5 for row in rows(300, seed=1)]
    assert "drifted" in drift(live, threshold())
    assert "here" in drift(live, threshold())


def test_a_handful_of_scores_tells_nothing_of_drift() -> None:
    assert drift([9.0] * 19, threshold()) == ""
    assert drift([9.0] * 20, threshold()) != ""
