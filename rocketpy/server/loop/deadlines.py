"""When which connection has been silent for too long."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Timed(Protocol):
    """A connection that has a deadline."""

    def deadline(self, now: float) -> float | None:
        """Say until when it may go on as it is; None if it is closed."""

    def end(self) -> None:
        """Close it."""


class Deadlines:
    """The deadlines of all connections, cheap for those that are busy.

    A connection's deadline moves with each request. To move it here each time would cost every
    request; so each connection stands here once, is looked at when its old deadline comes, and is
    put back if a new one has come to be. The deadline is kept exactly all the same if a
    connection is looked at once in the shortest time that a deadline can be ahead: `every`.

    Args:
        every: Seconds after which a connection is looked at, at the latest.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._heap: list[tuple[float, int, Timed]] = []
        self._order = itertools.count()  # connections themselves cannot be compared

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, connection: Timed, now: float) -> None:
        """Watch a new connection."""
        self._push(now + self._every, connection)

    def _push(self, when: float, connection: Timed) -> None:
        heapq.heappush(self._heap, (when, next(self._order), connection))

    def next(self) -> float:
        """Say when to look again (infinity: when there is a connection)."""
        return self._heap[0][0] if self._heap else float("inf")

    def passed(self, now: float) -> Iterator[Timed]:
        """Take out and give the connections whose deadline has come."""
        while self._heap and self._heap[0][0] <= now:
            _, _, connection = heapq.heappop(self._heap)
            deadline = connection.deadline(now)
            if deadline is None:
                continue
            if deadline <= now:
                yield connection
            else:
                self._push(min(deadline, now + self._every), connection)
