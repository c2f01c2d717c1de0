"""What a world's container is allowed, as data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engines import PROBE
from tempt.sandbox import SeedFile, UnsupportedError
from tempt.sandbox.base import Limits
from tempt.sandbox.hardening import host_config, shape_of, tmpfs_of

MEBIBYTE = 1024 * 1024


def test_a_world_gets_the_folders_it_needs() -> None:
    layout = replace(PROBE, files=(SeedFile("/data/set/a", b""), SeedFile("/usr/local/bin/x", b"")))
    shape = shape_of(layout)
    assert {"/data", "/usr/local", "/srv", "/tmp"} <= set(shape.folders)
    assert shape.hostname == "probe"


def test_worlds_alike_share_a_shape() -> None:
    assert shape_of(PROBE) == shape_of(replace(PROBE, seed=9, user="bob", home="/home/bob"))


@pytest.mark.parametrize("path", ["/dev/shm", "/dev/shm/x", "/dev/mqueue/x"])
def test_what_is_shared_in_memory_is_there_already(path: str) -> None:
    assert shape_of(replace(PROBE, files=(SeedFile(path, b""),))) == shape_of(PROBE)


@pytest.mark.parametrize(
    "path",
    [
        *("/usr/bin/x", "/bin/x", "/proc/x", "/sys/x", "/dev/x", "/lib/x"),
        *("/dev/shmfoo", "/dev/shm2/x", "/dev/shm/../x"),
    ],
)
def test_the_roots_own_folders_are_refused(path: str) -> None:
    layout = replace(PROBE, files=(SeedFile(path, b""),))
    with pytest.raises(UnsupportedError, match="read-only"):
        shape_of(layout)


def test_an_agent_that_is_root_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="root"):
        shape_of(replace(PROBE, user="root"))


def test_every_folder_is_bounded() -> None:
    for options in tmpfs_of(shape_of(PROBE)).values():
        assert {"nosuid", "nodev"} <= set(options.split(","))
        assert "size=" in options
        assert "nr_inodes=" in options


def test_full_folders_leave_memory_for_the_main_process() -> None:
    shape = shape_of(PROBE)
    sizes = [
        options.partition("size=")[2].partition("m")[0] for options in tmpfs_of(shape).values()
    ]
    config = host_config(shape, Limits(), None)
    assert (
        config["mem_limit"] > sum(map(int, sizes)) * MEBIBYTE + config["shm_size"] + 100 * MEBIBYTE
    )
    assert config["memswap_limit"] == config["mem_limit"]


def test_another_runtime_is_passed_on() -> None:
    assert host_config(shape_of(PROBE), Limits(), "runsc")["runtime"] == "runsc"
