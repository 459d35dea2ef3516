"""One connection: its bytes become requests, its answers become bytes.

The states and who owns the connection in which are in `states`. Fields that both the owner of a
connection in HANDLING and the leader touch: `state`, `armed` and `is_lost`, under the engine's
lock; `output`, which has a lock of its own. Every other field is the owner's.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import time
from typing import TYPE_CHECKING, Any, Protocol

from waitress.channel import ClientDisconnected

from rocketpy.server.http import environ as environs
from rocketpy.server.http import lanes
from rocketpy.server.http.request_parser import Parser
from rocketpy.server.http.request_rules import MOST_EMPTY_LINES, count_empty_lines
from rocketpy.server.loop import deadlines
from rocketpy.server.loop.output import Output
from rocketpy.server.loop.states import TABLE, Event, State
from rocketpy.server.protocols import LingerError, Secure

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from waitress.adjustments import Adjustments

    from rocketpy.server.http.plain_heads import Request
    from rocketpy.server.loop.acceptor import Listener
    from rocketpy.server.protocols import Observer, ServerSettings

RECEIVE_BYTES = 16384
"""Bytes read with one system call: most requests, and few enough for thousands of connections."""

MOST_PATIENT_BYTES = 16384
"""Bytes of a request for whose end the fast lane waits; the general lane buffers larger ones."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_TOO_MANY_LINES = b"\r"
"""What a request after too many empty lines is read as: it is refused with 400."""


logger: logging.Logger = logging.getLogger("rocketpy.server")


class Host(Protocol):
    """What a connection needs of the engine."""

    app: WSGIApplication
    adj: Adjustments
    settings: ServerSettings
    observer: Observer | None
    last_answers: bool

    def arm(self, connection: Connection) -> None:
        """Have the poller watch for what the connection can do now; any thread may call this."""


