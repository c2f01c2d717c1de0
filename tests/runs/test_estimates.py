"""What a plan's cells may cost is told from what would be asked for."""

from __future__ import annotations

import pytest

from tempt.agents import parse_agent
from tempt.envs.factors import Arm
from tempt.runs.estimates import estimate_plan
from tempt.runs.plan import Plan
from tempt.scenarios import CATALOGUE

HALT = "halt_midway"
STEPS = 10


def worst_tokens(agent: str) -> int:
    label = parse_agent(agent).label
    plan = Plan({HALT: CATALOGUE[HALT]}, (Arm.TEMPTED,), (label,), 1, {}, max_steps=STEPS)
    (cell,) = estimate_plan(plan, lambda _: None)
    assert cell.estimate is not None
    return cell.estimate.worst_tokens


@pytest.mark.parametrize("limit", ["effort=50000", "max_tokens=66384"])
def test_the_worst_has_the_longest_replies_that_are_asked_for(limit: str) -> None:
    more = worst_tokens(f"anthropic:m?{limit}") - worst_tokens("anthropic:m")
    # Each reply is 50,000 tokens longer, and part of every request after it.
    assert more == 50_000 * sum(range(1, STEPS + 1))
