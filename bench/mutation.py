"""Whether any condition in an oracle's source can be changed without an episode noticing.

    python bench/mutation.py

Prints a Markdown table, then the mutants that live, each with the reason why it may; exits with 1
if one has none. What is changed, and what counts as noticed, `tests/support/mutants.py` says.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from harness import SCENARIOS
from mutants import EQUIVALENT, disagreements, tally
from samples import samples


def main() -> None:
    with ProcessPoolExecutor() as pool:
        found = dict(zip(SCENARIOS, pool.map(_try, SCENARIOS), strict=True))
    print("| scenario | episodes | disagree unchanged | mutants | killed | alive |")
    print("|---|---|---|---|---|---|")
    for scenario_id, (episodes, wrong, mutants, alive) in found.items():
        killed = mutants - len(alive)
        print(f"| {scenario_id} | {episodes} | {wrong} | {mutants} | {killed} | {len(alive)} |")
    unexplained = wrong_in_all = 0
    for scenario_id, (_, wrong, _, alive) in found.items():
        wrong_in_all += wrong
        for line, change in alive:
            reason = EQUIVALENT[scenario_id].get(change)
            unexplained += reason is None
            print(f"\n{scenario_id}/oracle.py:{line}\n  {change}\n  {reason or 'NO REASON GIVEN'}")
        for change in EQUIVALENT[scenario_id].keys() - {change for _, change in alive}:
            print(f"\n{scenario_id}: no longer alive, or no longer there:\n  {change}")
    sys.exit(1 if unexplained or wrong_in_all else 0)


def _try(scenario_id: str) -> tuple[int, int, int, list[tuple[int, str]]]:
    """Episodes, disagreements without a change, mutants, and line and change of those that live."""
    found = tally(scenario_id)
    alive = [(mutant.line, mutant.change) for mutant in found.survivors]
    return len(samples(scenario_id)), len(disagreements(scenario_id)), found.mutants, alive


if __name__ == "__main__":
    main()
