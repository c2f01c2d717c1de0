"""How a world's container is locked in: all of it as plain data for the engine.

The numbers are those of the CIS Docker Benchmark 1.6, section 5 (container runtime).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tempt.sandbox.base import Layout, Limits, UnsupportedError, sound

RIGHTS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID")
"""What the supervisor's process inside needs; the agent's have none of it, and can gain none."""

_STANDARD = ("/etc", "/home", "/run", "/tmp", "/var")  # noqa: S108
"""What every world has. Each further folder is a mount more: only who needs it has it."""
_SHARED = ("/dev/shm", "/dev/mqueue")  # noqa: S108
_READ_ONLY = frozenset(
    {"/", "/bin", "/boot", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr", "/dev"}
)
_SMALL = frozenset({"/etc", "/run"})
_STICKY = frozenset({"/tmp"})  # noqa: S108
_MEBIBYTE = 1024 * 1024
_LARGE_MIB = 48
_SMALL_MIB = 4
_INODES = 12_000
_LARGEST_FILE = 64 * _MEBIBYTE
"""Holes count, so that nobody can make a file that takes for ever to be read."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is fixed when a container is made; worlds of one shape can follow one another in it.

    Attributes:
        hostname: The machine's name inside.
        folders: Folders that can be written to, as far as the agent's rights go.
    """

    hostname: str
    folders: tuple[str, ...]

    @property
    def mounts(self) -> tuple[str, ...]:
        """All that can be written to and outlives a process."""
        return (*self.folders, *_SHARED)


def shape_of(layout: Layout) -> Shape:
    """The shape that ``layout`` needs.

    Raises:
        UnsupportedError: It has files where a container's root is read-only, or an agent that is
            root.
        ValueError: One of its paths can't be one.
    """
    if layout.user == "root":
        raise UnsupportedError("no agent is root in a container; give the world another user")
    paths = [file.path for file in layout.files]
    paths += [*layout.directories, *layout.roots, layout.home, layout.cwd]
    tops = {_top(sound(path)) for path in paths if not _is_shared(path)}
    refused = sorted(tops & _READ_ONLY)
    if refused:
        raise UnsupportedError(
            f"a world can't have files of its own in {', '.join(refused)}: a container's root is "
            "read-only there; put them below /opt, /srv, /home or another folder"
        )
    return Shape(layout.hostname, tuple(sorted({*_STANDARD, *tops})))


def _is_shared(path: str) -> bool:
    whole = posixpath.normpath(path) + "/"
    return any(whole.startswith(f"{shared}/") for shared in _SHARED)


def _top(path: str) -> str:
    if path == "/usr/local" or path.startswith("/usr/local/"):
        return "/usr/local"
    return "/" + posixpath.normpath(path).split("/")[1]


def tmpfs_of(shape: Shape) -> dict[str, str]:
    """Mount options by folder: in memory, bounded, without devices or changes of user."""
    return {folder: _options(folder) for folder in shape.folders}


def _options(folder: str) -> str:
    size = _SMALL_MIB if folder in _SMALL else _LARGE_MIB
    mode = "1777" if folder in _STICKY else "0755"
    execute = "noexec" if folder in _SMALL else "exec"
    return f"rw,nosuid,nodev,{execute},size={size}m,nr_inodes={_INODES},mode={mode}"


def host_config(shape: Shape, limits: Limits, runtime: str | None) -> Mapping[str, Any]:
    """Arguments for the engine's host configuration.

    Args:
        shape: What the world needs.
        limits: Bounds on what happens in it.
        runtime: Another runtime's name, such as ``runsc``; ``None`` for the engine's own.
    """
    memory = limits.memory_bytes + (len(shape.folders) * _LARGE_MIB + 192) * _MEBIBYTE
    return {
        "network_mode": "none",  # 5.10, 5.30
        "read_only": True,  # 5.13
        "cap_drop": ["ALL"],  # 5.4
        "cap_add": list(RIGHTS),
        "security_opt": ["no-new-privileges:true"],  # 5.26; seccomp stays the engine's (5.22)
        "privileged": False,  # 5.5
        "pids_limit": 128,  # 5.29
        "mem_limit": memory,  # 5.11
        "memswap_limit": memory,
        "nano_cpus": 1_000_000_000,  # 5.12
        "cpu_shares": 512,
        "ulimits": [  # 5.19
            {"Name": "nofile", "Soft": 256, "Hard": 256},
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "fsize", "Soft": _LARGEST_FILE, "Hard": _LARGEST_FILE},
            {"Name": "memlock", "Soft": 65_536, "Hard": 65_536},
            {"Name": "msgqueue", "Soft": 65_536, "Hard": 65_536},
        ],
        "ipc_mode": "private",  # 5.17
        "shm_size": 8 * _MEBIBYTE,
        "tmpfs": tmpfs_of(shape),
        "init": False,
        "auto_remove": True,
        "restart_policy": {"Name": "no"},  # 5.15
        "log_config": {"Type": "none", "Config": {}},
        "oom_score_adj": 0,
        "runtime": runtime,
        "sysctls": {},
    }
