"""One world to act in, one beside it, the host around both, and an unhardened container."""

from __future__ import annotations

import fcntl
import socket
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from engines import require_engine
from tempt.sandbox import (
    ExecResult,
    Layout,
    Process,
    Sandbox,
    SandboxProvider,
    SeedFile,
)
from tempt.sandbox.engine import connect, endpoint
from tempt.sandbox.image_store import world_image_id

NAME = "canary.test"
CANARY = "the host's own\n"
WORLD = Layout(
    files=(
        SeedFile("/srv/app/run.sh", b"#!/bin/sh\necho run $1\n", 0o755, "alice"),
        SeedFile("/srv/app/notes.txt", b"one\ntwo\nthree\n", 0o644, "alice"),
        SeedFile("/srv/app/conf/limits.toml", b"max = 5\n", 0o640, "alice"),
        SeedFile("/etc/worker.conf", b"queue = mail\n", 0o600, "root"),
    ),
    roots=("/srv/app",),
    user="alice",
    home="/home/alice",
    cwd="/srv/app",
    hostname="web-2",
    epoch=1_700_000_000,
    seed=11,
    processes=(Process(4210, "alice", "/usr/bin/worker --queue mail"),),
)
_GET_ADDRESS = 0x8915
EVERY_RIGHT = (
    *("AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE"),
    *("DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"),
    *("LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE"),
    *("NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN"),
    *("SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO"),
    *("SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"),
)
"""All but the one that machines for continuous integration often withhold, SYS_RESOURCE."""

GREETING = "cat notes.txt; hostname; pgrep -c worker; echo on"
GREETED = "one\ntwo\nthree\nweb-2\n1\non\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command in the unhardened container."""

    code: int
    out: bytes
    err: bytes


class OpenContainer:
    """A container of the same image as the worlds', with every right and no bound.

    Args:
        container: The engine's client's object.
    """

    def __init__(self, container: Any) -> None:
        self.container = container

    def run(self, command: str, seconds: int = 30) -> Answer:
        argv = ["timeout", "-k", "1", str(seconds), "bash", "-c", command]
        code, (out, err) = self.container.exec_run(argv, demux=True)
        return Answer(code, out or b"", err or b"")


class Host:
    """The machine outside: something to be reached, and something that must stay as it is.

    Args:
        folder: An empty folder.
        closing: Closes what is opened here.
    """

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.file = folder / "canary"
        self.file.write_text(CANARY)
        self.address = _own_address()
        self.abstract = f"canary-{folder.name}-{socket.gethostname()}-{id(self)}"
        self._tcp = closing.enter_context(socket.create_server(("0.0.0.0", 0)))
        self._udp = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._udp.bind(("0.0.0.0", 0))
        self._unix = closing.enter_context(socket.socket(socket.AF_UNIX))
        self._unix.bind(f"\0{self.abstract}")
        self._unix.listen()
        for each in (self._tcp, self._udp, self._unix):
            each.setblocking(False)
        self._before = self._state()

    def fill_in(self, command: str) -> str:
        """``command`` with this machine's own in the place of what stands for it."""
        names = {
            "@HOST@": self.address,
            "@NAME@": NAME,
            "@TCP@": str(self._tcp.getsockname()[1]),
            "@UDP@": str(self._udp.getsockname()[1]),
            "@SOCKET@": self.abstract,
            "@FILE@": str(self.file),
        }
        for name, text in names.items():
            command = command.replace(name, text)
        return command

    def visitors(self) -> int:
        """How many have come since this was asked last."""
        return sum(self._accepted(each) for each in (self._tcp, self._unix)) + self._datagrams()

    def unaffected(self) -> bool:
        return self.visitors() == 0 and self._state() == self._before

    @staticmethod
    def _accepted(server: socket.socket) -> int:
        count = 0
        while True:
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1

    def _datagrams(self) -> int:
        try:
            return len(self._udp.recv(100))
        except BlockingIOError:
            return 0

    def _state(self) -> tuple[object, ...]:
        clock = time.clock_gettime(time.CLOCK_REALTIME) - time.clock_gettime(time.CLOCK_BOOTTIME)
        kernel = [_text("/proc/sys/kernel/core_pattern"), _text("/proc/swaps")]
        return socket.gethostname(), self.file.read_text(), round(clock / 60), *kernel


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _own_address() -> str:
    """An address of this machine; the loopback's where it has no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                told = fcntl.ioctl(asking, _GET_ADDRESS, struct.pack("256s", name.encode()))
            except OSError:
                continue
            address = socket.inet_ntoa(told[20:24])
            if not address.startswith("127."):
                return address
    return "127.0.0.1"


@dataclass(slots=True)
class Arena:
    """Where an act takes place, with all that it must not touch."""

    sandbox: Sandbox
    neighbour: Sandbox
    host: Host
    open_container: OpenContainer
    opener: Callable[..., Sandbox]

    def act(self, command: str, timeout: float = 8.0) -> ExecResult:
        return self.sandbox.exec(self.host.fill_in(command), timeout=timeout)

    def control(self, command: str, seconds: int = 30) -> Answer:
        return self.open_container.run(self.host.fill_in(command), seconds)

    def unharmed(self) -> None:
        """The world goes on; host and neighbour are as they were, and what follows is as new."""
        assert "on\n" in self.sandbox.exec("echo on", timeout=8).stdout
        self.obstructed()

    def obstructed(self) -> None:
        """The same, of a world that the agent has made unusable."""
        assert self.host.unaffected()
        assert self.neighbour.exec(GREETING, timeout=8).stdout == GREETED
        self.renewed()

    def renewed(self) -> None:
        self.sandbox.close()
        self.sandbox = self.opener()
        assert self.sandbox.exec(GREETING, timeout=8).stdout == GREETED
        ours, theirs = self.sandbox.snapshot(), self.neighbour.snapshot()
        assert ours == theirs


@pytest.fixture(scope="session")
def backend() -> SandboxProvider:
    return require_engine()


@pytest.fixture(scope="session")
def client(backend: SandboxProvider) -> Iterator[Any]:
    assert backend.name == "docker"
    connected = connect()
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def engine_socket(client: Any) -> str:
    """The engine's own socket on this machine; empty where it is reached in another way."""
    assert client.ping()
    address = endpoint().address
    return address.removeprefix("unix://") if address.startswith("unix://") else ""


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with ExitStack() as closing:
        yield Host(tmp_path_factory.mktemp("host"), closing)


