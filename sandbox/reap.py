"""Which containers are ours, whose they are, and getting rid of those that nobody owns any more."""

from __future__ import annotations

import json
import os
import platform
import re
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tempt.sandbox.base import SandboxEngineError
from tempt.sandbox.engine import engine_errors

if TYPE_CHECKING:
    from docker import DockerClient

LABEL_WORLD = "tempt.world"
LABEL_OWNER = "tempt.owner"
LABEL_TTL = "tempt.ttl"
LABEL_RUN = "tempt.run"
RUN_NAME = "TEMPT_RUN"
"""The environment variable in which a run tells its workers its name."""
OWNER_NAME = "TEMPT_OWNER"
"""The owner's label once more, in the environment: an engine can forget labels."""
TTL_SECONDS = 7 * 86_400

_OWNER = re.compile(r"(\d+)\.(\d+)@(.+)")
_PROC = Path("/proc")
_DEAD = "ZX"
_CONFLICT = 409
_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Leftover:
    """A container of ours that nobody owns any more.

    Attributes:
        id: Its id, shortened as the engine's own tools do.
        run: The run it was made for; empty where none was named.
        reason: Why it counts as left over.
    """

    id: str
    run: str
    reason: str


def labels(run: str = "", ttl: int = TTL_SECONDS) -> Mapping[str, str]:
    """What every container of ours carries, from this process.

    Args:
        run: The run it is made for.
        ttl: Seconds after which anybody may remove it, whoever owns it.
    """
    return {
        LABEL_WORLD: "1",
        LABEL_OWNER: owner_label(),
        LABEL_TTL: str(ttl),
        LABEL_RUN: run,
    }


def owner_label() -> str:
    """This process, so that no other one of any machine has the same: ``PID.START@MACHINE``."""
    pid = os.getpid()
    return f"{pid}.{_started(pid) or 0}@{_machine()}"


def leftovers(client: DockerClient) -> list[Leftover]:
    """The containers whose owner is dead, or whose time is over; an owner elsewhere is not dead.

    Raises:
        SandboxEngineError: The engine does not answer.
    """
    containers = _ours(client)
    if not containers:
        return []
    now = _engine_time(client)
    found = ((container, _reason(container, now)) for container in containers)
    return [_leftover(container, reason) for container, reason in found if reason]


def every_world(client: DockerClient) -> list[Leftover]:
    """All containers of ours, in use or not, whoever owns them.

    Raises:
        SandboxEngineError: The engine does not answer.
    """
    return [_leftover(container, "all were asked for") for container in _ours(client)]


def reap(client: DockerClient) -> list[Leftover]:
    """Remove what `leftovers` finds.

    Returns:
        What was removed, by us or in the meantime by somebody else.

    Raises:
        SandboxEngineError: One can't be removed; all others were.
    """
    return [*_remove(client, leftovers(client)), *_end_forgotten(client)]


def reap_everything(client: DockerClient) -> list[Leftover]:
    """Remove what `every_world` finds, which ends every episode that is running in one.

    Returns:
        What was removed, by us or in the meantime by somebody else.

    Raises:
        SandboxEngineError: One can't be removed; all others were.
    """
    return _remove(client, every_world(client))


def _end_forgotten(client: DockerClient) -> list[Leftover]:
    """End what an engine that was killed while it started a world knows nothing of any more.

    No call of the engine reaches its shim; containerd clears up once the shim is gone.
    """
    with engine_errors("containers can't be listed"):
        known = {each["Id"] for each in client.api.containers(all=True)}
    ended: list[Leftover] = []
    for folder, name in _shims():
        if name not in known and _owner_is_dead(_owner_of(folder)):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(folder.name), signal.SIGKILL)
                ended.append(Leftover(name[:_ID_LENGTH], "", "the engine has forgotten it"))
    return ended


def _shims() -> Iterator[tuple[Path, str]]:
    """Shims on this machine, and the containers that they watch over."""
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError, LookupError, ValueError):
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            if Path(words[0]).name.startswith("containerd-shim"):
                yield folder, words[words.index("-id") + 1]


def _owner_of(shim: Path) -> str:
    """The owner that a shim's container was made for; empty where it is none of ours."""
    try:
        spec = json.loads((shim / "cwd/config.json").read_bytes())
        names = dict(pair.split("=", 1) for pair in spec["process"]["env"])
    except (OSError, ValueError, LookupError):
        return ""
    return str(names.get(OWNER_NAME, ""))


def _owner_is_dead(label: str) -> bool:
    owner = _OWNER.fullmatch(label)
    if owner is None or owner[3] != _machine():
        return False
    return not _alive(int(owner[1]), int(owner[2]))


def _ours(client: DockerClient) -> list[Mapping[str, Any]]:
    """Summaries of our containers; a container without an owner's label is never ours."""
    with engine_errors("containers can't be listed"):
        found = client.api.containers(all=True, filters={"label": [LABEL_WORLD, LABEL_OWNER]})
    return list(found)


def _leftover(container: Mapping[str, Any], reason: str) -> Leftover:
    return Leftover(container["Id"][:_ID_LENGTH], container["Labels"].get(LABEL_RUN, ""), reason)


def _engine_time(client: DockerClient) -> float:
    """The engine's own clock: containers are dated by it, and it may be another machine's."""
    with engine_errors("the container engine does not tell the time"):
        stamp = client.info()["SystemTime"]
    # Nanoseconds are more than Python reads.
    return datetime.fromisoformat(re.sub(r"\.\d+", "", stamp)).timestamp()


def _reason(container: Mapping[str, Any], now: float) -> str:
    """Why a container is left over; empty while it is not."""
    marks = container["Labels"]
    ttl = marks.get(LABEL_TTL, "")
    if ttl.isdecimal() and now - container["Created"] > int(ttl):
        return f"older than its {ttl} s"
    owner = _OWNER.fullmatch(marks[LABEL_OWNER])
    if owner is None or owner[3] != _machine():
        return ""
    pid, started = int(owner[1]), int(owner[2])
    return "" if _alive(pid, started) else f"process {pid} has ended"


def _machine() -> str:
    """This boot of this machine and this space of process numbers, as far as the system tells."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def _alive(pid: int, started: int) -> bool:
    if (_PROC / "self").exists():
        return _started(pid) == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _started(pid: int) -> int | None:
    """When a process began, in ticks since boot; ``None`` for one that has ended."""
    try:
        # The command in brackets may hold anything; the fields behind it do not.
        state, *fields = (_PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if state in _DEAD else int(fields[18])


def _remove(client: DockerClient, found: Iterable[Leftover]) -> list[Leftover]:
    removed: list[Leftover] = []
    stuck: list[str] = []
    for leftover in found:
        try:
            _remove_one(client, leftover.id)
        except SandboxEngineError as error:
            stuck.append(str(error))
        else:
            removed.append(leftover)
    if stuck:
        raise SandboxEngineError(f"{'; '.join(stuck)} ({len(removed)} others were removed)")
    return removed


def _remove_one(client: DockerClient, container: str) -> None:
    from docker.errors import APIError, NotFound  # noqa: PLC0415 - heavy

    with engine_errors(f"container {container} can't be removed"):
        try:
            client.api.remove_container(container, v=True, force=True)
        except NotFound:
            return
        except APIError as error:
            # Somebody else, or the engine itself, is removing it right now.
            if error.status_code != _CONFLICT:
                raise
