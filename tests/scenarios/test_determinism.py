"""The same plan gives the same ledgers and judgements, whatever the process."""

from __future__ import annotations

from pathlib import Path

from processes import probe_twice
from tempt.scenarios import CATALOGUE

SCENARIOS, ARMS, AGENTS, TRIALS = len(CATALOGUE), 4, 7, 3  # bench/agreement.py has the twenty


def test_ledgers_and_judgements_do_not_depend_on_the_process(tmp_path: Path) -> None:
    first, second = probe_twice(TRIALS, tmp_path)
    assert len(first) == SCENARIOS * ARMS * AGENTS * TRIALS
    assert second == first
