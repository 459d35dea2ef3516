"""One connection: waitress's channel, polled by epoll, with the facts that drain and clock ask for.

Two threads at most touch a channel: the one that runs its handler, and the leader, which does all
the rest. Where they meet, waitress's own locks hold, and for the poller the engine's.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]

from rocketpy.server.http.request_parser import Parser
from rocketpy.server.http.wsgi_task import Refusal, Task

FIRST_REQUEST_SECONDS = 30.0
"""How long a connection may stay silent before its first request, when `keep_alive` is less."""

HEADER_SECONDS = 30.0
"""How long a request's headers may take to arrive: who sends them byte by byte holds a place."""

SILENCE_SECONDS = 60.0
PACE_BYTES = 16384
"""How long a client may take to send so much of the body that it promised, or to take so much of
what was written to it. The slowest modem is quicker; who is slower on purpose holds a thread."""

LINGER_SECONDS = 5.0
"""How long what a client goes on sending is dropped after its last answer. To close at once would
reset the connection, and the client might not get to read that answer."""

MOST_JOINED = 65536
"""Bytes of a body that are copied behind the head, so that one system call sends both."""

_ACKNOWLEDGED = struct.Struct("=120xQ")
"""tcpi_bytes_acked of the kernel's struct tcp_info, since Linux 4.1."""


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """Reads requests from one connection and writes their answers to it.

    Attributes:
        armed: The events that the poller watches for; the engine's.
        fresh_since: When the connection was accepted, if it never sent anything.
        asked_since: When the request that is arriving began to arrive.
        moved: When the client last did what is asked of it, or a handler ended.
        refused: Whether the last answer goes to a client that may still be sending.
        held: The head of an answer, to be sent with the beginning of its body.
        lingers_until: Until when what it sends is dropped; 0 before that.
        (All times are of `time.monotonic`, which no change of the system's clock moves.)
    """

    task_class = Task
    error_task_class = Refusal
    parser_class = Parser
    request: Any  # the one that is arriving, or None

    def __init__(self, server: Any, connection: socket.socket, address: Any, **rest: Any) -> None:
        self.armed = select.EPOLLIN
        self.moved = self.asked_since = time.monotonic()
        self.fresh_since: float | None = self.moved
        self.refused = False
        self.held = b""
        self.lingers_until = 0.0
        self._arrived = 0  # bytes of the request since `moved`
        self._taken = 0  # bytes that the client's system has had, at `moved`
        super().__init__(server, connection, address, server.adj, **rest)

    def add_channel(self, map: Any = None) -> None:  # noqa: A002  (waitress's name)
        """Enter the connection in the engine's lists."""
        super().add_channel(map)
        self.server.watch(self)

    def del_channel(self, map: Any = None) -> None:  # noqa: A002  (waitress's name)
        """Take the connection out of the engine's lists."""
        if self.server.unwatch(self):
            super().del_channel(map)

    def handle_close(self) -> None:
        """Close the connection, and what a body that will not be whole was kept in."""
        super().handle_close()
        if self.request is not None:
            self.request.close()

    def handle_read(self) -> None:
        """Take what the client sent, and have a request that is whole answered."""
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except BlockingIOError:  # the event was for a connection that had this number before
            return
        except OSError:  # reset, timed out: the network's daily bread, not worth a log line
            self.handle_close()
            return
        if not data:
            self.handle_close()
            return
        now = time.monotonic()
        if self.lingers_until:
            if now > self.lingers_until:
                self.handle_close()
            return
        if self.request is None:
            self.fresh_since = None
            self.asked_since = self.moved = now
            self._arrived = 0
        self._arrived += len(data)
        if self._arrived >= PACE_BYTES:
            self.moved = now
            self._arrived = 0
        self.received(data)

    def handle_write(self) -> None:
        """Send what the socket takes, and close if that is the end."""
        if self._fileno is None:  # closed while its handler ran
            return
        if not (self.close_when_flushed and (self.refused or self.receiving)):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self._fileno is None:  # closed by that: the client is gone
            return
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self._linger()

    def _linger(self) -> None:
        self.close_when_flushed = False
        self.request = None
        self.lingers_until = time.monotonic() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:  # the client is gone
            self.handle_close()

    def write_soon(self, data: Any) -> int:
        """Write, and have the poller say when the client takes what it did not take now."""
        if self.held:
            held, self.held = self.held, b""
            if isinstance(data, bytes) and len(data) <= MOST_JOINED:
                data = held + data
            else:
                self.write_soon(held)
        size = len(data)
        if data and not self.total_outbufs_len and isinstance(data, bytes):
            data = self._send_now(data)
        if data:
            if not self.total_outbufs_len:
                self.moved = time.monotonic()  # from now on, it is the client's turn
            super().write_soon(data)
            if self.total_outbufs_len:
                self.server.arm(self)
        return size

    def _send_now(self, data: bytes) -> bytes:
        """Send what the client takes at once, past waitress's buffers; return the rest."""
        with self.outbuf_lock:
            if not self.connected or self.total_outbufs_len:
                return data
            try:
                sent = self.socket.send(data)
            except OSError:  # waitress tries again, and knows what to do about it
                return data
            self.moved = time.monotonic()
            return data[sent:]

    def _flush_outbufs_below_high_watermark(self) -> None:
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            self.server.arm(self)  # this thread is about to wait for the leader to flush
        super()._flush_outbufs_below_high_watermark()

    def _flush_some(self, do_close: bool = True) -> bool:  # noqa: FBT001, FBT002  (waitress's)
        flushed: bool = super()._flush_some(do_close)
        if flushed:
            self.moved = time.monotonic()
        return flushed

    def deadline(self, now: float) -> float | None:
        """Say until when the connection may go on as it is; None if it is closed."""
        if self._fileno is None:
            return None
        if self.lingers_until:
            return self.lingers_until
        if self.unsent:  # its handler may be waiting for the client, too
            self._note_taken(now)
            return self.moved + SILENCE_SECONDS
        if self.unanswered:
            return now + SILENCE_SECONDS
        if self.request is not None:
            if self.request.headers_finished:
                return self.moved + SILENCE_SECONDS
            return self.asked_since + HEADER_SECONDS
        keep_alive: int = self.server.settings.keep_alive
        if self.fresh_since is not None:
            return self.fresh_since + max(keep_alive, FIRST_REQUEST_SECONDS)
        return self.moved + keep_alive

    def _note_taken(self, now: float) -> None:
        """See whether the client takes what was written.

        The poller does not tell: it waits until much of the kernel's buffer is free, which takes
        minutes for a client that is slow but honest.
        """
        info = b""
        with contextlib.suppress(OSError):  # closed just now
            info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size)
        if len(info) == _ACKNOWLEDGED.size:
            (taken,) = _ACKNOWLEDGED.unpack(info)
            if taken - self._taken >= PACE_BYTES:
                self.moved, self._taken = now, taken

    @property
    def unanswered(self) -> bool:
        """Whether a request was read and has no whole answer yet."""
        return bool(self.requests)

    @property
    def receiving(self) -> bool:
        """Whether a request has begun to arrive, be it only in the kernel's buffer."""
        if self.request is not None:
            return True
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except OSError:  # nothing there yet, or the connection is gone
            return False

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the client to take them."""
        return bool(self.total_outbufs_len)

    def end(self) -> None:
        """Close the connection now; a handler that still writes to it is told so."""
        self.handle_close()
