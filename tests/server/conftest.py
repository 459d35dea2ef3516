"""A service in a process of its own, and the few words of HTTP that the tests speak to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0
"""Seconds after which something that should happen is taken to have failed."""

SERVICE = os.path.join(os.path.dirname(__file__), "service.py")


class Service:
    """A running service."""

    def __init__(self, settings: dict[str, Any], prefix: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-W", "error", SERVICE, json.dumps(settings)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"the service did not start: {self.process.communicate()[1]}")
        self.port = int(line)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, request: bytes) -> bytes:
        """Send bytes on a new connection; return all that comes until it is closed."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)

    def get(self, path: str) -> bytes:
        """Return the body of a path on a connection of its own."""
        answer = self.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer
        return body

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code and what was printed and logged."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def stop(self) -> tuple[int, str, str]:
        self.signal(signal.SIGTERM)
        return self.end()


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def read_answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read one answer that has a Content-Length; return its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        assert part, f"closed after {data!r}"
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        part = connection.recv(65536)
        assert part, f"closed after {data!r}"
        body += part
    assert len(body) == length
    return head, body


@pytest.fixture
def start() -> Iterator[Callable[..., Service]]:
    """Start services with the settings given; what still runs at the test's end is stopped."""
    services = []

    def start_one(*prefix: str, **settings: Any) -> Service:
        services.append(Service(settings, prefix))
        return services[-1]

    yield start_one
    running = [service for service in services if service.process.poll() is None]
    for service in running:
        with contextlib.suppress(ProcessLookupError):
            service.signal(signal.SIGTERM)
    for service in running:
        # Its coverage is written at its end; a test may have left it unable to end by itself.
        try:
            service.process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            service.process.kill()
            service.process.communicate()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Service]:
    """Start one service for all of a file's tests: for those that must leave it as it was."""
    service = Service({})
    yield service
    code, _, log = service.stop()
    assert (code, log) == (0, "")


@pytest.fixture
def wire() -> Any:
    """Give the functions that read HTTP off a socket."""

    class Wire:
        read_all = staticmethod(read_all)
        read_answer = staticmethod(read_answer)

    return Wire
