"""The image that worlds stand on: finding it, building it, and importing a base for it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tempt.sandbox.base import SandboxEngineError, digest
from tempt.sandbox.engine import engine_errors

if TYPE_CHECKING:
    from docker import DockerClient

WORLD_IMAGE = "tempt-world:1"
BASE_IMAGE = "tempt-base:1"
LABEL_RECIPE = "tempt.recipe"

_TOLD_LINES = 12
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, slots=True)
class WorldImage:
    """The image on an engine.

    Attributes:
        id: Its content's digest, e.g. ``sha256:...``.
        current: Whether it was built from the Dockerfile of this version.
        size_bytes: What it takes on the engine's disk.
    """

    id: str
    current: bool
    size_bytes: int


def find_world_image(client: DockerClient, tag: str = WORLD_IMAGE) -> WorldImage | None:
    """The image called ``tag``, if the engine has it.

    Raises:
        SandboxEngineError: The engine does not answer.
    """
    from docker.errors import ImageNotFound  # noqa: PLC0415 - heavy

    with engine_errors(f"the engine does not say whether it has the image {tag}"):
        try:
            image = client.api.inspect_image(tag)
        except ImageNotFound:
            return None
    marks = image["Config"].get("Labels") or {}
    return WorldImage(image["Id"], marks.get(LABEL_RECIPE) == _recipe(), image["Size"])


def world_image_id(client: DockerClient, tag: str = WORLD_IMAGE) -> str:
    """The digest of the image's content, for starting containers and for the manifest.

    Raises:
        SandboxEngineError: The engine does not have it, or does not answer.
    """
    image = find_world_image(client, tag)
    if image is None:
        raise SandboxEngineError(
            f"the container engine has no image {tag}; `tempt doctor --fix` builds it"
        )
    return image.id


def build_world_image(
    client: DockerClient,
    base: str | None = None,
    *,
    offline: bool = False,
    tag: str = WORLD_IMAGE,
) -> str:
    """Build the image from the Dockerfile that ships with this package.

    Args:
        client: The engine.
        base: The image to stand on; ``None`` for the Dockerfile's own choice.
        offline: Build without a network; the base must hold every package then.
        tag: What to call it.

    Returns:
        The digest of the image's content.

    Raises:
        SandboxEngineError: It can't be built; the message ends with the last lines of the build.
    """
    with engine_errors(f"the image {tag} can't be built"):
        events = client.api.build(
            fileobj=BytesIO(_dockerfile()),  # the whole context: no other file gets in
            tag=tag,
            buildargs={"BASE_IMAGE": base} if base else {},
            labels={LABEL_RECIPE: _recipe()},
            network_mode="none" if offline else None,
            rm=True,
            forcerm=True,
            decode=True,
        )
        _follow(events, tag)
    return world_image_id(client, tag)


def import_base(client: DockerClient, archive: Path, tag: str = BASE_IMAGE) -> str:
    """Make an image of a root filesystem's archive, for machines that can't pull one.

    Args:
        client: The engine.
        archive: A tar file, compressed or not.
        tag: What to call the image.

    Returns:
        The image's name, for `build_world_image`.

    Raises:
        SandboxEngineError: The file can't be read, or the engine refuses it.
    """
    # The library would take a name that is no file for an address to fetch from.
    try:
        archive.open("rb").close()
    except OSError as error:
        raise SandboxEngineError(
            f"{archive} can't be read: {error.strerror}; docs/docker.md shows how to make a root"
            " filesystem's archive"
        ) from error
    name, _, version = tag.partition(":")
    with engine_errors(f"{archive} can't be imported"):
        client.api.import_image_from_file(str(archive), repository=name, tag=version)
    return tag


def _dockerfile() -> bytes:
    return files("tempt.sandbox").joinpath("image", "Dockerfile").read_bytes()


def _recipe() -> str:
    return digest(_dockerfile())[:16]


def _follow(events: Iterable[Mapping[str, Any]], tag: str) -> None:
    """Read a build to its end.

    Raises:
        SandboxEngineError: It failed.
    """
    told: deque[str] = deque(maxlen=_TOLD_LINES)
    failed = False
    # To the very end, failed or not: a stream that is left half read keeps its connection.
    for event in events:
        failed |= "error" in event
        text = str(event.get("stream") or event.get("error") or "")
        told.extend(_COLOUR.sub("", text).splitlines())
    if failed:
        lines = "\n  ".join(line for line in told if line.strip())
        raise SandboxEngineError(
            f"the image {tag} can't be built:\n  {lines}\nwithout a network:"
            " `tempt doctor --fix --root-archive TAR` (docs/docker.md)"
        )
