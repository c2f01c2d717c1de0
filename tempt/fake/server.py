"""The service over HTTP, on the loopback only."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Any

from tempt.envs.env import load_scenario
from tempt.envs.scenario import AnyScenario
from tempt.fake.answers import Manner
from tempt.fake.casting import Company, Grid
from tempt.fake.problems import Problem
from tempt.fake.service import Service
from tempt.fake.spoiling import Answer, Conduct
from tempt.scenarios import CATALOGUE

HOST = "127.0.0.1"
MAX_REQUEST = 32 * 1024 * 1024
DEFAULT_TRIALS = 1000
_DRIP_SECONDS = 0.05
_POLL_SECONDS = 0.05
_CHUNK = 1 << 20
_LINGER = struct.pack("ii", 1, 0)
_ENDLESS = 1 << 40
_NOTHING: Grid = MappingProxyType({})
_PLAIN = Manner()
_PHRASES = MappingProxyType({status.value: status.phrase for status in HTTPStatus})


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came.

    Attributes:
        path: Its path.
        headers: Its headers, names in lower case.
        body: Its body, byte for byte.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes


class FakeProvider:
    """A provider of models on this machine, whose models are scripted policies.

    It listens from the start and answers once entered, or while `serve` runs. Leaving it closes
    every connection, those included that wait for an answer.

    Args:
        scenarios: The scenarios whose worlds are served; those that ship by default.
        port: Where to listen; 0 for any free port.
        latency: Seconds before every answer.
        trials: Trials 0 to this, exclusive, are served.
        grid: Factor levels that are served beside the defaults.
        manner: How requests are treated.
        keep: How many of the last requests are kept.

    Raises:
        OSError: The port is taken.
    """

    def __init__(  # noqa: PLR0913 - keywords, each of which has a default
        self,
        scenarios: Iterable[AnyScenario] | None = None,
        *,
        port: int = 0,
        latency: float = 0.0,
        trials: int = DEFAULT_TRIALS,
        grid: Grid = _NOTHING,
        manner: Manner = _PLAIN,
        keep: int = 1000,
    ) -> None:
        chosen = _shipped() if scenarios is None else scenarios
        self.service = Service(Company(chosen, trials, grid), manner)
        self.latency = latency
        self.stopping = Event()
        self._received: deque[Received] = deque(maxlen=keep)
        self._server = _Server(self, port)
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The root: Anthropic's base URL; OpenAI's has ``/v1`` behind it."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[Received, ...]:
        """The last requests, oldest first."""
        return tuple(self._received)

    def record(self, received: Received) -> None:
        """Keep a request."""
        self._received.append(received)

    def serve(self) -> None:
        """Answer in this thread, until interrupted or closed."""
        self._server.serve_forever(_POLL_SECONDS)

    def close(self) -> None:
        """Stop. May be called twice."""
        self.stopping.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> FakeProvider:
        """Answer in a thread of its own."""
        self._thread = Thread(target=self.serve, name="fake provider", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.close()


def _shipped() -> Sequence[AnyScenario]:
    return [load_scenario(location) for location in CATALOGUE.values()]


class _Server(ThreadingTCPServer):
    """A thread for every connection; knows those that are open."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, provider: FakeProvider, port: int) -> None:
        self.provider = provider
        self._open: set[Any] = set()
        self._lock = Lock()
        super().__init__((HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is nobody's error; anything else a test should see."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Wake every thread that waits for its client."""
        with self._lock:
            for request in self._open:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, request: Any, client_address: Any, server: _Server) -> None:
        self._provider: FakeProvider = server.provider
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        """Answer a GET."""
        path = self._path()
        self._provider.record(Received(path, self._named_headers(), b""))
        self._send(self._provider.service.get(path))

    def do_POST(self) -> None:
        """Answer a POST."""
        path, headers = self._path(), self._named_headers()
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            self._refuse(path, Problem("A Content-Length is required.", 411))
        elif len(length) > 12 or int(length) > MAX_REQUEST:
            self._refuse(path, Problem(f"The request is larger than {MAX_REQUEST} bytes.", 413))
        else:
            body = self.rfile.read(int(length))
            self._provider.record(Received(path, headers, body))
            self._send(self._provider.service.post(path, headers, body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _named_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _refuse(self, path: str, problem: Problem) -> None:
        """Answer without reading the body, which makes the connection useless."""
        self.close_connection = True
        self._send(self._provider.service.refuse(path, problem))

    def _send(self, answer: Answer) -> None:
        if self._provider.latency:
            self._provider.stopping.wait(self._provider.latency)
        match answer.conduct:
            case Conduct.SEND:
                self._send_whole(answer)
            case Conduct.CUT:
                self.close_connection = True
                length = len(answer.body)
                self.wfile.write(_head(answer, length) + answer.body[: length // 2])
            case Conduct.DRIP:
                self._drip(answer)
            case Conduct.HANG:
                self.close_connection = True
                while self.connection.recv(_CHUNK):
                    pass
            case Conduct.CLOSE:
                self.close_connection = True
            case Conduct.RESET:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
                os.close(self.connection.detach())

    def _send_whole(self, answer: Answer) -> None:
        self.wfile.write(_head(answer, len(answer.body) + answer.padding) + answer.body)
        for start in range(0, answer.padding, _CHUNK):
            self.wfile.write(b" " * min(_CHUNK, answer.padding - start))

    def _drip(self, answer: Answer) -> None:
        """The body and then blanks, for as long as somebody takes them."""
        self.close_connection = True
        self.wfile.write(_head(answer, _ENDLESS))
        place = 0
        while not self._provider.stopping.wait(_DRIP_SECONDS):
            self.wfile.write(answer.body[place : place + 1] or b" ")
            place += 1


def _head(answer: Answer, length: int) -> bytes:
    """The status line and headers. There is no date among them: equal answers are equal bytes."""
    lines = [
        f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Overloaded')}",
        f"content-type: {answer.content_type}",
        f"content-length: {length}",
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
