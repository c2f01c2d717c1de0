"""The world image: what is in it, how it is built, and what is said where it can't be."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from engine_client import engine_client
from tempt.sandbox.base import SandboxEngineError
from tempt.sandbox.image_store import (
    WORLD_IMAGE,
    build_world_image,
    find_world_image,
    import_base,
    world_image_id,
)

TAG = "tempt-world-test:1"
BASE = "tempt-base-test:1"


@pytest.fixture
def client() -> Iterator[DockerClient]:
    with engine_client() as found:
        yield found
        for tag in (TAG, BASE):
            forget(found, tag)


def forget(client: DockerClient, name: str) -> None:
    """Remove an image and what builds that failed have put on it."""
    with suppress(ImageNotFound):
        identity = client.api.inspect_image(name)["Id"]
        for image in client.api.images(all=True):
            if image["ParentId"] == identity:
                forget(client, image["Id"])
        client.api.remove_image(name, force=True)


def output(client: DockerClient, script: str) -> list[str]:
    """The lines a shell script prints in the world image."""
    said: bytes = client.containers.run(
        WORLD_IMAGE, ["sh", "-c", script], remove=True, network_mode="none", read_only=True
    )
    return said.decode().splitlines()


def archive(folder: Path) -> Path:
    """A root filesystem with one file."""
    path = folder / "root.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("mark"), io.BytesIO())
    return path


def test_the_image_has_no_setuid_and_no_setgid_program(client: DockerClient) -> None:
    assert output(client, "find / -xdev -type f -perm /6000; echo searched") == ["searched"]


def test_the_image_names_neither_us_nor_a_mirror(client: DockerClient) -> None:
    names = "find / -xdev -iname '*tempt*' ! -iname '*attempt*'"
    words = "grep -rwIil tempt /etc /opt /srv /home /root /usr/lib/skeleton /usr/local"
    mirrors = "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null"
    assert output(client, f"{names}; {words}; {mirrors}; echo searched") == ["searched"]


def test_the_image_has_what_worlds_need(client: DockerClient) -> None:
    tools = ["bash", "ps", "kill", "pgrep", "pkill", "find", "awk", "grep", "sed", "diff"]
    tools += ["tar", "gzip", "setsid", "python3", "date"]
    script = f"for tool in {' '.join(tools)}; do command -v $tool >/dev/null && echo $tool; done"
    assert output(client, script) == tools


def test_the_skeleton_holds_what_lies_under_the_memory_file_systems(client: DockerClient) -> None:
    script = """cd /usr/lib/skeleton
        stat -c '%a %U %n' etc etc/passwd var var/log var/tmp var/lib var/cache var/spool
        readlink var/run var/lock
        cat etc/hosts
        ls etc/hostname etc/resolv.conf 2>/dev/null
        cmp etc/passwd /etc/passwd && stat -c '%a %G' etc/shadow"""
    assert output(client, f"{script}") == [
        *("755 root etc", "644 root etc/passwd", "755 root var", "755 root var/log"),
        *("1777 root var/tmp", "755 root var/lib", "755 root var/cache", "755 root var/spool"),
        *("/run", "/run/lock"),
        *("127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"),
        "640 shadow",
    ]


def test_a_base_that_holds_everything_builds_without_a_network(client: DockerClient) -> None:
    built = build_world_image(client, WORLD_IMAGE, offline=True, tag=TAG)
    found = find_world_image(client, TAG)
    assert found is not None
    assert (found.id, found.current) == (built, True)
    assert built.startswith("sha256:")


def test_an_image_of_another_recipe_is_known_for_one(client: DockerClient, tmp_path: Path) -> None:
    assert import_base(client, archive(tmp_path), BASE) == BASE
    found = find_world_image(client, BASE)
    assert found is not None
    assert not found.current


def test_a_failing_build_ends_with_its_last_lines_and_names_nothing(
    client: DockerClient, tmp_path: Path
) -> None:
    import_base(client, archive(tmp_path), BASE)
    with pytest.raises(SandboxEngineError) as raised:
        build_world_image(client, BASE, offline=True, tag=TAG)
    assert "/bin/sh" in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert "--root-archive" in str(raised.value)
    assert find_world_image(client, TAG) is None


def test_a_missing_image_is_told_with_what_to_type(client: DockerClient) -> None:
    with pytest.raises(SandboxEngineError, match=r"no image tempt-no:1; `tempt doctor --fix`"):
        world_image_id(client, "tempt-no:1")


def test_an_archive_that_is_none_is_refused(client: DockerClient, tmp_path: Path) -> None:
    torn = tmp_path / "torn.tar"
    torn.write_bytes(b"no archive" * 1000)
    with pytest.raises(SandboxEngineError, match=r"torn\.tar can't be imported"):
        import_base(client, torn, BASE)
    with pytest.raises(SandboxEngineError, match="can't be read: No such file"):
        import_base(client, tmp_path / "absent.tar", BASE)
    with pytest.raises(SandboxEngineError, match="can't be read: Is a directory"):
        import_base(client, tmp_path, BASE)
