"""Intervals against the reference implementation."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]  # it ships no types

from tempt.reports.statistics import wilson

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
