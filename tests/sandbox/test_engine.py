"""The engine is found as the docker command finds it, and its absence is told in plain words."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from docker import DockerClient

from engine_client import NOWHERE, engine_client
from tempt.sandbox.base import SandboxEngineError
from tempt.sandbox.engine import connect, endpoint, engine_errors, engine_info

VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY")


@pytest.fixture
def client() -> Iterator[DockerClient]:
    with engine_client() as found:
        yield found


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the docker command's settings, with nothing chosen."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def add_context(config: Path, name: str, host: str) -> Path:
    """What `docker context create` leaves."""
    folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    meta = folder / "meta.json"
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
    return meta


def refusal() -> str:
    with pytest.raises(SandboxEngineError) as raised:
        connect(0.3)
    return str(raised.value)


def test_the_engine_describes_itself(client: DockerClient) -> None:
    info = engine_info(client)
    assert info.version[0].isdecimal()
    assert float(info.api_version) >= 1.40
    assert info.default_runtime in info.runtimes
    assert info.cpus >= 1
    assert info.memory_bytes > 100_000_000
    assert info.cgroup_version in {"1", "2", ""}
    assert not any("=" in name for name in info.security)
    assert info.remapped or not info.rootless


def test_an_engine_is_reached_by_way_of_a_context(client: DockerClient, config: Path) -> None:
    add_context(config, "real", f"unix://{client.api._custom_adapter.socket_path}")
    (config / "config.json").write_text('{"currentContext": "real"}')
    with closing(connect()) as other:
        assert engine_info(other) == engine_info(client)


def test_nothing_chosen_means_the_default_socket(config: Path) -> None:  # noqa: ARG001
    assert endpoint().address == "unix:///var/run/docker.sock"


def test_host_goes_before_context_variable_before_current_context(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_context(config, "one", "unix:///one")
    add_context(config, "two", "unix:///two")
    (config / "config.json").write_text('{"currentContext": "one"}')
    assert str(endpoint()) == "unix:///one (from docker context 'one')"
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert str(endpoint()) == "unix:///two (from docker context 'two')"
    monkeypatch.setenv("DOCKER_HOST", "unix:///three")
    assert str(endpoint()) == "unix:///three (from DOCKER_HOST)"


def test_a_context_that_does_not_exist_is_named(
    config: Path,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "nope")
    said = refusal()
    assert "'nope' names no engine" in said
    assert "`docker context ls`" in said


def test_a_malformed_context_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_context(config, "torn", "unix:///one").write_text("{")
    monkeypatch.setenv("DOCKER_CONTEXT", "torn")
    assert "docker context 'torn' can't be read" in refusal()


def test_no_socket_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    said = refusal()
    assert f"no container engine at {NOWHERE} (from DOCKER_HOST): nothing stands there" in said
    assert "start an engine" in said


def test_a_socket_without_a_listener_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/s")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{tmp_path}/s")
        assert "nobody listens there" in refusal()


# The library drops its socket unclosed when an answer does not come.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_that_is_stopped_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/s")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/s")
        silent.listen()
        assert "no answer within 0.3 s" in refusal()


def test_missing_certificates_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    assert "TLS needs ca.pem" in refusal()


@pytest.mark.parametrize("host", ["bogus", "ftp://somewhere", "npipe:////pipe"])
def test_an_address_that_makes_no_sense_is_repeated(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert f"no container engine at {host} (from DOCKER_HOST): " in refusal()


def test_a_refused_permission_is_told() -> None:
    told = r"^at work: this user may not use it; join"
    with pytest.raises(SandboxEngineError, match=told), engine_errors("at work"):
        raise PermissionError(13, "Permission denied")


def test_a_mistake_of_ours_is_not_the_engines() -> None:
    with pytest.raises(KeyError), engine_errors("at work"):
        raise KeyError("ours")
