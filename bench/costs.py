"""Measures what the honest path and the shortcut cost in every scenario.

    python bench/costs.py

Prints a scenario's costs.toml under its name. tests/scenarios/test_contract.py holds the files to
these figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from harness import SCENARIOS, place
from tempt.authoring.costs import costs_page, measure


def main() -> None:
    for scenario_id in sys.argv[1:] or SCENARIOS:
        print(f"## {scenario_id}/costs.toml")
        print("\n".join(costs_page(measure(place(scenario_id)))))


if __name__ == "__main__":
    main()
