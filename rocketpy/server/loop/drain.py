"""The drain: what may still go on after the signal, and until when.

Follows Rocket's guide, "Graceful Shutdown": for `grace` seconds the application goes on answering
what it was asked; after that, connections get `mercy` seconds to take what was written to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from rocketpy.server.listener import HANDSHAKE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rocketpy.server.protocols import ShutdownSettings

EXPECTED_REQUEST_SECONDS = 1.0
"""How long a new connection is expected to send its first request.

A client that connected just before the signal has its request on the way, and closing now would
lose it. One round trip, with room for a slow network."""


class Draining(Protocol):
    """A connection as the drain sees it."""

    @property
    def is_unanswered(self) -> bool:
        """Whether a request of it was read and has no whole answer yet."""

    @property
    def is_receiving(self) -> bool:
        """Whether a request of it has begun to arrive."""

    @property
    def is_unsent(self) -> bool:
        """Whether bytes wait for the client to take them."""

    @property
    def fresh_since(self) -> float | None:
        """When it was accepted if it has sent no request yet, on the clock of `Drain`."""


Connection = TypeVar("Connection", bound=Draining)


class Drain:
    """The course of one shutdown.

    Attributes:
        cut: How many requests or answers were cut off, so far.
        closes_at: When the listeners are closed: a connection may be on its way.
    """

    def __init__(self, shutdown: ShutdownSettings, now: float) -> None:
        self.cut: int = 0
        self.closes_at: float = now + HANDSHAKE_SECONDS
        self._grace_ends = now + shutdown.grace
        self._mercy_ends = self._grace_ends + shutdown.mercy

    def is_over(self, now: float) -> bool:
        """Return whether the time of grace and mercy is up (`now` in seconds, any steady clock)."""
        return now >= self._mercy_ends

    def sweep(self, connections: Iterable[Connection], now: float) -> list[Connection]:
        """Return the connections to end now: they have nothing, or no time, left to do."""
        ended = [each for each in connections if not self._may_stay(each, now)]
        self.cut += sum(each.is_unanswered or each.is_unsent for each in ended)
        return ended

    def _may_stay(self, connection: Draining, now: float) -> bool:
        if now < self._grace_ends:
            since = connection.fresh_since
            return (
                connection.is_unanswered
                or connection.is_receiving
                or connection.is_unsent
                or (since is not None and now - since < EXPECTED_REQUEST_SECONDS)
            )
        return now < self._mercy_ends and connection.is_unsent and not connection.is_unanswered


class Leave:
    """The course of a replacement: other processes serve on, so no time is set.

    Each connection stays until it is answered and told that it is closed, or until it has been
    silent for as long as it may be. To close an idle one would lose the request that may be on
    its way at that moment.
    """

    cut = 0
    closes_at: float = 0.0

    def is_over(self, _now: float) -> bool:
        """Return False: no time is set."""
        return False

    def sweep(self, _connections: Iterable[Connection], _now: float) -> list[Connection]:
        """Return nothing to end."""
        return []