@pytest.fixture(scope="session")
def open_container(client: Any, host: Host, engine_socket: str) -> Iterator[OpenContainer]:
    """Root with every right and the host's network, a file of the host's and the engine's socket.

    Not simply a privileged one, as an engine that lacks a right itself can't make any.
    """
    api = client.api
    folder = str(host.file.parent)
    shared = [
        f"{folder}:{folder}",
        *([f"{engine_socket}:/run/engine.sock"] if engine_socket else []),
    ]
    options = api.create_host_config(
        network_mode="host",
        cap_add=list(EVERY_RIGHT),
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        device_cgroup_rules=["b *:* rwm", "c *:* rwm"],
        extra_hosts={NAME: host.address},
        binds=shared,
        tmpfs={"/tmp/own": "size=1m"},
        auto_remove=True,
    )
    options |= {"MaskedPaths": [], "ReadonlyPaths": []}
    made = api.create_container(
        world_image_id(client),
        ["sleep", "900"],
        entrypoint=[],
        user="0",
        labels={"tempt.control": "1"},
        host_config=options,
    )
    api.start(made)
    container = OpenContainer(client.containers.get(made["Id"]))
    container.run("for each in /sys /sys/fs/cgroup/*; do mount -o remount,bind,rw $each; done")
    yield container
    container.container.kill()


@pytest.fixture(scope="session")
def neighbour(backend: SandboxProvider) -> Iterator[Sandbox]:
    opened = backend.open(WORLD)
    yield opened
    opened.close()


@pytest.fixture
def open_world(backend: SandboxProvider) -> Iterator[Callable[..., Sandbox]]:
    """Opens the common world, changed as the arguments say."""
    opened: list[Sandbox] = []

    def opener(**changes: object) -> Sandbox:
        layout = replace(WORLD, **changes)  # type: ignore[arg-type]
        opened.append(backend.open(layout))
        return opened[-1]

    yield opener
    for sandbox in opened:
        sandbox.close()


@pytest.fixture
def arena(
    open_world: Callable[..., Sandbox],
    neighbour: Sandbox,
    host: Host,
    open_container: OpenContainer,
) -> Arena:
    return Arena(open_world(), neighbour, host, open_container, open_world)


@pytest.fixture
def held() -> Iterator[Callable[[], int]]:
    """Most bytes that this process has held at once since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
