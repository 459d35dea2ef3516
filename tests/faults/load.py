"""Clients that send requests without a pause, and count what becomes of each request."""

from __future__ import annotations

import collections
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

from tests.support import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Load:
    """Some clients that make a connection for each request, and some that keep theirs.

    Attributes:
        outcomes: How many requests were `answered`, `refused` (no connection was to be had) or
            `lost` (the connection ended before the answer did).
        bodies: How often each body was the answer.
    """

    def __init__(self, port: int, *, new: int = 2, kept: int = 2) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.bodies: collections.Counter[str] = collections.Counter()
        self._port = port
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            *(threading.Thread(target=self._ask, args=(False,)) for _ in range(new)),
            *(threading.Thread(target=self._ask, args=(True,)) for _ in range(kept)),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(SECONDS)

    @property
    def is_going_on(self) -> bool:
        """Whether a client is not refused yet."""
        return any(thread.is_alive() for thread in self._threads)

    def _count(self, outcome: str, body: str | None = None) -> None:
        with self._lock:
            self.outcomes[outcome] += 1
            if body is not None:
                self.bodies[body] += 1

    def _ask(self, keep: bool) -> None:  # noqa: FBT001  (a thread's arguments have no names)
        """Send requests until stopped, or refused."""
        while not self._stop.is_set():
            try:
                connection = socket.create_connection(("127.0.0.1", self._port), SECONDS)
            except ConnectionRefusedError:
                self._count("refused")
                return
            with connection:
                for outcome, body in self._ask_on(connection, keep=keep):
                    self._count(outcome, body)

    def _ask_on(self, connection: socket.socket, *, keep: bool) -> Iterator[tuple[str, str | None]]:
        """Send requests on a connection as long as it is kept."""
        end = "" if keep else "Connection: close\r\n"
        while not self._stop.is_set():
            answer = b""
            with contextlib.suppress(ConnectionError):
                connection.sendall(f"GET / HTTP/1.1\r\nHost: x\r\n{end}\r\n".encode())
                answer = _read(connection)
            head, mark, body = answer.partition(b"\r\n\r\n")
            if not mark:
                yield "lost", None
                return
            yield "answered", body.decode()
            if b"\r\nConnection: close" in head:
                return


def _read(connection: socket.socket) -> bytes:
    """Read one answer; return nothing if it is not whole."""
    data = b""
    while True:
        head, mark, body = data.partition(b"\r\n\r\n")
        if mark:
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            if len(body) == length:
                return data
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
