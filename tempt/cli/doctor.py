"""`tempt doctor`: what works here, and mending what the container sandbox needs."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tempt import __version__
from tempt.cli.output import put, put_json, say
from tempt.config import Config, load_config
from tempt.errors import ExitCode, UsageProblem
from tempt.reports.text import columns
from tempt.sandbox import EMBEDDED, provider
from tempt.sandbox.base import Layout, SandboxError
from tempt.sandbox.engine import connect, endpoint, engine_info
from tempt.sandbox.image_store import (
    WORLD_IMAGE,
    build_world_image,
    find_world_image,
    import_base,
)
from tempt.sandbox.reap import every_world, leftovers
from tempt.sandbox.reap import reap as remove_leftovers

if TYPE_CHECKING:
    from docker import DockerClient

_ENGINE_SECONDS = 10.0
_BUILD_SECONDS = 600.0
_LIVE_PER_DESCRIPTOR = 3
_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report.

    Attributes:
        name: What was looked at.
        status: "ok", "missing" (nothing needs it yet) or "broken".
        detail: What was found, and what to do about it.
    """

    name: str
    status: str
    detail: str


def doctor(
    *,
    fix: bool = False,
    base_image: str | None = None,
    root_archive: Path | None = None,
    reap: bool = False,
    json: bool = False,
) -> ExitCode:
    """Say what works here, what is missing, and what is configured.

    Args:
        fix: First build the image that the container sandbox needs.
        base_image: With --fix: the image to build it on, instead of Debian's.
        root_archive: With --fix: a root filesystem's tar to build it on, without a network.
        reap: First remove the containers that ended runs have left behind.
        json: Print one record a line.
    """
    if not fix and (base_image or root_archive):
        raise UsageProblem("--base-image and --root-archive say how to build", "add --fix")
    if base_image and root_archive:
        raise UsageProblem("--base-image and --root-archive exclude each other", "leave one out")
    config = load_config(Path.cwd())
    try:
        if fix:
            _build(base_image, root_archive)
        if reap:
            _reap()
    except SandboxError as error:
        raise UsageProblem(str(error), "`tempt doctor` says what is found") from error
    checks = [*_checks(config)]
    if json:
        put_json(asdict(check) for check in checks)
    else:
        put(columns([[check.status, check.name, check.detail] for check in checks]))
    return ExitCode.USAGE if any(check.status == "broken" for check in checks) else ExitCode.OK


def _build(base: str | None, archive: Path | None) -> None:
    with closing(connect(_BUILD_SECONDS)) as client:
        say(f"building {WORLD_IMAGE}; this may take a minute")
        if archive is not None:
            base = import_base(client, archive)
        say(f"built {build_world_image(client, base, offline=archive is not None)}")


def _reap() -> None:
    with closing(connect()) as client:
        removed = remove_leftovers(client)
    for leftover in removed:
        say(f"removed {leftover.id}: {leftover.reason}")
    say(f"{len(removed)} left-over containers removed")


def _checks(config: Config) -> Iterator[Check]:
    yield Check("tempt", "ok", f"{__version__} on Python {platform.python_version()}")
    yield _embedded()
    yield _descriptors()
    yield from _engine()
    for key in _KEYS:
        there = bool(os.environ.get(key))
        detail = "set" if there else "not set; not needed yet"
        yield Check(key, "ok" if there else "missing", detail)
    source = str(config.source) if config.source else "defaults (no tempt.toml found)"
    settings = {"out": config.out, "trials": config.trials, "sandbox": config.sandbox}
    for name, value in settings.items():
        yield Check(f"setting {name}", "ok", f"{value}, from {source}")
    yield _folder(Path(config.out))


def _embedded() -> Check:
    layout = Layout((), ("/srv",), "agent", "/home/agent", "/", "host", 0, 0)
    try:
        sandbox = provider(EMBEDDED).open(layout)
        answer = sandbox.exec("echo $((6 * 7))", timeout=5.0).stdout.strip()
        sandbox.close()
    except SandboxError as error:
        return Check("embedded sandbox", "broken", str(error))
    status = "ok" if answer == "42" else "broken"
    return Check("embedded sandbox", status, provider(EMBEDDED).fingerprint())


def _descriptors() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    live = soft // _LIVE_PER_DESCRIPTOR
    detail = f"limit {soft} of {hard}: about {live} live embedded sandboxes"
    return Check("open files", "ok", detail)


def _engine() -> Iterator[Check]:
    """The container engine and what is on it; the embedded sandbox does without."""
    try:
        with closing(connect(_ENGINE_SECONDS)) as client:
            info = engine_info(client)
            detail = f"{info.version} at {endpoint()}, runtimes {', '.join(info.runtimes)}"
            yield Check("container engine", "ok", detail)
            yield _image(client)
            yield _worlds(client)
    except SandboxError as error:
        yield Check("container engine", "missing", f"{error}; only containers need one")


def _image(client: DockerClient) -> Check:
    image = find_world_image(client)
    if image is None:
        return Check("world image", "missing", f"no {WORLD_IMAGE}: `tempt doctor --fix` builds it")
    if not image.current:
        detail = f"{WORLD_IMAGE} is another version's: `tempt doctor --fix` builds this one's"
        return Check("world image", "missing", detail)
    return Check("world image", "ok", f"{WORLD_IMAGE}, {image.id}")


def _worlds(client: DockerClient) -> Check:
    left, all_of_them = len(leftovers(client)), len(every_world(client))
    if left:
        detail = f"{left} left over of {all_of_them}: `tempt doctor --reap` removes them"
        return Check("containers", "missing", detail)
    return Check("containers", "ok", f"none left over, {all_of_them} in use")


def _folder(folder: Path) -> Check:
    nearest_parent = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest_parent.is_dir() and os.access(nearest_parent, os.W_OK):
        return Check("run folder", "ok", f"{folder}{os.sep}")
    return Check("run folder", "broken", f"{nearest_parent} is not a folder to write in: use --out")
