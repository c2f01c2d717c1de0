"""A client of a real container engine, for tests of what speaks to one directly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NoReturn

import pytest
from docker import DockerClient

from engines import REQUIRED
from tempt.sandbox.base import SandboxEngineError
from tempt.sandbox.engine import connect
from tempt.sandbox.image_store import world_image_id

NOWHERE = "unix:///nowhere/engine.sock"


@contextmanager
def engine_client() -> Iterator[DockerClient]:
    """A client of the engine that is there, once it holds the world image.

    Skips the test where there is none; fails it where the environment says there has to be.
    """
    try:
        client = connect(30.0)
    except SandboxEngineError as error:
        _without(error)
    with closing(client):
        try:
            world_image_id(client)
        except SandboxEngineError as error:
            _without(error)
        yield client


@contextmanager
def container(client: DockerClient, labels: dict[str, str]) -> Iterator[str]:
    """The id of a running container with these labels; it is gone afterwards."""
    made: dict[str, Any] = client.api.create_container(
        world_image_id(client),
        ["sleep", "60"],
        labels=labels,
        host_config=client.api.create_host_config(network_mode="none"),
    )
    client.api.start(made["Id"])
    try:
        yield made["Id"]
    finally:
        if exists(client, made["Id"]):
            client.api.remove_container(made["Id"], force=True)


def exists(client: DockerClient, identity: str) -> bool:
    """Whether the engine still has a container."""
    return bool(client.api.containers(all=True, filters={"id": identity}))


def _without(error: SandboxEngineError) -> NoReturn:
    if os.environ.get(REQUIRED):
        pytest.fail(f"an engine is required here: {error}")
    pytest.skip(str(error))
