"""Containers one by one: made, spoken to, told apart when they fail, and got rid of."""

from __future__ import annotations

import secrets
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tempt.sandbox.base import (
    Limits,
    SandboxEngineError,
    SandboxObstructedError,
)
from tempt.sandbox.channel import BOOT, Answer, Channel, ChannelError, SilenceError, Wire
from tempt.sandbox.engine import engine_errors
from tempt.sandbox.hardening import Shape, host_config
from tempt.sandbox.reap import LABEL_OWNER, OWNER_NAME
from tempt.sandbox.world import wire

if TYPE_CHECKING:
    from docker import APIClient

START_SECONDS = 60.0
LIFETIME = 3_600
"""Seconds without a request after which a container ends by itself."""

_FIRST_AGENT, _AGENTS = 20_000, 40_000
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

_NETWORKS = (socket.AF_INET, socket.AF_INET6)
_IDLE_SECONDS = 5
_RETRANSMITS, _PROBES = 2, 3
"""Where the kernel's ``tcp_info`` counts what was sent in vain, one after the other."""

Told: TypeAlias = "tuple[wire.Value, list[wire.Value]]"
"""What the main process answers, and what it sent ahead of that."""


class Container:
    """One running container and the channel into it.

    Attributes:
        shape: What it was made for.
        digest: What it held when it was new.
    """

    def __init__(self, api: APIClient, name: str, shape: Shape, channel: Channel) -> None:
        self.shape = shape
        self.digest = ""
        self._api = api
        self._name = name
        self._channel = channel
        self._since = _now()

    def begin(self) -> None:
        """Wait until the main process answers.

        Raises:
            ChannelError: It does not.
        """
        # Quotas that the kernel keeps by user are shared by all whose number is the same.
        agent = _FIRST_AGENT + secrets.randbelow(_AGENTS)
        mounts = self.shape.mounts
        self.digest = self._channel.open(mounts, agent, LIFETIME, START_SECONDS)

    def ask(self, name: str, *arguments: wire.Value, seconds: float) -> Told:
        """Make a request of the main process: its answer, and what was sent ahead of it.

        Raises:
            SandboxObstructedError: Something inside is in the way, or the agent broke the channel.
            SilenceError: There is no answer yet; `listen` waits on. Nobody is to blame so far.
            SandboxEngineError: The engine failed.
        """
        return self._told(lambda: self._channel.ask(name, *arguments, seconds=seconds))

    def listen(self, seconds: float) -> Told:
        """Wait on for the answer to the last request; see `ask`."""
        return self._told(lambda: self._channel.listen(seconds))

    def dispose(self) -> None:
        """End the container; the engine removes it."""
        self._channel.close()

    def destroy(self) -> None:
        """End the container whatever it does."""
        self._channel.close()
        with suppress(Exception):
            self._api.remove_container(self._name, force=True)

    def held_up(self) -> bool:
        """Whether it has ended, is cut off, or somebody outside has stopped its main process.

        Raises:
            SandboxEngineError: The engine does not tell.
        """
        import docker.errors  # noqa: PLC0415 - heavy

        if self._channel.lost():
            return True
        with engine_errors("the engine tells nothing of a silent container"):
            try:
                state = self._api.inspect_container(self._name)["State"]
            except docker.errors.NotFound:
                return True
            if not state["Running"] or state["Paused"]:
                return True
            try:
                table = self._api.top(self._name, "-eo pid,stat")
            except docker.errors.APIError:
                return False  # not every runtime and machine has such a table
        # Nobody inside can stop the first process of their namespace: the kernel sees to that.
        stats = dict(table["Processes"])
        return str(stats.get(str(state["Pid"]), "")).upper().startswith("T")

    def _told(self, ask: Callable[[], Answer]) -> Told:
        try:
            answer, ahead = ask()
        except SilenceError:
            raise
        except ChannelError as error:
            raise self._blame(error) from error
        # What a command was ended for before this answer says nothing of a later failure.
        self._since = _now()
        match answer:
            case ["ok", told]:
                return told, ahead
            case ["obstructed", str(why)]:
                raise SandboxObstructedError(why)
            case _:
                raise SandboxEngineError(
                    f"the container's main process failed: {str(answer)[:500]}"
                )

    def _blame(self, error: ChannelError) -> SandboxEngineError | SandboxObstructedError:
        """Whose doing a broken channel is: the agent's, where it left no memory."""
        with engine_errors(f"the engine is gone: {error}"):
            starved = self._ran_out_of_memory()
        if starved:
            return SandboxObstructedError(f"the world was left no memory to answer: {error}")
        return SandboxEngineError(str(error))

    def _ran_out_of_memory(self) -> bool:
        filters = {"container": self._name, "event": "oom"}
        since, until = self._since - 1, _now() + 1
        events = self._api.events(since=since, until=until, filters=filters, decode=True)
        return any(True for _ in events)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all containers of a provider have in common.

    Attributes:
        image: The image's id.
        limits: Bounds on what happens in a world.
        labels: What marks a container as ours.
        runtime: Another runtime's name; ``None`` for the engine's own.
    """

    image: str
    limits: Limits
    labels: Mapping[str, str]
    runtime: str | None = None


def make_container(api: APIClient, recipe: Recipe, shape: Shape) -> Container:
    """A new container whose main process answers.

    Raises:
        SandboxEngineError: The engine refuses, or the container does not answer.
    """
    with engine_errors("the engine could not start a container"):
        made = api.create_container(
            recipe.image,
            command=["python3", "-I", "-S", "-c", BOOT],
            hostname=shape.hostname,
            user="0:0",
            working_dir="/",
            environment={**_ENVIRONMENT, OWNER_NAME: recipe.labels.get(LABEL_OWNER, "")},
            stop_signal="SIGKILL",  # an engine that is started again waits for each to stop
            entrypoint=[],
            stdin_open=True,
            labels=dict(recipe.labels),
            healthcheck={"test": ["NONE"]},
            host_config=api.create_host_config(**host_config(shape, recipe.limits, recipe.runtime)),
        )
        name = str(made["Id"])
        connection: Wire | None = None
        try:
            connection = _attach(api, name)
            api.start(name)
        except BaseException:
            if connection is not None:
                connection.close()
            with suppress(Exception):
                api.remove_container(name, force=True)
            raise
    container = Container(api, name, shape, Channel(connection))
    try:
        container.begin()
    except BaseException:
        container.destroy()
        raise
    return container


def _now() -> int:
    # The engine's own events carry the wall clock; nothing of an episode does.
    return time.time_ns() // 1_000_000_000


class _Stream:
    """The attach stream, with all that the engine's client keeps open for it.

    Args:
        attached: What the client gave.
    """

    def __init__(self, attached: Any) -> None:
        self._attached = attached
        self._socket = getattr(attached, "_sock", attached)
        self._remote = sys.platform == "linux" and self._socket.family in _NETWORKS
        if self._remote:
            self._ask_for_signs_of_life()

    def settimeout(self, seconds: float | None, /) -> None:
        self._socket.settimeout(seconds)

    def send(self, data: bytes | memoryview, /) -> int:
        return int(self._socket.send(data))

    def recv(self, size: int, /) -> bytes:
        return bytes(self._socket.recv(size))

    def lost(self) -> bool:
        if not self._remote:
            return False
        # Two of them: one is always under way. An end that only does not read answers them.
        told = bytes(self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _PROBES + 1))
        return max(told[_RETRANSMITS], told[_PROBES]) >= 2

    def close(self) -> None:
        # The response first: it flushes what the others would have closed already.
        for each in (getattr(self._attached, "_response", None), self._attached, self._socket):
            if each is not None:
                each.close()

    def _ask_for_signs_of_life(self) -> None:
        """Often, where nothing is to be sent; and give up late."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _IDLE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 127)


def _attach(api: APIClient, name: str) -> Wire:
    params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
    return _Stream(api.attach_socket(name, params=params))
