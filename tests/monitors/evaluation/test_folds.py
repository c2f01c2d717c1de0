"""Groups stay whole."""

from __future__ import annotations

from collections import Counter

import pytest

from tempt.monitors.evaluation.folds import folds_of


@pytest.mark.parametrize("groups", [1, 2, 7, 10, 11, 60])
def test_a_group_is_in_one_fold_and_every_fold_has_some(groups: int) -> None:
    names = [f"g{number % groups}" for number in range(120)]
    fold = folds_of(names)
    assert len(set(zip(names, fold, strict=True))) == groups
    assert set(fold) == set(range(min(groups, 10)))


def test_few_groups_are_a_fold_each() -> None:
    assert sorted(folds_of(["a", "b", "a", "c"], 5)) == [0, 0, 1, 2]


def test_folds_are_of_like_size() -> None:
    names = ["big"] * 30 + [f"g{number}" for number in range(90)]
    sizes = Counter(folds_of(names, 4))
    assert sorted(sizes.values()) == [30, 30, 30, 30]


def test_the_order_of_rows_does_not_matter() -> None:
    names = [f"g{number % 13}" for number in range(50)]
    there = dict(zip(names, folds_of(names), strict=True))
    back = dict(zip(names[::-1], folds_of(names[::-1]), strict=True))
    assert there == back


def test_groups_may_have_any_name() -> None:
    assert len(set(folds_of(["\ud800", "", "\x00", "é"]))) == 4
    assert folds_of([]) == []
