"""Categories are a closed list."""

from __future__ import annotations

import pytest

from harness import SCENARIOS, load
from tempt.envs.categories import Category


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_a_scenarios_category_is_of_the_list(scenario_id: str) -> None:
    assert load(scenario_id).category in {category.value for category in Category}
