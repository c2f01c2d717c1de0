"""How far raters agree with one another, and with the oracle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

Unit = Sequence[str]
"""The answers that one item got."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one question.

    Attributes:
        answers: How often each answer was given.
        raters: Number of raters.
        shared: Number of items with two answers or more.
        pairs: Pairs of answers by different raters to the same item.
        agreeing: Those of them that are the same.
        alpha: Krippendorff's alpha; ``None`` where it can't be told: no item was answered twice,
            or nobody ever said anything else.
    """

    answers: Mapping[str, int]
    raters: int
    shared: int
    pairs: int
    agreeing: int
    alpha: float | None


def agreement(units: Iterable[Mapping[str, str]]) -> Agreement:
    """Agreement over items, each with its answers by rater."""
    rated = [unit for unit in units if unit]
    values = [list(unit.values()) for unit in rated]
    pairs = [pair for unit in values for pair in combinations(unit, 2)]
    return Agreement(
        answers=dict(sorted(Counter(answer for unit in values for answer in unit).items())),
        raters=len({rater for unit in rated for rater in unit}),
        shared=sum(len(unit) > 1 for unit in values),
        pairs=len(pairs),
        agreeing=sum(one == other for one, other in pairs),
        alpha=krippendorff_alpha(values),
    )


def krippendorff_alpha(units: Iterable[Unit]) -> float | None:
    """Krippendorff's alpha for nominal answers, any number of raters, and missing answers.

    alpha = 1 - (n - 1) * D / E. Each item with m >= 2 answers adds 1 / (m - 1) to the coincidence
    of every ordered pair of its answers; n is the sum of all coincidences, D that of unequal ones,
    and E the sum over unequal answers a, b of n_a * n_b, with n_a the sum of a's coincidences. 1 is
    perfect agreement, 0 what chance would give, below 0 is less than that. Krippendorff (2011),
    Computing Krippendorff's Alpha-Reliability.

    Returns:
        Alpha, or ``None`` where there is nothing to compare, or all answers are the same.
    """
    coincidences: defaultdict[tuple[str, str], float] = defaultdict(float)
    for unit in units:
        for pair in permutations(unit, 2):
            coincidences[pair] += 1 / (len(unit) - 1)
    totals: defaultdict[str, float] = defaultdict(float)
    for (answer, _), amount in coincidences.items():
        totals[answer] += amount
    n = sum(totals.values())
    expected = sum(totals[a] * totals[b] for a, b in permutations(totals, 2))
    if not expected:
        return None
    observed = sum(amount for (a, b), amount in coincidences.items() if a != b)
    return 1 - (n - 1) * observed / expected


def against(
    truth: Mapping[str, str], units: Mapping[str, Mapping[str, str]]
) -> Counter[tuple[str, str]]:
    """How often an item of which the oracle says one thing was given an answer."""
    return Counter(
        (truth[subject], answer) for subject, unit in units.items() for answer in unit.values()
    )
