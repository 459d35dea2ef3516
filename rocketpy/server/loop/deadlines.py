"""How long a client may take: for a request, for an answer, and between two of them.

Owner: the leader.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import socket
import struct
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from rocketpy.server.loop.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

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

_ACKNOWLEDGED = struct.Struct("=120xQ")
"""tcpi_bytes_acked of the kernel's struct tcp_info, since Linux 4.1."""


class Timed(Protocol):
    """A connection that has a deadline."""

    def deadline(self, now: float) -> float | None:
        """Return until when it may go on as it is; None if it is closed."""


Connection = TypeVar("Connection", bound=Timed)


class Deadlines(Generic[Connection]):
    """The deadlines of all connections, cheap for those that are busy.

    A connection's deadline moves with each request. To move it here each time would cost every
    request; so each connection is here once, is looked at when its old deadline comes, and is put
    back if it has a new one. The deadline is kept exactly all the same, if a connection is looked
    at once in the shortest time that a deadline can be ahead: `every`.

    Args:
        every: Seconds after which a connection is looked at, at the latest.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._heap: list[tuple[float, int, Connection]] = []
        self._order = itertools.count()  # connections themselves cannot be compared

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, connection: Connection, now: float) -> None:
        """Watch a new connection."""
        self._push(now + self._every, connection)

    def _push(self, when: float, connection: Connection) -> None:
        heapq.heappush(self._heap, (when, next(self._order), connection))

    def next(self) -> float:
        """Return when to look again (infinity: when there is a connection)."""
        return self._heap[0][0] if self._heap else float("inf")

    def passed(self, now: float) -> Iterator[Connection]:
        """Take out and yield the connections whose deadline has come."""
        while self._heap and self._heap[0][0] <= now:
            _, _, connection = heapq.heappop(self._heap)
            deadline = connection.deadline(now)
            if deadline is None:
                continue
            if deadline <= now:
                yield connection
            else:
                self._push(min(deadline, now + self._every), connection)


class Client(Protocol):
    """A connection, as far as its deadline depends on it; see `Connection`."""

    state: State
    since: float
    moved: float
    taken: int
    is_fresh: bool
    sock: Any

    @property
    def is_unsent(self) -> bool:
        """Whether bytes wait for the client to take them."""


def deadline(connection: Client, keep_alive: float, now: float) -> float | None:
    """Return until when a connection may go on as it is; None if it is closed or lost.

    Args:
        connection: The connection.
        keep_alive: Seconds that it may be silent between two requests.
        now: The time, of `time.monotonic`.
    """
    state = connection.state
    if state is State.CLOSED or state is State.GONE:
        return None
    if state is State.LINGERING:
        return connection.since
    if connection.is_unsent:  # its handler may be waiting for the client, too
        _note_taken(connection, now)
        return connection.moved + SILENCE_SECONDS
    if state is State.HANDLING or state is State.HANDLED:
        return now + SILENCE_SECONDS
    if state is State.BODY:
        return connection.moved + SILENCE_SECONDS
    if state is State.HEAD:
        return connection.since + HEADER_SECONDS
    if connection.is_fresh:
        return connection.since + max(keep_alive, FIRST_REQUEST_SECONDS)
    return connection.moved + keep_alive


def _note_taken(connection: Client, now: float) -> None:
    """See whether the client takes what was written.

    The poller does not report that: it waits until much of the kernel's buffer is free, which takes
    minutes for a client that is slow but honest.
    """
    info = b""
    with contextlib.suppress(OSError):  # closed just now, or no TCP
        info = connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size)
    if len(info) == _ACKNOWLEDGED.size:
        (taken,) = _ACKNOWLEDGED.unpack(info)
        if taken - connection.taken >= PACE_BYTES:
            connection.moved, connection.taken = now, taken
