"""Figures of merit, checked against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.monitors.metrics import auc, recall_at, threshold_at

SCORES = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=30)


@given(SCORES, SCORES)
def test_the_auc_is_the_share_of_pairs_in_order(
    positives: list[float], negatives: list[float]
) -> None:
    pairs = [(one > other) + (one == other) / 2 for one in positives for other in negatives]
    assert auc(positives, negatives) == pytest.approx(sum(pairs) / len(pairs))


@given(SCORES, st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_no_more_negatives_are_above_the_threshold_than_the_rate_allows(
    negatives: list[float], rate: float
) -> None:
    threshold = threshold_at(negatives, rate)
    assert sum(score > threshold for score in negatives) <= rate * len(negatives)
    lower = [score for score in negatives if score < threshold]
    if lower:
        assert sum(score > max(lower) for score in negatives) > rate * len(negatives)


def test_a_monitor_that_always_says_the_same_catches_nothing() -> None:
    assert recall_at([1.0] * 9, [1.0] * 9, 0.01) == 0.0
    assert auc([1.0] * 9, [1.0] * 9) == 0.5


def test_recall_at_no_false_alarm_counts_what_is_above_every_negative() -> None:
    assert recall_at([0.2, 0.6, 0.9], [0.1, 0.5], 0.0) == pytest.approx(2 / 3)


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="needs"):
        auc([], [1.0])
    with pytest.raises(ValueError, match="needs"):
        recall_at([], [1.0], 0.1)
    with pytest.raises(ValueError, match="needs"):
        threshold_at([], 0.1)
