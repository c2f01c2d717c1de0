"""`tempt doctor`: what works here."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tempt import __version__
from tempt.cli.output import put, put_json
from tempt.config import Config, load_config
from tempt.errors import ExitCode
from tempt.reports.text import columns
from tempt.sandbox import provider
from tempt.sandbox.base import Layout, SandboxError

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


def doctor(*, json: bool = False) -> ExitCode:
    """Say what works here, what is missing, and what is configured.

    Args:
        json: Print one record a line.
    """
    config = load_config(Path.cwd())
    checks = [*_checks(config)]
    if json:
        put_json(asdict(check) for check in checks)
    else:
        put(columns([[check.status, check.name, check.detail] for check in checks]))
    return ExitCode.USAGE if any(check.status == "broken" for check in checks) else ExitCode.OK


def _checks(config: Config) -> Iterator[Check]:
    yield Check("tempt", "ok", f"{__version__} on Python {platform.python_version()}")
    yield _embedded()
    yield _descriptors()
    yield _engine()
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
        sandbox = provider("virtual").open(layout)
        answer = sandbox.exec("echo $((6 * 7))", timeout=5.0).stdout.strip()
        sandbox.close()
    except SandboxError as error:
        return Check("embedded sandbox", "broken", str(error))
    status = "ok" if answer == "42" else "broken"
    return Check("embedded sandbox", status, provider("virtual").fingerprint())


def _descriptors() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    live = soft // _LIVE_PER_DESCRIPTOR
    detail = f"limit {soft} of {hard}: about {live} live embedded sandboxes"
    return Check("open files", "ok", detail)


def _engine() -> Check:
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    path = Path(host.removeprefix("unix://"))
    there = path.exists() if host.startswith("unix://") else True
    detail = f"{host}; only needed for containers, which come later"
    return Check("container engine", "ok" if there else "missing", detail)


def _folder(folder: Path) -> Check:
    nearest_parent = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest_parent.is_dir() and os.access(nearest_parent, os.W_OK):
        return Check("run folder", "ok", f"{folder}{os.sep}")
    return Check("run folder", "broken", f"{nearest_parent} is not a folder to write in: use --out")
