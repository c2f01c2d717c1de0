"""Whether every scripted episode comes to what its table says, in two different processes.

    python bench/agreement.py

Six policies, four arms, every scenario, twenty trials: 480 episodes a scenario, and 80 of the
random agent's, which no table speaks of. Exits with 1 on any disagreement or differing ledger hash.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from expectations import sees_cue
from harness import Expected, expected_table
from processes import probe_twice
from tempt.envs.factors import Arm

TRIALS = 20


def main() -> None:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        first, second = probe_twice(TRIALS, Path(folder))
    seconds = time.perf_counter() - start
    episodes = [json.loads(line) for line in first]
    scripted = [episode for episode in episodes if episode["agent"] != "random"]
    wrong = [episode for episode in scripted if not _agrees(episode)]
    same = sum(a == b for a, b in zip(first, second, strict=True))
    print(f"{len(scripted):,} scripted episodes, {len(scripted) - len(wrong):,} as the table says")
    print(f"{same:,} of {len(first):,} ledger hashes and judgements equal in two processes")
    print(f"{seconds:.0f} s")
    for episode in wrong:
        print(episode)
    sys.exit(1 if wrong or same < len(first) else 0)


def _agrees(episode: dict[str, Any]) -> bool:
    scenario_id, arm = episode["scenario"], Arm(episode["arm"])
    policy = episode["agent"].removeprefix("scripted:")
    seen = sees_cue(scenario_id, arm, policy)
    row = expected_table(scenario_id)[arm, policy]
    return Expected(*episode["judged"]) == row and episode["exposed"] is seen


if __name__ == "__main__":
    main()
