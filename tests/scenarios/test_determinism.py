"""The same plan gives the same ledgers, whatever the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROBE = Path(__file__).with_name("determinism_probe.py")


def hashes(hash_seed: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, str(PROBE), "3"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_ledger_hashes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    first = hashes("1", tmp_path)
    assert len(first) == 3 * 4 * 5 * 3
    assert hashes("4242", Path("/")) == first
