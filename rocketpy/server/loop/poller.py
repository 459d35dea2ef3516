"""The connections that are open, and what the kernel reports of them.

Owner: the leader, but for `arm` and `give_back`, which any thread may call. `lock` guards the
`state` and the `armed` of a connection in HANDLING.

An event belongs to the connection that had the descriptor when the kernel reported it. A connection
that was entered since, under a number that another one had, carries the turn in which it was
entered, and the events of that turn are none of its own.
"""

from __future__ import annotations

import collections
import select
import threading
from typing import TYPE_CHECKING

from rocketpy.server.loop.states import Event, State

if TYPE_CHECKING:
    from rocketpy.server.loop.connection import Connection

NEXT_REQUEST = 0
"""Stands for the kernel's events where a request may be in what has been read already."""

IN = select.EPOLLIN
OUT = select.EPOLLOUT
GONE = select.EPOLLHUP | select.EPOLLERR


class Poller:
    """Watches connections.

    Attributes:
        epoll: What the listeners and the mailbox are registered with, too.
        connections: The open connections by their descriptors.
        ready: Events that are still to be handled: descriptor, and what it is ready for.
        turn: How often the kernel was polled.
        lock: See above.
    """

    def __init__(self) -> None:
        self.epoll: select.epoll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.ready: collections.deque[tuple[int, int]] = collections.deque()
        self.turn: int = 0
        self.lock: threading.Lock = threading.Lock()

    def wait(self, seconds: float) -> None:
        """Poll the kernel for events, when all before are handled; negative: wait without end."""
        self.ready.extend(self.epoll.poll(seconds))
        self.turn += 1

    def enter(self, connection: Connection) -> None:
        """Watch a new connection.

        Raises:
            OSError: The kernel watches no more; then nothing of the connection is left here.
        """
        self.epoll.register(connection.descriptor, IN)
        connection.armed = IN
        connection.turn = self.turn
        self.connections[connection.descriptor] = connection

    def arm(self, connection: Connection) -> None:
        """Watch for what the connection can do now."""
        with self.lock:
            self.arm_locked(connection)

    def arm_locked(self, connection: Connection) -> None:
        """Watch for what the connection can do now; the caller holds the lock."""
        state = connection.state
        if connection.armed is None or state is State.GONE or state is State.CLOSED:
            return
        if state is State.SENDING or state is State.HANDLING or state is State.HANDLED:
            events = OUT if connection.is_unsent else 0
        else:
            events = IN | OUT if connection.wants_write else IN
        if events != connection.armed:
            self.epoll.modify(connection.descriptor, events)
            connection.armed = events

    def give_back(self, connection: Connection) -> bool:
        """Take a connection from a thread that has answered its request.

        Returns:
            Whether it waits for its next request now; else the leader has to see to it.
        """
        with self.lock:
            connection.happens(Event.ANSWERED)
            if connection.may_be_kept and connection.armed == IN:
                connection.happens(Event.KEEP)
                return True
            return False

    def close(self, connection: Connection) -> None:
        """Close a connection that the leader owns."""
        self._leave_out(connection)
        connection.close()

    def lose_locked(self, connection: Connection) -> None:
        """Give up a connection in HANDLING; the caller holds the lock, the owner gives it back."""
        self._leave_out(connection)
        connection.lose()

    def end(self, connection: Connection) -> None:
        """Have a connection end now, whatever it is doing."""
        with self.lock:
            if connection.state is State.HANDLING:
                self.lose_locked(connection)
                return
        if connection.state not in (State.GONE, State.HANDLED, State.CLOSED):
            self.close(connection)

    def _leave_out(self, connection: Connection) -> None:
        """Watch a connection no more, and count it no more."""
        if connection.armed is not None:
            connection.armed = None
            self.epoll.unregister(connection.descriptor)
            self.connections.pop(connection.descriptor, None)
