"""The health port: a second listener for probes and metrics, which a busy service answers too.

One thread (`_run`) has all connections and waits for whichever is ready; it shares nothing with
others but the listener, whose shutdown by another thread ends it. A client that is slow holds up
no other, and each has its deadline for request and answer together.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from rocketpy.common.probes import READING_METHODS, TEXT, ProbeAnswer, headers, not_allowed
from rocketpy.server.listener import (
    HANDSHAKE_SECONDS,
    ListenError,
    address_of,
    bind,
    join,
    turn_away,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rocketpy.common.probes import MakeAnswer
    from rocketpy.config.keys.address import Address

EXCHANGE_SECONDS = 2.0
"""How long a client has from its connection to the end of the answer."""

MOST_CLIENTS = 64
"""Clients at once; one more, and the oldest is disconnected."""

PAUSE_SECONDS = 0.05
"""How long the thread waits after an accept that failed, rather than fail again at once."""

MOST_QUESTION = 8192
"""Bytes that a request may have."""

_MILLISECONDS = 1000

logger: logging.Logger = logging.getLogger("rocketpy.server")


class HealthServer:
    """Answers GET requests for a few paths.

    Each process of a service has a listener of its own at the same port, from when it begins until
    it ends or leaves; the kernel chooses among them. So a reload needs to hand down nothing.

    Args:
        address: The address to listen on.
        port: The TCP port.
        answers: For each path, what makes the answer.
        shared: Whether this service listens there already.

    Raises:
        ListenError: If the port cannot be had.
    """

    def __init__(
        self,
        address: Address,
        port: int,
        answers: Mapping[str, MakeAnswer],
        *,
        shared: bool,
    ) -> None:
        if not shared:  # the kernel lets any two programs of one user share a port
            with bind(address, port) as alone:
                address, port = address_of(alone)
        self.address = address
        self.port = port
        self._answers = answers
        self._reservation = _bound(address, port)
        self._listener: socket.socket | None = None
        self._exchanges: dict[int, _Exchange] = {}

    def begin(self) -> None:
        """Answer in this process."""
        self._listener = _bound(self.address, self.port)
        self._listener.listen()
        self._listener.settimeout(0)
        threading.Thread(
            target=self._run, args=(self._listener,), name="rocketpy-health", daemon=True
        ).start()

    def close(self) -> None:
        """Answer only the connections that have been begun."""
        self._reservation.close()
        if self._listener is not None:
            turn_away(self._listener)
            threading.Timer(HANDSHAKE_SECONDS, self._end, (self._listener,)).start()

    def close_after_fork(self) -> None:
        """Close the sockets, in a process that application code forked from this one."""
        self._reservation.close()
        if self._listener is not None:
            self._listener.close()
        for exchange in self._exchanges.values():
            exchange.close()

    def _end(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # which wakes the thread

    def _run(self, listener: socket.socket) -> None:
        exchanges = self._exchanges  # oldest first
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        listening = True
        while listening or exchanges:
            oldest = next(iter(exchanges.values()), None)
            left = max(0.0, oldest.deadline - time.monotonic()) if oldest else None
            ready = poll.poll(None if left is None else left * _MILLISECONDS + 1)
            for descriptor, _ in ready:
                if descriptor in exchanges:
                    exchange = exchanges[descriptor]
                    exchange.go_on()
                    poll.modify(descriptor, exchange.events)
                elif descriptor == listener.fileno() and not self._accept(listener, poll):
                    listening = False
                    poll.unregister(listener)
                    listener.close()
            now = time.monotonic()
            for descriptor, exchange in list(exchanges.items()):
                if exchange.is_over or now >= exchange.deadline:
                    poll.unregister(descriptor)
                    exchanges.pop(descriptor).close()

    def _accept(self, listener: socket.socket, poll: select.poll) -> bool:
        """Accept a connection; return whether there may be more."""
        exchanges = self._exchanges
        try:
            connection, _ = listener.accept()
        except BlockingIOError:  # another process took it
            return True
        except OSError:  # closed, or the client gave up, or the system is short of something
            if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return False
            time.sleep(PAUSE_SECONDS)
            return True
        if len(exchanges) >= MOST_CLIENTS:
            descriptor = next(iter(exchanges))
            poll.unregister(descriptor)
            exchanges.pop(descriptor).close()
        exchange = _Exchange(connection, self._answers)
        exchanges[connection.fileno()] = exchange
        poll.register(connection, exchange.events)
        return True


class _Exchange:
    """One connection: a request, its answer, and the client's end of the connection.

    Attributes:
        deadline: When it is closed, be it over or not, on the monotonic clock.
        events: What to wait for.
        is_over: Whether it can be closed.
    """

    def __init__(self, connection: socket.socket, answers: Mapping[str, MakeAnswer]) -> None:
        self.deadline = time.monotonic() + EXCHANGE_SECONDS
        self.events = select.POLLIN
        self.is_over = False
        self._connection = connection
        self._answers = answers
        self._question = b""
        self._unsent: bytes | None = None  # None: the question has not come to its end
        connection.settimeout(0)

    def go_on(self) -> None:
        """Read or write what can be now."""
        try:
            if self._unsent:
                self._send()
            elif data := self._connection.recv(MOST_QUESTION):
                self._take(data)
            else:
                self.is_over = True
        except BlockingIOError:
            pass
        except OSError:  # the client is gone
            self.is_over = True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _take(self, data: bytes) -> None:
        if self._unsent is not None:  # answered; what still comes is dropped
            return
        self._question += data
        if b"\r\n\r\n" in self._question or len(self._question) >= MOST_QUESTION:
            self._unsent = _response(self._question, self._answers)
            self._send()

    def _send(self) -> None:
        if self._unsent:
            self.events = select.POLLOUT
            self._unsent = self._unsent[self._connection.send(self._unsent) :]
        if not self._unsent:
            self.events = select.POLLIN  # the client closes; to close first could reset
            self._connection.shutdown(socket.SHUT_WR)


def _response(question: bytes, answers: Mapping[str, MakeAnswer]) -> bytes:
    """Return the response to a request."""
    line = question.partition(b"\r\n")[0].decode("latin-1")
    method, _, rest = line.partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    make = answers.get(path)
    if make is None:
        answer = ProbeAnswer("404 Not Found", TEXT, "404 Not Found\n")
    elif method not in READING_METHODS:
        answer = not_allowed()
    else:
        try:
            answer = make()
        except Exception:  # the thread must answer the next one
            logger.exception("the answer to %s failed", path)
            answer = ProbeAnswer("500 Internal Server Error", TEXT, "500 Internal Server Error\n")
    body = answer.text.encode()
    fields = [*headers(answer), ("Connection", "close")]
    lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (b"" if method == "HEAD" else body)


def _bound(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, ipaddress.IPv6Address) else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((str(address), port))
    except OSError as error:
        bound.close()
        raise ListenError(
            join(address, port), (error.strerror or str(error)).lower(), "set another `health.port`"
        ) from error
    return bound
