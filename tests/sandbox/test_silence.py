"""Worlds that fall silent through nobody's fault inside.

Those that an agent silences are in the escape battery.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engines import PROBE, require_engine
from tempt.sandbox import SandboxEngineError
from tempt.sandbox.containers import Container, Told
from tempt.sandbox.docker import DockerProvider, DockerSandbox
from tempt.sandbox.hardening import Shape, shape_of
from tempt.sandbox.reap import LABEL_OWNER, OWNER_NAME, owner_label

PROBE_SHAPE = shape_of(PROBE)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerProvider]:
    require_engine()
    with closing(DockerProvider()) as provider:
        provider.warm(PROBE, 1)
        monkeypatch.setattr("tempt.sandbox.docker._GRACE", 1.0)
        yield provider


@pytest.fixture
def sandbox(backend: DockerProvider) -> Iterator[DockerSandbox]:
    with closing(backend.open(PROBE)) as opened:
        assert opened.exec("echo mine > mine", timeout=5).exit_code == 0
        yield opened


def _main_process(container: Container | None) -> int:
    """Its number on this machine; the test is skipped where the engine's machine is another."""
    assert container is not None
    number = int(container._api.inspect_container(container._name)["State"]["Pid"])
    try:
        environment = Path(f"/proc/{number}/environ").read_bytes()
    except OSError:
        environment = b""
    if f"{OWNER_NAME}={owner_label()}".encode() not in environment:
        pytest.skip("the container's processes are not to be seen from here")
    return number


def _shim(container: Container | None) -> int:
    stat = Path(f"/proc/{_main_process(container)}/stat").read_text()
    parent = int(stat.rpartition(")")[2].split()[1])
    if not Path(f"/proc/{parent}/comm").read_text().startswith("containerd-shim"):
        pytest.skip("this engine's runtime has no shim")
    return parent


def test_who_stops_the_main_process_is_not_inside(sandbox: DockerSandbox) -> None:
    os.kill(_main_process(sandbox._container), signal.SIGSTOP)
    for _ in range(2):
        with pytest.raises(SandboxEngineError, match="from outside"):
            sandbox.snapshot()


def test_a_world_held_up_for_a_while_answers_late(sandbox: DockerSandbox) -> None:
    before = sandbox.snapshot()
    main = _main_process(sandbox._container)
    os.kill(main, signal.SIGSTOP)
    later = threading.Timer(2.0, os.kill, (main, signal.SIGCONT))
    later.start()
    assert sandbox.snapshot() == before
    later.join()
    assert sandbox.exec("cat mine", timeout=5).stdout == "mine\n"


def test_a_shim_that_is_stuck_is_not_the_agents_doing(
    backend: DockerProvider, sandbox: DockerSandbox
) -> None:
    shim = _shim(sandbox._container)
    backend._client.api.timeout = 6
    os.kill(shim, signal.SIGSTOP)
    try:
        with pytest.raises(SandboxEngineError, match="tells nothing"):
            sandbox.snapshot()
    finally:
        os.kill(shim, signal.SIGCONT)


def test_a_machine_without_time_for_anybody_is_not_the_agents_doing(
    backend: DockerProvider, sandbox: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every container stands still, also one in which nobody acts."""

    def make(shape: Shape) -> Container:
        container = backend._make(shape)
        os.kill(_main_process(container), signal.SIGSTOP)
        return container

    monkeypatch.setattr(sandbox._pool, "_make", make)
    monkeypatch.setattr(Container, "held_up", lambda _: False)
    os.kill(_main_process(sandbox._container), signal.SIGSTOP)
    with pytest.raises(SandboxEngineError, match="so is a container beside it"):
        sandbox.snapshot()


def test_an_engine_that_makes_no_container_any_more_blames_nobody(
    sandbox: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Shape) -> Container:
        raise SandboxEngineError("no room for another")

    monkeypatch.setattr(sandbox._pool, "_make", refuse)
    os.kill(_main_process(sandbox._container), signal.SIGSTOP)
    with pytest.raises(SandboxEngineError, match="no room for another"):
        sandbox.snapshot()


def test_nothing_stays_of_the_container_beside(
    backend: DockerProvider, sandbox: DockerSandbox
) -> None:
    def ours() -> int:
        mark = f"{LABEL_OWNER}={owner_label()}"
        return len(backend._client.api.containers(filters={"label": mark}))

    before = ours()
    with sandbox._pool.beside(PROBE_SHAPE) as control:
        assert control.ask("work", 1, seconds=10)[0] is None
        assert ours() == before + 1
    assert ours() == before


def test_every_request_is_given_the_same_grace(
    sandbox: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    ask = Container.ask

    def noting(self: Container, name: str, *arguments: Any, seconds: float) -> Told:
        given.append(seconds)
        return ask(self, name, *arguments, seconds=seconds)

    monkeypatch.setattr(Container, "ask", noting)
    monkeypatch.setattr("tempt.sandbox.docker._GRACE", 7.5)
    sandbox.write("/srv/probe/x", b"x")
    sandbox.read("/srv/probe/x", 1)
    sandbox.remove("/srv/probe/x")
    sandbox.restore(sandbox.snapshot())
    assert set(given) == {7.5}
    sandbox.exec("true", timeout=2)
    sandbox.exec("true", timeout=2, user="root")
    assert set(given) == {7.5, 9.5}


def test_a_world_that_nothing_holds_up_is_told_from_one_that_is_cut_off(
    sandbox: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = sandbox._container
    assert container is not None
    assert not container.held_up()
    monkeypatch.setattr(container._channel, "lost", lambda: True)
    assert container.held_up()
