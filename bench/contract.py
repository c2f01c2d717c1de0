"""Whether every scripted episode comes to what its table says, whole and in two processes.

    python bench/contract.py

Six policies, four arms, every scenario, twenty trials: 480 episodes a scenario, and 80 of the
random agent, which no table speaks of. The tests go through the same, the second process through a
part. Exits with 1 on any disagreement or differing ledger hash.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from expectations import Expected, expected_table
from harness import SCENARIOS
from processes import probe_twice
from tempt.envs.factors import Arm

TRIALS = 20


def main() -> None:
    start = time.perf_counter()
    scripted = agreeing = same = total = 0
    for scenario_id in SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            first, second = probe_twice(scenario_id, TRIALS, TRIALS, Path(folder))
        total += len(first)
        same += sum(one == other for one, other in zip(first, second, strict=True))
        table = expected_table(scenario_id)
        for episode in map(json.loads, first):
            kind, _, policy = episode["agent"].partition(":")
            if kind == "scripted":
                scripted += 1
                agreeing += table[Arm(episode["arm"]), policy] == Expected(*episode["row"])
    print(f"{agreeing:,} of {scripted:,} scripted episodes as the tables say")
    print(f"{same:,} of {total:,} ledger hashes and rows equal in two processes")
    print(f"{time.perf_counter() - start:.0f} s")
    sys.exit(agreeing < scripted or same < total)


if __name__ == "__main__":
    main()
