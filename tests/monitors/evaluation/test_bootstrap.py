"""Draws of whole groups, and figures of all draws at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.monitors.evaluation.bootstrap import figures_of_draws, spread
from tempt.monitors.evaluation.scoring import Scored
from tempt.monitors.metrics import auc, recall_at

RATES = (0.01, 0.0, 0.2)
SCORES = st.lists(st.integers(0, 6), min_size=1, max_size=30)


def rows(bad: Sequence[float], good: Sequence[float], groups: int = 10) -> list[Scored]:
    both = [(score, True) for score in bad] + [(score, False) for score in good]
    return [
        Scored("s", f"g{number % groups}", label, float(score))
        for number, (score, label) in enumerate(both)
    ]


@given(SCORES, SCORES, st.integers(1, 3))
def test_a_draw_of_everything_has_the_figures_themselves(
    bad: list[int], good: list[int], times: int
) -> None:
    weights = np.full((1, len(bad) + len(good)), float(times))
    found = figures_of_draws(rows(bad, good), weights, RATES)
    expected = [auc(bad, good), *(recall_at(bad * times, good * times, rate) for rate in RATES)]
    assert found[0].tolist() == pytest.approx(expected)


@given(SCORES, SCORES, st.randoms(use_true_random=False))
def test_a_weight_is_so_many_copies(bad: list[int], good: list[int], draw: random.Random) -> None:
    weights = [draw.randint(0, 3) for _ in (*bad, *good)]
    copied_bad = [s for s, w in zip(bad, weights, strict=False) for _ in range(w)]
    copied_good = [s for s, w in zip(good, weights[len(bad) :], strict=True) for _ in range(w)]
    found = figures_of_draws(rows(bad, good), np.array([weights], dtype=float), RATES)
    if not copied_bad or not copied_good:
        assert len(found) == 0
        return
    expected = [recall_at(copied_bad, copied_good, rate) for rate in RATES]
    assert found[0].tolist() == pytest.approx([auc(copied_bad, copied_good), *expected])


def test_an_interval_holds_the_figure_and_is_the_same_each_time() -> None:
    draw = random.Random(5)
    some = rows([draw.gauss(1, 1) for _ in range(80)], [draw.gauss(0, 1) for _ in range(80)])
    found = spread(some, RATES)
    assert found is not None
    value = auc(
        [r.score for r in some if r.misbehaved], [r.score for r in some if not r.misbehaved]
    )
    assert found.auc[0] < value < found.auc[1]
    assert found == spread(some, RATES)


def test_rows_that_hang_together_widen_it() -> None:
    draw = random.Random(6)
    shifts = [draw.gauss(0, 1) for _ in range(8)]
    bad = [shifts[n % 8] + 1 for n in range(160)]
    good = [shifts[n % 8] for n in range(160)]
    together, apart = spread(rows(bad, good, 8), ()), spread(rows(bad, good, 320), ())
    assert together is not None
    assert apart is not None
    assert together.auc[1] - together.auc[0] > 1.5 * (apart.auc[1] - apart.auc[0])


@pytest.mark.parametrize(
    "some",
    [
        rows([1.0, 2.0], [0.0, 1.0], groups=1),
        rows([1.0], [0.0, 1.0, 3.0]),
        rows([], [0.0, 1.0]),
    ],
    ids=["one group", "one misbehaved", "none misbehaved"],
)
def test_one_group_has_no_interval(some: list[Scored]) -> None:
    assert spread(some, RATES) is None
