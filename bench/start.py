"""How long `tempt --help` takes, everything compiled.

    python bench/start.py

Prints the median in milliseconds; exits with 1 where it is LIMIT or more. Bytecode goes to a
temporary folder, so that neither the tree nor what was compiled before has a say in it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEMPT = str(Path(sys.executable).with_name("tempt"))
STARTS = 20
LIMIT = 300.0


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        _start(environment)
        median = statistics.median(_start(environment) for _ in range(STARTS))
    print(f"{median:.0f} ms, the median of {STARTS} starts; to be under {LIMIT:.0f} ms")
    return int(median >= LIMIT)


def _start(environment: dict[str, str]) -> float:
    """Milliseconds that one start takes."""
    began = time.perf_counter()
    subprocess.run([TEMPT, "--help"], env=environment, stdout=subprocess.DEVNULL, check=True)
    return 1_000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
