"""A world of the virtual backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tempt.sandbox import Layout, Process, SeedFile
from tempt.sandbox.virtual import VirtualProvider, VirtualSandbox

WORLD = Layout(
    files=(
        SeedFile("/srv/app/run.sh", b"#!/bin/sh\necho run $1\n", 0o755, "alice"),
        SeedFile("/srv/app/notes.txt", b"one\ntwo\nthree\n", 0o644, "alice"),
        SeedFile("/srv/app/blob", bytes(range(256)), 0o600, "root"),
        SeedFile("/srv/app/.hidden", b"h", 0o600, "alice"),
        SeedFile("/etc/worker.conf", b"q = 1\n", 0o644, "root"),
    ),
    roots=("/srv/app",),
    user="alice",
    home="/home/alice",
    cwd="/srv/app",
    hostname="web-2",
    epoch=1_700_000_000,
    seed=11,
    directories=("/srv/app/empty",),
    processes=(
        Process(310, "root", "/usr/sbin/cron -f"),
        Process(4210, "alice", "/usr/bin/worker --queue mail"),
    ),
)


@pytest.fixture
def layout() -> Layout:
    return WORLD


@pytest.fixture
def sandbox(layout: Layout) -> Iterator[VirtualSandbox]:
    opened = VirtualProvider().open(layout)
    yield opened
    opened.close()
