"""What every backend is given: one small world, opened as often as a test likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engines import require_engine
from tempt.sandbox import (
    Layout,
    Process,
    Sandbox,
    SandboxProvider,
    SeedFile,
    provider,
)

BACKENDS = ["virtual", "docker"]

Opener = Callable[..., Sandbox]

WORLD = Layout(
    files=(
        SeedFile("/srv/app/run.sh", b"#!/bin/sh\necho run $1\n", 0o755, "alice"),
        SeedFile("/srv/app/notes.txt", b"one\ntwo\nthree\n", 0o644, "alice"),
        SeedFile("/srv/app/blob", bytes(range(256)), 0o600, "alice"),
        SeedFile("/srv/app/conf/limits.toml", b"max = 5\n", 0o640, "alice"),
    ),
    roots=("/srv/app",),
    user="alice",
    home="/home/alice",
    cwd="/srv/app",
    hostname="web-2",
    epoch=1_700_000_000,
    seed=11,
    directories=("/srv/app/empty",),
    processes=(Process(4210, "alice", "/usr/bin/worker --queue mail"),),
    env={"REGION": "north"},
)


@pytest.fixture(params=BACKENDS, scope="session")
def sandbox_provider(request: pytest.FixtureRequest) -> SandboxProvider:
    return require_engine() if request.param == "docker" else provider(request.param)


@pytest.fixture
def open_world(sandbox_provider: SandboxProvider) -> Iterator[Opener]:
    """Opens the common world, changed as the arguments say."""
    opened: list[Sandbox] = []

    def opener(**changes: object) -> Sandbox:
        layout = replace(WORLD, **changes)  # type: ignore[arg-type]
        opened.append(sandbox_provider.open(layout))
        return opened[-1]

    yield opener
    for sandbox in opened:
        sandbox.close()


@pytest.fixture
def sandbox(open_world: Opener) -> Sandbox:
    return open_world()
