"""The way to the container engine: finds it as the docker command does, and says what is wrong."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tempt.sandbox.base import SandboxEngineError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.context import Context

SECONDS = 60.0
CONNECTIONS = 32
_WHAT_NOW = "start an engine, or name one in DOCKER_HOST or with `docker context use`"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an engine is looked for.

    Attributes:
        address: Its URL, e.g. ``unix:///var/run/docker.sock``.
        source: What names it: DOCKER_HOST, or a docker context.
    """

    address: str
    source: str

    def __str__(self) -> str:
        return f"{self.address} (from {self.source})"


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine says about itself.

    Attributes:
        version: The engine's version.
        api_version: The newest version of its interface.
        storage_driver: What image layers are kept with, e.g. ``overlay2``.
        cgroup_version: "1" or "2"; empty where the engine does not say.
        runtimes: Names of the runtimes that containers can be started with.
        default_runtime: The one used when none is named.
        security: Its security options by name, e.g. ``seccomp``, ``userns``, ``rootless``.
        cpus: Processors of its machine.
        memory_bytes: Memory of its machine.
    """

    version: str
    api_version: str
    storage_driver: str
    cgroup_version: str
    runtimes: tuple[str, ...]
    default_runtime: str
    security: frozenset[str]
    cpus: int
    memory_bytes: int

    @property
    def rootless(self) -> bool:
        """Whether the engine itself runs without root."""
        return "rootless" in self.security

    @property
    def remapped(self) -> bool:
        """Whether root in a container is somebody else outside."""
        return bool(self.security & {"userns", "rootless"})


def connect(seconds: float = SECONDS, connections: int = CONNECTIONS) -> DockerClient:
    """A client of the engine that DOCKER_HOST or else the docker context names.

    DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_CONTEXT and DOCKER_CONFIG mean what they mean to the
    docker command. The engine has answered once when this returns.

    Args:
        seconds: Longest wait for one answer.
        connections: How many idle connections are kept open.

    Raises:
        SandboxEngineError: There is none, or it can't be used; the message says what to do.
    """
    import docker  # noqa: PLC0415 - heavy

    where = endpoint()
    with engine_errors(f"no container engine at {where}", seconds):
        _knock(where.address, seconds)
        return docker.from_env(
            version="auto", timeout=seconds, max_pool_size=connections, use_ssh_client=True
        )


def endpoint() -> Endpoint:
    """Where the engine is looked for: DOCKER_HOST before DOCKER_CONTEXT before the chosen context.

    Raises:
        SandboxEngineError: The docker context that is named does not exist or is malformed.
    """
    host = os.environ.get("DOCKER_HOST")
    if host:
        return Endpoint(host, "DOCKER_HOST")
    from docker.context.config import get_current_context_name  # noqa: PLC0415 - heavy

    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    context = _context(name)
    if context is None or not context.Host:
        raise SandboxEngineError(
            f"the docker context {name!r} names no engine; `docker context ls` lists those that do,"
            " `docker context use NAME` chooses one"
        )
    return Endpoint(context.Host, f"docker context {name!r}")


def engine_info(client: DockerClient) -> EngineInfo:
    """What the engine behind ``client`` says about itself.

    Raises:
        SandboxEngineError: It does not answer.
    """
    with engine_errors("the container engine does not describe itself"):
        info = client.info()
    return EngineInfo(
        version=info["ServerVersion"],
        api_version=client.api.api_version,
        storage_driver=info["Driver"],
        cgroup_version=str(info.get("CgroupVersion", "")),
        runtimes=tuple(sorted(info.get("Runtimes") or ())),
        default_runtime=info.get("DefaultRuntime", ""),
        security=frozenset(_security(info.get("SecurityOptions") or ())),
        cpus=info["NCPU"],
        memory_bytes=info["MemTotal"],
    )


@contextmanager
def engine_errors(what: str, seconds: float = SECONDS) -> Iterator[None]:
    """Turn whatever the engine's client raises into a `SandboxEngineError`.

    Args:
        what: What did not work, to begin the message with.
        seconds: How long was waited for an answer.

    Raises:
        SandboxEngineError: Something did go wrong inside.
    """
    from docker.errors import DockerException  # noqa: PLC0415 - heavy
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - heavy

    try:
        yield
    except (DockerException, HTTPError, OSError) as error:
        raise SandboxEngineError(f"{what}: {_reason(error, seconds)}") from error


def _knock(address: str, seconds: float) -> None:
    """Find out first whether anybody listens: the library leaks its socket where nobody does."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(seconds)
            knocking.connect(address.removeprefix("unix://"))


def _context(name: str) -> Context | None:
    from docker.context import ContextAPI  # noqa: PLC0415 - heavy

    try:
        return ContextAPI.get_context(name)
    except Exception as error:
        raise SandboxEngineError(
            f"the docker context {name!r} can't be read: {error}; `docker context rm {name}` and"
            " create it again, or choose another with `docker context use NAME`"
        ) from error


def _security(options: tuple[str, ...] | list[str]) -> Iterator[str]:
    """The names in e.g. ``["name=seccomp,profile=default", "name=userns"]``."""
    for option in options:
        yield option.split(",")[0].removeprefix("name=")


def _reason(error: BaseException, seconds: float) -> str:
    """Why, and what to do about it, from the first error in the chain that tells."""
    from docker.errors import TLSParameterError  # noqa: PLC0415 - heavy

    for cause in _chain(error):
        match cause:
            case TLSParameterError():
                return "TLS needs ca.pem, cert.pem and key.pem in the folder DOCKER_CERT_PATH"
            case FileNotFoundError():
                return f"nothing stands there; {_WHAT_NOW}"
            case PermissionError():
                return (
                    "this user may not use it; join the group that owns it, or use a rootless one"
                )
            case ConnectionRefusedError():
                return f"nobody listens there; {_WHAT_NOW}"
            case TimeoutError():
                return f"no answer within {seconds:g} s; is it stopped, or overloaded?"
    return " ".join(str(error).split()) or type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
