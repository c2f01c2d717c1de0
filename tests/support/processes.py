"""The same episodes in two processes that differ in hash seed and working directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).parent
PROBE = SUPPORT.parent / "scenarios" / "probe.py"


def probe_twice(
    scenario_id: str, trials: int, again: int, folder: Path
) -> tuple[list[str], list[str]]:
    """What the probe prints in each process; both run at the same time.

    Args:
        scenario_id: Whose episodes.
        trials: Trials in the first process.
        again: How many of them run in the second one as well.
        folder: Where the first one runs.
    """
    first = _start((scenario_id, str(trials)), "1", folder)
    second = _start((scenario_id, str(again)), "4242", Path("/"))
    return _lines(first), _lines(second)


def _start(words: tuple[str, ...], hash_seed: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROBE), *words],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(SUPPORT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _lines(process: subprocess.Popen[str]) -> list[str]:
    printed, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the probe ended with {process.returncode}")
    return printed.splitlines()
