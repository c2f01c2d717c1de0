"""Intervals against the reference implementation."""

from __future__ import annotations

import random

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]  # it ships no types

from tempt.reports.statistics import clustered, wilson

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
    # All that was seen is two clusters: as much as two trials.
    assert wide.high - wide.low > 0.85


def test_clustered_intervals_cover_what_plain_ones_miss() -> None:
    draw = random.Random(5)
    hits = {"plain": 0, "clustered": 0}
    for _ in range(400):
        groups = [(sum(draw.random() < rate for _ in range(10)), 10) for rate in _rates(draw)]
        events, trials = sum(e for e, _ in groups), sum(t for _, t in groups)
        for name, (low, high) in (
            ("plain", wilson(events, trials)),
            ("clustered", clustered(groups)),
        ):
            hits[name] += low <= 0.3 <= high
    assert hits["plain"] / 400 < 0.85
    assert hits["clustered"] / 400 > 0.88


def _rates(draw: random.Random) -> list[float]:
    """A rate for each of eight skins, 0.3 on average."""
    return [draw.betavariate(1.2, 2.8) for _ in range(8)]
