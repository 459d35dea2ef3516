"""A second port, for those who watch the service: it answers however busy the service is."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from rocketpy.server.listener import (
    HANDSHAKE_SECONDS,
    Address,
    ListenError,
    address_of,
    bind,
    turn_away,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Answer = tuple[str, str, str]
    """Status line, Content-Type, text."""

PATIENCE = 1.0
"""Seconds that a question and its answer may each take; there is one at a time."""

REST = 0.05
"""Seconds after an accept that failed."""

MOST = 8192
"""Bytes that a question may have."""

TEXT = "text/plain; charset=utf-8"


class Aside:
    """Answers GET requests for a few paths, in a thread of its own, one connection after another.

    Each process of a service has a listener of its own at the same port, from when it begins until
    it ends or leaves; the kernel chooses among them. So a reload needs to hand down nothing.

    Args:
        address: The address to listen on.
        port: The TCP port.
        paths: For each path, what makes the answer.
        shared: Whether this service listens there already.

    Raises:
        ListenError: If the port cannot be had.
    """

    def __init__(
        self,
        address: Address,
        port: int,
        paths: Mapping[str, Callable[[], Answer]],
        *,
        shared: bool,
    ) -> None:
        if not shared:  # for sharing is what the kernel lets any two programs of a user do
            with bind(address, port) as alone:
                address, port = address_of(alone)
        self.address = address
        self.port = port
        self._paths = paths
        self._reservation = _bound(address, port)
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None

    def begin(self) -> None:
        """Answer in this process."""
        self._listener = _bound(self.address, self.port)
        self._listener.listen()
        threading.Thread(
            target=self._run, args=(self._listener,), name="rocketpy-aside", daemon=True
        ).start()

    def close(self) -> None:
        """Answer no more but those who are on their way."""
        self._reservation.close()
        if self._listener is not None:
            turn_away(self._listener)
            threading.Timer(HANDSHAKE_SECONDS, self._end, (self._listener,)).start()

    def close_after_fork(self) -> None:
        """Close the sockets, in a process that application code forked from this one."""
        self._reservation.close()
        for open_socket in (self._listener, self._connection):
            if open_socket is not None:
                open_socket.close()

    def _end(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # which ends the thread's waiting

    def _run(self, listener: socket.socket) -> None:
        while listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            try:
                connection, _ = listener.accept()
            except OSError:  # closed, or the client gave up, or the system is short of something
                threading.Event().wait(REST)
                continue
            with connection, contextlib.suppress(OSError):
                self._connection = connection
                connection.settimeout(PATIENCE)
                connection.sendall(self._answer(_question(connection)))
                connection.shutdown(socket.SHUT_WR)
                connection.recv(MOST)  # until the client has it; to close before could reset
        listener.close()

    def _answer(self, question: bytes) -> bytes:
        line = question.partition(b"\r\n")[0].decode("latin-1").split(" ")
        make = self._paths.get(line[1].partition("?")[0]) if len(line) == 3 else None  # noqa: PLR2004  (method, path, version)
        if make is None:
            status, kind, text = "404 Not Found", TEXT, "404 Not Found\n"
        elif line[0] not in {"GET", "HEAD"}:
            status, kind, text = "405 Method Not Allowed", TEXT, "405 Method Not Allowed\n"
        else:
            status, kind, text = make()
        body = text.encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        return head.encode("latin-1") + (b"" if line[0] == "HEAD" else body)


def _bound(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004  (IP version six)
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((str(address), port))
    except OSError as error:
        bound.close()
        raise ListenError(
            address, port, (error.strerror or str(error)).lower(), "set another `health.port`"
        ) from error
    return bound


def _question(connection: socket.socket) -> bytes:
    """Read the head of one request."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < MOST:
        part = connection.recv(MOST)
        if not part:
            break
        data += part
    return data
