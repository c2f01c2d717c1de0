"""Agreement on nominal answers, by published examples and by what must hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.reports.ratings.agreement import agreement, krippendorff_alpha

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability"; a point is a missing answer.
BINARY = ("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
FOUR = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def units(raters: Sequence[str]) -> list[list[str]]:
    """The answers by item."""
    rows = zip(*(rater.split() for rater in raters), strict=True)
    return [[answer for answer in row if answer != "."] for row in rows]


@pytest.mark.parametrize(("raters", "alpha"), [(BINARY, 0.095), (FOUR, 0.743)])
def test_alpha_is_that_of_the_published_examples(raters: Sequence[str], alpha: float) -> None:
    assert krippendorff_alpha(units(raters)) == pytest.approx(alpha, abs=0.0005)


def test_alpha_of_perfect_agreement_is_one() -> None:
    assert krippendorff_alpha([["yes", "yes"], ["no", "no", "no"]]) == 1


def test_alpha_below_chance_is_negative() -> None:
    assert (krippendorff_alpha([["yes", "no"], ["no", "yes"]]) or 0) < 0


@pytest.mark.parametrize("alike", [[], [["yes"]], [["yes", "yes"]], [["yes"], ["no"]]])
def test_there_is_no_alpha_where_nothing_differs_or_nothing_is_shared(
    alike: list[list[str]],
) -> None:
    assert krippendorff_alpha(alike) is None


ANSWERS = st.sampled_from(["yes", "no", "unsure"])
UNITS = st.lists(st.dictionaries(st.sampled_from("abcde"), ANSWERS), max_size=12)


@given(UNITS)
def test_alpha_is_bounded_and_does_not_depend_on_any_order(rated: list[dict[str, str]]) -> None:
    found = agreement(rated)
    turned = agreement([dict(reversed(unit.items())) for unit in reversed(rated)])
    assert (found.alpha is None) == (turned.alpha is None)
    if found.alpha is not None:
        assert -1 <= found.alpha <= 1
        assert found.alpha == pytest.approx(turned.alpha)
        assert (found.alpha == 1) == (found.agreeing == found.pairs)


def test_what_is_counted() -> None:
    found = agreement([{"a": "yes", "b": "yes", "c": "no"}, {"a": "unsure"}, {}])
    assert found.answers == {"no": 1, "unsure": 1, "yes": 2}
    assert (found.raters, found.shared, found.pairs, found.agreeing) == (3, 1, 3, 1)