class Connection:
    """Reads requests from one socket and writes their answers to it.

    Args:
        sock: The socket, which does not block.
        address: The client's address.
        listener: The listener that it came through.
        host: The engine.
        now: The time, of `time.monotonic`, which no change of the system's clock moves.

    Attributes:
        state: See `states`.
        armed: The events that the poller watches for; None if it does not watch.
        turn: The poller's turn in which the connection was entered.
        request: The request that is whole.
        is_lost: Whether the client is known to be gone.
        is_fresh: Whether the client has sent no request yet.
        since: When the connection was accepted; then, when the latest request began to arrive;
            in LINGERING, until when that lasts.
        moved: When the client last sent or took what is due, or a handler ended.
    """

    __slots__ = (
        *("_arrived", "_empty_lines", "_keeps", "_receive", "_send", "armed"),
        *("descriptor", "host", "is_fresh", "is_lost", "is_refused", "listener", "moved", "output"),
        *("parser", "peer", "pending", "request", "secure", "since", "sock", "state"),
        "taken",
        "turn",
    )

    def __init__(self, sock: Any, address: Any, listener: Listener, host: Host, now: float) -> None:
        self.sock = sock
        self.descriptor: int = sock.fileno()
        self.host = host
        self.state: State = State.IDLE
        self.armed: int | None = None
        self.turn: int = 0
        self.pending: bytes = b""
        self.parser: Parser | None = None
        self.request: Request | Parser | None = None
        self.output: Output | None = None
        self.is_lost: bool = False
        self.is_fresh: bool = True
        self.is_refused: bool = False
        self.since: float = now
        self.moved: float = now
        self.listener = listener
        self.peer: environs.Peer = environs.of_peer(address)
        self._receive: Callable[[int], bytes] = sock.recv
        self._send: Callable[[bytes], int] = sock.send
        self.secure: Secure | None = sock if listener.scheme == "https" else None
        self._keeps = False
        self._empty_lines = 0
        self._arrived = 0  # bytes of the request since `moved`
        self.taken = 0  # bytes that the client's system has had, at `moved`

    def happens(self, event: Event) -> None:
        """Change the state.

        Raises:
            StateError: The event cannot happen now.
        """
        self.state = TABLE[self.state][event]

    # The leader reads.

    def receive(self, now: float) -> bool:
        """Read what the client sent; return whether the connection goes on.

        Afterwards the state is HANDLING if a request is whole.
        """
        if self.pending and self.state is State.IDLE:
            self.take(now)  # it came with the last request; the client may have closed its side
            if self.is_unanswered:
                return True
        try:
            data = self._receive(RECEIVE_BYTES)
        except BlockingIOError:
            return True
        except LingerError:
            self.pending = b""
            self.linger()
            return self.state is State.LINGERING
        except OSError:  # reset, timed out: that happens to networks, and is not worth a log line
            return False
        if not data:
            return False
        if self.state is not State.LINGERING:
            self._arrived += len(data)
            self.pending = self.pending + data if self.pending else data
            self.take(now)
        return True

    def take(self, now: float) -> None:
        """Read a request from what has come."""
        data = self.pending
        if self.parser is None:
            if data[:1] == b"\r":
                data = self._skip_empty_lines(data)
                if not data:
                    return
            plain = lanes.read_plain(data, self.host.adj)
            if plain is not None:
                if plain.size <= len(data):
                    self.request = plain
                    self.pending = data[plain.size :]
                    self._note_request()
                    return
                if plain.size <= MOST_PATIENT_BYTES:
                    self._note_arrival(now, head_is_whole=True)
                    return
            self.parser = Parser(self.host.adj)
        self._parse(self.parser, data, now)

    def _skip_empty_lines(self, data: bytes) -> bytes:
        """Drop empty lines before a request; they do not make the connection any less idle."""
        lines, size = count_empty_lines(data)
        self._empty_lines += lines
        self.pending = data = data[size:]
        if self._empty_lines > MOST_EMPTY_LINES:
            return _TOO_MANY_LINES
        return b"" if data == b"\r" else data

    def _parse(self, parser: Parser, data: bytes, now: float) -> None:
        """Have the general lane read on."""
        while data and not parser.completed:
            data = data[parser.received(data) :]
            if parser.expect_continue and parser.headers_finished:
                parser.expect_continue = parser.completed = False
                with contextlib.suppress(OSError):  # what is wrong will be seen when it is read
                    self._send(CONTINUE)
        self.pending = data
        if parser.completed:
            self.parser = None
            self.request = parser
            self.is_refused = parser.error is not None
            self._note_request()
        else:
            self._note_arrival(now, head_is_whole=parser.headers_finished)

    def _note_request(self) -> None:
        self.is_fresh = False
        self._empty_lines = self._arrived = 0
        self.state = TABLE[self.state][Event.REQUEST]

    def _note_arrival(self, now: float, *, head_is_whole: bool) -> None:
        """Note that a part of a request has come."""
        if self.state is State.IDLE:
            self.is_fresh = False
            self.since = self.moved = now
            self.happens(Event.BEGIN)
        if head_is_whole and self.state is State.HEAD:
            self.happens(Event.HEAD_IS_WHOLE)
        if self._arrived >= deadlines.PACE_BYTES:
            self.moved = now
            self._arrived = 0

    # A thread answers.

    def route(self) -> tuple[str, str]:
        """Return method and path of the request that is whole; any thread may call this."""
        return lanes.route_of(self.request)

    def answer(self) -> None:
        """Answer the request that is whole; the caller owns the connection in HANDLING."""
        request = self.request
        self._keeps = False
        try:
            if request is not None and self.state is not State.GONE:
                self._keeps = lanes.answer(request, self)
            elif isinstance(request, Parser):
                request.close()
        except BaseException:
            self.is_lost = True
            logger.exception("the server failed at a request from %s", self.peer.address)
        self.request = None
        self.moved = time.monotonic()

    def write_whole(self, data: bytes) -> None:
        """Write an answer that is whole; what the client does not take now waits."""
        if self.output is not None:
            with contextlib.suppress(ClientDisconnected):
                self.write(data)
            return
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.is_lost = True
            return
        if sent < len(data):
            with contextlib.suppress(ClientDisconnected):
                self.write(data[sent:])

    def write(self, data: Any) -> None:
        """Write a part of an answer, from the thread that runs the handler.

        Raises:
            ClientDisconnected: The client is gone.
            OSError: There is no room for what the client does not take at once.
        """
        if self.is_lost:
            raise ClientDisconnected
        if self.output is None:
            self.output = Output(self._send, self.host.adj)
        try:
            self.output.write(data)
        except BaseException:  # gone, or a file cannot be read: it is over
            self.is_lost = True
            raise
        if self.output.size:
            self.moved = time.monotonic()  # from now on, it is the client's turn
            self.host.arm(self)

    def is_disconnected(self) -> bool:
        """Return whether the client has closed the connection: `waitress.client_disconnected`."""
        if self.is_lost or self.state is State.CLOSED:
            return True
        if self.state is not State.HANDLING:
            return False
        poll = select.poll()
        poll.register(self.descriptor, select.POLLRDHUP)
        return bool(poll.poll(0))

    @property
    def own_environ(self) -> WSGIEnvironment | None:
        """What TLS adds to the environment; None on a plain connection."""
        return None if self.secure is None else self.secure.environ

    @property
    def wants_write(self) -> bool:
        """Whether TLS has something to send before it can read on."""
        return self.secure is not None and self.secure.wants_write

    # The leader goes on.

    def flush(self, now: float) -> bool:
        """Send what waits; return whether the connection goes on."""
        if self.output is not None:
            try:
                if self.output.flush():
                    self.moved = now
            except (ClientDisconnected, OSError):
                return False
        return True

    def go_on(self) -> bool:
        """Decide what comes after an answer; return whether the connection goes on.

        The state is HANDLED or SENDING before, and afterwards SENDING, IDLE or LINGERING.
        """
        output = self.output
        if self.is_lost:
            return False
        if output is not None:
            if output.size:
                if self.state is State.HANDLED:
                    self.happens(Event.UNSENT)
                return True
            self.output = None
        if self._keeps:
            self.happens(Event.KEEP)
            return True
        if self.is_refused or self.pending or self.is_receiving:
            self.linger()
            return self.state is State.LINGERING
        return False

    @property
    def may_be_kept(self) -> bool:
        """Whether nothing is left to do but to wait for the next request."""
        return self._keeps and self.output is None and not (self.pending or self.is_lost)

    def linger(self) -> None:
        """End this side, and drop what the client still sends."""
        self.pending = b""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:  # the client is gone
            return
        self.happens(Event.LINGER)
        self.since = time.monotonic() + deadlines.LINGER_SECONDS

    def close(self) -> None:
        """Close the socket, and what a body that will not be whole was kept in."""
        self.happens(Event.CLOSE)
        if self.output is not None:
            self.output.end()
        if self.parser is not None:
            self.parser.close()
        if isinstance(self.request, Parser):
            self.request.close()
        self.sock.close()

    def close_after_fork(self) -> None:
        """Close the socket in a process that a handler forked; the connection itself stays."""
        if self.secure is None:
            self.sock.close()
        else:
            self.secure.close_after_fork()

    def lose(self) -> None:
        """Give the client up while a thread answers; that thread gets an error."""
        self.happens(Event.LOSE)
        self.is_lost = True
        if self.output is not None:
            self.output.end()
        with contextlib.suppress(OSError):  # gone already
            self.sock.shutdown(socket.SHUT_RDWR)

    def deadline(self, now: float) -> float | None:
        """Return until when the connection may go on as it is; None if it is closed or lost."""
        return deadlines.deadline(self, self.host.settings.keep_alive, now)

    # For the drain.

    @property
    def is_unanswered(self) -> bool:
        """Whether a request was read and has no whole answer yet."""
        return self.state is State.HANDLING

    @property
    def is_receiving(self) -> bool:
        """Whether a request has begun to arrive, be it only in the kernel's buffer."""
        if self.pending or self.state is State.HEAD or self.state is State.BODY:
            return True
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except OSError:  # nothing there yet, or the connection is gone
            return False

    @property
    def is_unsent(self) -> bool:
        """Whether bytes wait for the client to take them."""
        return self.output is not None and bool(self.output.size)

    @property
    def fresh_since(self) -> float | None:
        """When it was accepted, if the client has sent no request yet."""
        return self.since if self.is_fresh else None
