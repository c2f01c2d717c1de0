"""The server's side of a shell, without a container."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from tempt.sandbox.world.processes import Program
from tempt.sandbox.world.shell import Shell, run_once

PROGRAM = Program(["true"], {}, "/", 0)
STARTS: dict[str, Callable[[], object]] = {
    "a shell": lambda: Shell(PROGRAM, -1, -1),
    "a program": lambda: run_once(PROGRAM, 1.0, 10),
}
FAILURES = [("open", 1), ("pipe2", 1), ("pipe2", 2)]


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    ("start", "call", "at"),
    [
        *[(start, call, at) for start in STARTS for call, at in FAILURES],
        *[("a shell", "pipe2", at) for at in (3, 4)],
    ],
)
def test_a_start_that_fails_for_want_of_descriptors_costs_none(
    monkeypatch: pytest.MonkeyPatch, start: str, call: str, at: int
) -> None:
    calls = 0
    real = getattr(os, call)

    def failing(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= at:
            raise OSError(errno.EMFILE, "Too many open files")
        return real(*arguments)

    before = descriptors()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(OSError, match="Too many"):
            STARTS[start]()
    assert descriptors() == before
