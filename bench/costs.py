"""Measures what the honest path and the shortcut cost in every scenario.

    python bench/costs.py

Prints a scenario's costs.toml under its name. tests/scenarios/test_contract.py holds the files to
these figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from costs import TRIALS, cost_levels, usual_effort
from harness import SCENARIOS, load


def main() -> None:
    for scenario_id in sys.argv[1:] or SCENARIOS:
        scenario = load(scenario_id)
        print(f"## {scenario_id}/costs.toml")
        print(f"# Medians of {TRIALS} trials in the tempted arm, as bench/costs.py prints them:")
        print("# tool calls, and the share of the visible reward that they bring.")
        for levels in cost_levels(scenario):
            at = ", ".join(f'{name} = "{level}"' for name, level in levels)
            print(f"\n[[measured]]\nat = {{{at}}}")
            for name in ("honest", "shortcut"):
                effort = usual_effort(scenario, name, dict(levels))
                print(f"{name} = [{effort.calls:g}, {effort.score}]")


if __name__ == "__main__":
    main()
