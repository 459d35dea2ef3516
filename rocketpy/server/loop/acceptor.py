"""The listening sockets: when connections are accepted, and how many.

Owner: the leader. Nothing here is touched by another thread once the engine has begun.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from rocketpy.server.http import environ
from rocketpy.server.listener import BACKLOG, turn_away

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from wsgiref.types import ErrorStream

    from rocketpy.server.loop.accept_balance import Share
    from rocketpy.server.protocols import ServerSettings

ACCEPTS_PER_TURN = 16
"""Connections accepted before those that are there get their turn."""

BACK_OFF_SECONDS = 0.2
"""How long nothing is accepted when the system has no descriptor or memory for a connection."""

YIELD_SECONDS = 0.001
"""How long a process that is ahead leaves a connection to others; then it takes it all the same."""

WARNING_SECONDS = 60.0
"""How often, at most, the log says that connections wait."""

_EVENTS = select.EPOLLIN | select.EPOLLEXCLUSIVE
"""Of several processes at one listener, the kernel wakes one for each connection."""

_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

NEVER = float("inf")

logger: logging.Logger = logging.getLogger("rocketpy.server")


class Listener:
    """A listening socket, and what the requests that come through it have in common.

    Attributes:
        environ: The part of the WSGI environment that is the same for all of them.
        scheme: `http` or `https`.
    """

    def __init__(self, listening: socket.socket, settings: ServerSettings) -> None:
        self.socket = listening
        self.descriptor: int = listening.fileno()
        self.scheme = "https" if hasattr(listening, "context") else "http"
        self.environ: dict[str, Any] = environ.of_listener(
            listening.getsockname(),
            scheme=self.scheme,
            ident=settings.ident,
        )
        self.is_tcp: bool = listening.family in (socket.AF_INET, socket.AF_INET6)


class Acceptor:
    """Accepts connections at all listeners.

    Args:
        listeners: The listening sockets; the acceptor closes them.
        settings: The configuration.
        epoll: What watches them.
        limit: How many connections there may be.
        count: Returns how many there are.
        enter: Called with each connection, its address and its listener.

    Attributes:
        share: This process's part in the connections, if others have the same listeners.
    """

    def __init__(  # noqa: PLR0913, PLR0917  (all of it is the engine's)
        self,
        listeners: Sequence[socket.socket],
        settings: ServerSettings,
        epoll: select.epoll,
        limit: int,
        count: Callable[[], int],
        enter: Callable[[Any, Any, Listener], None],
    ) -> None:
        self.share: Share | None = None
        self._epoll = epoll
        self._limit = limit
        self._count = count
        self._enter = enter
        self._listeners = {
            one.descriptor: one for one in (Listener(each, settings) for each in listeners)
        }
        self._backs_off_until = 0.0
        self._has_yielded = False
        self._warned: dict[str, float] = {}
        self._watch()

    def join(self, share: Share) -> None:
        """Share the listeners with other processes."""
        self.share = share
        for listener in self._listeners.values():
            listener.environ["wsgi.multiprocess"] = share.has_others

    def print_errors_to(self, errors: ErrorStream) -> None:
        """Give applications this as `wsgi.errors`."""
        for listener in self._listeners.values():
            listener.environ["wsgi.errors"] = errors

    def close_after_fork(self) -> None:
        """Close the listeners, in a process that a handler forked."""
        for listener in self._listeners.values():
            listener.socket.close()

    @property
    def is_closed(self) -> bool:
        """Whether nothing is accepted any more."""
        return not self._listeners

    def has(self, descriptor: int) -> bool:
        """Return whether a descriptor is one of the listeners'."""
        return descriptor in self._listeners

    def accept(self, descriptor: int) -> None:
        """Accept connections that wait at a listener."""
        listener = self._listeners.get(descriptor)
        if listener is None or self._backs_off_until:
            return
        if self.share is not None:
            self._accept_in_turn(listener, self.share)
            return
        for _ in range(ACCEPTS_PER_TURN):
            if not self._accept_one(listener):
                return

    def run_timers(self, now: float) -> None:
        """Note how many connections there are; accept again after a rest."""
        if self.share is not None:
            self.share.note(self._count())
        if self._backs_off_until and now >= self._backs_off_until:
            self._backs_off_until = 0.0
            self._watch()

    def next_timer(self) -> float:
        """Return when a rest ends; infinity if there is none."""
        return self._backs_off_until or NEVER

    def turn_away(self) -> None:
        """Have the kernel begin no more connections, and keep those it has."""
        for listener in self._listeners.values():
            if listener.is_tcp:
                turn_away(listener.socket)

    def close(self) -> None:
        """Accept what the kernel has accepted already, and close the listeners.

        What the kernel woke this process for, no other process may come to; and in a drain, its
        client got no refusal.
        """
        if self._listeners and not self._backs_off_until:
            self._unwatch()
        listeners, self._listeners = self._listeners, {}
        self._backs_off_until = 0.0
        for listener in listeners.values():
            for _ in range(BACKLOG):  # more come where the listener outlives this service
                if not self._accept_one(listener, last=True):
                    break
            listener.socket.close()

    def warn(self, why: str) -> None:
        """Log that something waits, but not often."""
        now = time.monotonic()
        if now - self._warned.get(why, float("-inf")) >= WARNING_SECONDS:
            self._warned[why] = now
            logger.warning(why)

    def _watch(self) -> None:
        """Watch all listeners; where the system watches no more, try again later."""
        try:
            for descriptor in self._listeners:
                self._epoll.register(descriptor, _EVENTS)
        except OSError as error:
            self._rest_unwatched(error)

    def _rest_unwatched(self, error: OSError) -> None:
        self.warn(f"no listener can be watched ({error.strerror}); connections wait")
        self._back_off(BACK_OFF_SECONDS)

    def _unwatch(self) -> None:
        for descriptor in self._listeners:
            with contextlib.suppress(FileNotFoundError):  # `_watch` failed before it
                self._epoll.unregister(descriptor)

    def _accept_in_turn(self, listener: Listener, share: Share) -> None:
        """Accept one connection, and have the kernel offer the next to another process."""
        share.note(self._count())
        if share.is_ahead() and not self._has_yielded:
            self._has_yielded = True
            self._back_off(YIELD_SECONDS)
            return
        self._has_yielded = False
        if self._accept_one(listener):
            # The kernel wakes first the one that has watched the listener for longest.
            self._epoll.unregister(listener.descriptor)
            try:
                self._epoll.register(listener.descriptor, _EVENTS)
            except OSError as error:
                self._rest_unwatched(error)

    def _accept_one(self, listener: Listener, *, last: bool = False) -> bool:
        """Accept one connection; return whether there may be more."""
        if self._count() >= self._limit and not last:
            self.warn("the limit of open files allows no more connections; they wait")
            self._back_off(BACK_OFF_SECONDS)
            return False
        try:
            connection, address = listener.socket.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _SHORT_OF:
                return True  # the client gave up before we came to it
            if not last:
                self.warn(f"no connection can be accepted ({error.strerror}); they wait")
                self._back_off(BACK_OFF_SECONDS)
            return False
        try:
            connection.settimeout(0)
            if listener.is_tcp:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._enter(connection, address, listener)
        except OSError as error:  # gone already, or the system watches no more
            connection.close()
            if error.errno in _SHORT_OF or error.errno == errno.ENOSPC:
                self.warn(f"no connection can be watched ({error.strerror}); it is closed")
        return True

    def _back_off(self, seconds: float) -> None:
        """Accept nothing for a moment, rather than fail again and again."""
        if not self._backs_off_until:
            self._unwatch()
        self._backs_off_until = time.monotonic() + seconds
