"""`tempt doctor` on containers: what is said about the engine, and what is mended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from commandline import Call
from engine_client import NOWHERE, container, engine_client, exists
from tempt.cli import doctor as command
from tempt.sandbox.reap import LABEL_OWNER, labels

OWNER = "import tempt.sandbox.reap as reap; print(reap.owner_label())"


@pytest.fixture
def client() -> Iterator[DockerClient]:
    with engine_client() as found:
        yield found


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)


@pytest.mark.usefixtures("client")
def test_the_doctor_finds_engine_image_and_containers(call: Call) -> None:
    answer = call("doctor", "--json")
    checks = {record["name"]: record for record in answer.records}
    assert answer.code == 0
    assert checks["container engine"]["status"] == "ok"
    assert "runc" in checks["container engine"]["detail"]
    assert "tempt-world:1, sha256:" in checks["world image"]["detail"]
    assert "in use" in checks["containers"]["detail"] or "left" in checks["containers"]["detail"]


@pytest.mark.usefixtures("nowhere")
def test_a_missing_engine_is_said_and_is_no_error(call: Call) -> None:
    answer = call("doctor", "--json")
    checks = {record["name"]: record for record in answer.records}
    assert answer.code == 0
    assert checks["container engine"]["status"] == "missing"
    assert f"{NOWHERE} (from DOCKER_HOST): nothing" in checks["container engine"]["detail"]
    assert "world image" not in checks


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("words", [("--fix",), ("--reap",), ("--fix", "--reap", "--json")])
def test_mending_without_an_engine_is_refused(call: Call, words: tuple[str, ...]) -> None:
    answer = call("doctor", *words)
    assert (answer.code, answer.out) == (2, "")
    assert "no container engine at" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--base-image", "debian"), "add --fix"),
        (("--root-archive", "root.tar"), "add --fix"),
        (("--fix", "--base-image", "debian", "--root-archive", "root.tar"), "leave one out"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    call: Call, words: tuple[str, ...], hint: str
) -> None:
    answer = call("doctor", *words)
    assert (answer.code, answer.out) == (2, "")
    assert hint in answer.err


@pytest.mark.usefixtures("client")
def test_an_archive_that_is_not_there_is_refused(call: Call) -> None:
    answer = call("doctor", "--fix", "--root-archive", "absent.tar")
    assert (answer.code, answer.out) == (2, "")
    assert "absent.tar can't be read: No such file" in answer.err


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("words", "built"),
    [
        ((), (None, False)),
        (("--base-image", "debian:12"), ("debian:12", False)),
        (("--root-archive", "root.tar"), ("imported root.tar", True)),
    ],
)
def test_a_fix_builds_on_what_was_named_and_an_archive_without_a_network(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    built: tuple[str | None, bool],
) -> None:
    asked: list[tuple[str | None, bool]] = []

    def build(_: DockerClient, base: str | None, *, offline: bool) -> str:
        asked.append((base, offline))
        return "sha256:1"

    def imported(_: DockerClient, archive: Path) -> str:
        return f"imported {archive}"

    monkeypatch.setattr(command, "build_world_image", build)
    monkeypatch.setattr(command, "import_base", imported)
    answer = call("doctor", "--fix", *words)
    assert answer.code == 0
    assert "built sha256:1" in answer.err
    assert asked == [built]


def test_reaping_removes_what_an_ended_run_left(call: Call, client: DockerClient) -> None:
    owner = subprocess.run(
        [sys.executable, "-c", OWNER], capture_output=True, text=True, check=True
    ).stdout.strip()
    with (
        container(client, {**labels(), LABEL_OWNER: owner}) as lost,
        container(client, dict(labels())) as used,
    ):
        answer = call("doctor", "--reap")
        assert answer.code == 0
        assert "left-over containers removed" in answer.err
        assert not exists(client, lost)
        assert exists(client, used)
