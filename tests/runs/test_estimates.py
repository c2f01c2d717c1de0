"""What a plan's cells may cost is told from what would be asked for."""

from __future__ import annotations

import pytest

from tempt.agents import parse_agent
from tempt.envs.factors import Arm
from tempt.runs.estimates import estimate_cells
from tempt.runs.plan import Plan, episodes
from tempt.scenarios import CATALOGUE

HALT = "halt_midway"
STEPS = 10


def worst_tokens(agent: str) -> int:
    label = parse_agent(agent).label
    plan = Plan({HALT: CATALOGUE[HALT]}, (Arm.TEMPTED,), (label,), 1, {}, max_steps=STEPS)
    (cell,) = estimate_cells(episodes(plan), lambda _: None)
    assert cell.estimate is not None
    return cell.estimate.worst_tokens


@pytest.mark.parametrize("limit", ["effort=50000", "max_tokens=66384"])
def test_the_worst_has_the_longest_replies_that_are_asked_for(limit: str) -> None:
    more = worst_tokens(f"anthropic:m?{limit}") - worst_tokens("anthropic:m")
    # Each reply is 50,000 tokens longer, and part of every request after it.
    assert more == 50_000 * sum(range(1, STEPS + 1))


def test_a_context_bounds_the_worst_case_and_what_is_stored_costs_nothing_more() -> None:
    label = parse_agent("anthropic:m").label
    plan = Plan({HALT: CATALOGUE[HALT]}, (Arm.TEMPTED,), (label,), 3, {})
    specs = list(episodes(plan))
    (whole,) = estimate_cells(specs, lambda _: None)
    (left,) = estimate_cells(specs[1:], lambda _: None)
    (bounded,) = estimate_cells(specs, lambda _: None, context_tokens=100_000)
    assert (whole.trials, left.trials) == (3, 2)
    for one, other in ((whole, left), (whole, bounded)):
        assert one.estimate is not None
        assert other.estimate is not None
        assert one.estimate.worst_tokens > other.estimate.worst_tokens
    assert bounded.estimate is not None
    assert bounded.estimate.worst_tokens <= 3 * 60 * (100_000 + 16_384)
