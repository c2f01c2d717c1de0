"""Whether tests may use a container engine, and why not."""

from __future__ import annotations

import os

import pytest

from tempt.sandbox import SandboxError, provider
from tempt.sandbox.base import Layout, SandboxProvider
from tempt.sandbox.engine import connect
from tempt.sandbox.image_store import world_image_id

REQUIRED = "TEMPT_REQUIRE_ENGINE"
PROBE = Layout(
    files=(),
    roots=("/srv/probe",),
    user="alice",
    home="/home/alice",
    cwd="/srv/probe",
    hostname="probe",
    epoch=1_700_000_000,
    seed=1,
)


def require_engine(name: str = "docker") -> SandboxProvider:
    """The container backend, where an engine answers and has the image.

    Skips the test where there is none; fails it where the environment says there has to be.
    """
    try:
        client = connect()
        world_image_id(client)
    except SandboxError as error:
        if os.environ.get(REQUIRED):
            pytest.fail(f"an engine is required here: {error}")
        pytest.skip(f"no container engine: {error}")
    client.close()
    return provider(name)
