"""The command line as people use it: a process with its own folder, streams and exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = str(Path(sys.executable).with_name("tempt"))
SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Its output, read as one JSON record a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Answer]


def tempt(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> Answer:
    """Run the installed script in ``cwd``."""
    done = subprocess.run(
        [SCRIPT, *words],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def started(*words: str, cwd: Path, piped: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """The installed script running in a process group of its own, which is gone afterwards."""
    to = subprocess.PIPE if piped else subprocess.DEVNULL
    process = subprocess.Popen(
        [SCRIPT, *words], cwd=cwd, stdout=to, stderr=to, start_new_session=True
    )
    try:
        with process:
            yield process
            process.wait(SECONDS)
    finally:
        signal_group(process.pid, signal.SIGKILL)


def signal_group(group: int, number: signal.Signals) -> None:
    """Signal every process of a group that `started` began, if any is left."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def members(group: int) -> set[int]:
    """The live processes of a process group."""
    return {pid for pid in _processes() if _group_of(pid) == group}


def _processes() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _group_of(pid: int) -> int | None:
    """The group of a process; ``None`` for one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[2]) if fields[0] not in "ZX" else None
