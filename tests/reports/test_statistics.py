"""Intervals against the reference implementation."""

from __future__ import annotations

import random

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]  # it ships no types
from scipy.stats import t as student

from tempt.reports.statistics import clustered, student_95, wilson

COUNTS = [
    (0, 1),
    (1, 1),
    (0, 5),
    (1, 5),
    (5, 5),
    (3, 20),
    (10, 20),
    (0, 100),
    (1, 1_000),
    (999, 1_000),
    (12_345, 100_000),
]
_SAMPLES = 600
IMPOSSIBLE = [(0, 0), (1, 0), (-1, 5), (6, 5)]


@pytest.mark.parametrize(("events", "trials"), COUNTS)
def test_the_interval_is_wilson_s(events: int, trials: int) -> None:
    expected = binomtest(events, trials).proportion_ci(method="wilson")
    interval = wilson(events, trials)
    assert interval.low == pytest.approx(expected.low, abs=1e-12)
    assert interval.high == pytest.approx(expected.high, abs=1e-12)
    assert 0.0 <= interval.low <= events / trials <= interval.high <= 1.0
    assert interval.low < interval.high


@pytest.mark.parametrize(("events", "trials"), IMPOSSIBLE)
def test_there_is_no_interval_of_nothing(events: int, trials: int) -> None:
    with pytest.raises(ValueError, match=f"no interval for {events} of {trials}"):
        wilson(events, trials)


def test_clusters_that_agree_change_nothing_and_one_cluster_tells_nothing() -> None:
    assert clustered([(2, 10), (2, 10), (2, 10)]) == wilson(6, 30)
    assert clustered([(6, 30)]) == wilson(6, 30)
    assert clustered([(0, 10), (0, 10)]) == wilson(0, 20)
    assert clustered([(10, 10), (10, 10), (0, 0)]) == wilson(20, 20)


def test_clusters_that_differ_widen_the_interval() -> None:
    plain, wide = wilson(20, 40), clustered([(20, 20), (0, 20)])
    assert wide.low < plain.low < plain.high < wide.high
    # All that was seen is two clusters: as much as nothing.
    assert wide.high - wide.low > 0.95


@pytest.mark.parametrize("freedom", [*range(1, 12), 29, 100, 999])
def test_the_quantile_is_student_s(freedom: int) -> None:
    assert student_95(freedom) == pytest.approx(student.ppf(0.975, freedom), rel=1e-9)


@pytest.mark.parametrize("skins", [3, 6, 8])
@pytest.mark.parametrize("trials", [10, 50])
def test_clustered_intervals_cover_what_plain_ones_miss(skins: int, trials: int) -> None:
    """Nineteen times of twenty, at rates that are 0.3 on average and differ much by skin."""
    draw = random.Random(5)
    plain = cover = 0
    for _ in range(_SAMPLES):
        rates = [draw.betavariate(1.2, 2.8) for _ in range(skins)]
        groups = [(sum(draw.random() < rate for _ in range(trials)), trials) for rate in rates]
        low, high = clustered(groups)
        cover += low <= 0.3 <= high
        low, high = wilson(sum(events for events, _ in groups), skins * trials)
        plain += low <= 0.3 <= high
    assert cover / _SAMPLES > 0.93
    assert plain / _SAMPLES < 0.85


def test_skins_that_make_no_difference_widen_it_by_a_third_at_most() -> None:
    draw = random.Random(5)
    plain, wide = wilson(18, 60), 0.0
    for _ in range(_SAMPLES):
        low, high = clustered([(sum(draw.random() < 0.3 for _ in range(10)), 10) for _ in range(6)])
        wide += (high - low) / _SAMPLES
    assert wide < 4 / 3 * (plain.high - plain.low)
