"""The loop that accepts, reads, runs handlers and writes; one thread is in it, the leader.

Who owns what:

- The leader owns the poller, the acceptor, the deadlines, the drain, and every connection whose
  state does not say otherwise (see `states`). The lead passes from thread to thread under the lock
  of `LeaderFollowers`, and all this with it. Other threads reach the leader by the mailbox.
- `last_answers`, `is_over` and `cut` are written by the leader alone, and read by any thread.
- `_current` is written by the thread that runs a handler, and is only a hint.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any

from rocketpy.common.exit_codes import ExitCode
from rocketpy.server.http import lanes
from rocketpy.server.http.waitress_settings import adjust
from rocketpy.server.loop.acceptor import NEVER, Acceptor, Listener
from rocketpy.server.loop.connection import Connection
from rocketpy.server.loop.deadlines import LINGER_SECONDS, Deadlines
from rocketpy.server.loop.drain import Drain, Leave
from rocketpy.server.loop.leader_followers import LeaderFollowers
from rocketpy.server.loop.mailbox import Mailbox
from rocketpy.server.loop.poller import GONE, IN, NEXT_REQUEST, OUT, Poller
from rocketpy.server.loop.slow_routes import SlowRoutes
from rocketpy.server.loop.states import Event, State

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from wsgiref.types import WSGIApplication

    from waitress.adjustments import Adjustments

    from rocketpy.server.loop.accept_balance import Share
    from rocketpy.server.protocols import Observer, ServerSettings

DRAIN_SECONDS = 0.05
"""How often the loop looks at the clock in the drain."""

logger: logging.Logger = logging.getLogger("rocketpy.server")


class Engine:
    """Serves one application on some listeners.

    Args:
        app: The application.
        settings: The configuration.
        listeners: The listening sockets; closed when the drain begins, or the leave.
        wake: Wakes the main thread, which then calls `look`.
        observer: What requests that are refused, and the loop's gauges, are reported to.
        adjustments: waitress's settings, if others than follow from the configuration.

    Attributes:
        last_answers: Whether each answer closes its connection.
        cut: How many requests or answers the drain cut off.
        is_over: Whether the drain has come to its end.
    """

    is_here = True
    is_ready = True

    def __init__(  # noqa: PLR0913  (two of them are optional keywords)
        self,
        app: WSGIApplication,
        settings: ServerSettings,
        listeners: Sequence[socket.socket],
        wake: Callable[[], None],
        *,
        observer: Observer | None = None,
        adjustments: Adjustments | None = None,
    ) -> None:
        self.app = app
        self.settings = settings
        self.observer = observer
        self.adj: Adjustments = adjustments or adjust(settings)
        self.last_answers: bool = settings.keep_alive == 0
        self.cut: int = 0
        self.is_over: bool = False
        self._is_forked = False
        self._wake = wake
        self._mailbox = Mailbox()
        self._poller = Poller()
        self._poller.epoll.register(self._mailbox.descriptor, IN)
        self._deadlines: Deadlines[Connection] = Deadlines(
            every=min(max(settings.keep_alive, 1), LINGER_SECONDS)
        )
        self._drain: Drain | Leave | None = None
        self._slow = SlowRoutes()
        self._current: Connection | None = None  # whose handler the leader runs
        self._threads: LeaderFollowers[Connection] = LeaderFollowers(
            self._lead, wake, settings.max_blocking, on_blocked=self._suspect
        )
        self._acceptor = Acceptor(
            listeners,
            settings,
            self._poller.epoll,
            self.adj.connection_limit,
            self._poller.connections.__len__,
            self._enter,
        )

    @property
    def share(self) -> Share | None:
        """This process's part in the connections, if others have the same listeners."""
        return self._acceptor.share

    @share.setter
    def share(self, share: Share) -> None:
        self._acceptor.join(share)

    # The main thread's part.

    def begin(self) -> None:
        """Serve, in threads of the engine's own."""
        threads = self._threads
        if self.observer is not None:
            self.observer.watch_loop(lambda: (len(threads.waiting), threads.size))
            self._acceptor.print_errors_to(self.observer.errors)
        threads.begin()

    def look(self) -> float | None:
        """See to the threads, as `LeaderFollowers.look` does."""
        if self._threads.failed:
            self.is_over = True
            self.cut += 1
        return self._threads.look()

    def drain(self) -> None:
        """Stop accepting and let what is under way come to its end; any thread may call this."""
        self._mailbox.post(self._begin_drain)

    def leave(self) -> None:
        """Leave new connections to other processes at this listener, and serve those it has."""
        self._mailbox.post(self._begin_leave)

    def kill(self) -> None:
        """Do nothing: what runs in this process ends with it."""

    def close(self) -> None:
        """Give back what the engine holds of the system, after the drain."""
        self._poller.epoll.close()
        self._mailbox.close()

    def close_after_fork(self) -> None:
        """Close every descriptor, in a process that a handler forked; see `Serving`."""
        self._is_forked = True
        self.close()
        self._acceptor.close_after_fork()
        for connection in self._poller.connections.values():
            connection.close_after_fork()

    # What other threads do with a connection.

    def arm(self, connection: Connection) -> None:
        """Have the poller watch for what the connection can do now; any thread may call this."""
        self._poller.arm(connection)

    def _give_back(self, connection: Connection) -> None:
        """Give a connection whose request is answered back to the leader."""
        if not self._poller.give_back(connection):
            self._mailbox.post(lambda: self._go_on(connection))

    # The leader's part.

    def _lead(self, term: int) -> None:
        poller, threads = self._poller, self._threads
        ready, connections = poller.ready, poller.connections
        leads: int | None = term
        while leads is not None and not self.is_over:
            if threads.waiting:
                waiting = threads.next_waiting()
                if waiting is not None:
                    leads = self._run(waiting, leads, blocks=False)
                    continue
            if not ready:
                self._poll()
                continue
            descriptor, events = ready.popleft()
            connection = connections.get(descriptor)
            if connection is None:
                self._handle_own(descriptor)
            elif connection.turn != poller.turn or events == NEXT_REQUEST:  # its own, see `Poller`
                try:
                    is_whole = self._handle(connection, events)
                except Exception:  # one connection's trouble is not the others'
                    address = connection.peer.address
                    logger.exception("the server failed at a connection from %s", address)
                    poller.end(connection)
                    continue
                if is_whole:
                    leads = self._serve(connection, leads)

    def _poll(self) -> None:
        """Wait for events; then do what is due by the clock."""
        self._poller.wait(self._patience())
        now = time.monotonic()
        if self._deadlines.next() <= now:
            for connection in self._deadlines.passed(now):
                self._poller.end(connection)
        self._acceptor.run_timers(now)
        if self._drain is not None:
            self._go_on_draining(self._drain, now)

    def _patience(self) -> float:
        """Return how long the poller may wait; negative for without end."""
        if self._drain is not None:
            return DRAIN_SECONDS
        until = min(self._deadlines.next(), self._acceptor.next_timer())
        return -1 if until == NEVER else max(0, until - time.monotonic())

    def _handle_own(self, descriptor: int) -> None:
        """Handle an event of the engine's own descriptors."""
        if descriptor == self._mailbox.descriptor:
            for call in self._mailbox.take():
                call()
        else:
            self._acceptor.accept(descriptor)

    def _handle(self, connection: Connection, events: int) -> bool:
        """Handle an event of a connection; return whether a request is whole now."""
        state = connection.state
        if state is State.HANDLING or state is State.HANDLED:
            if events != NEXT_REQUEST:
                self._handle_busy(connection, events)
            return False
        if events == NEXT_REQUEST:
            if state is State.IDLE and connection.pending:
                connection.take(time.monotonic())
        elif state is State.SENDING:
            if not connection.flush(time.monotonic()) or events & GONE:
                self._poller.close(connection)
            elif not connection.is_unsent:
                self._go_on(connection)
            return False
        elif events & IN or (events & OUT and connection.wants_write):
            if not connection.receive(time.monotonic()):
                self._poller.close(connection)
                return False
            if connection.armed != IN or (connection.secure and connection.wants_write):
                self.arm(connection)
        elif events & GONE:
            self._poller.close(connection)
        return connection.state is State.HANDLING

    def _handle_busy(self, connection: Connection, events: int) -> None:
        """Handle an event of a connection that another thread may own."""
        gone = bool(events & GONE)
        if events & OUT and not gone:
            gone = not connection.flush(time.monotonic())
        with self._poller.lock:
            if connection.state is State.HANDLING and gone:
                self._poller.lose_locked(connection)
            else:
                self._poller.arm_locked(connection)

    def _serve(self, connection: Connection, term: int) -> int | None:
        """Answer a connection's request; return the term if this thread still leads."""
        if connection.is_refused:
            connection.answer()
            connection.happens(Event.ANSWERED)
            self._go_on(connection)
            return term
        blocks = bool(self._slow) and self._slow.has(*connection.route())
        if not self._threads.begin_handler(connection, blocks=blocks):
            most = self.settings.max_blocking
            self._acceptor.warn(f"all {most} handlers of max_blocking are taken; requests wait")
            return term
        return self._run(connection, term, blocks=blocks)

    def _run(self, connection: Connection, term: int, *, blocks: bool) -> int | None:
        """Run a handler that has begun; return the term if this thread leads afterwards."""
        self._current = connection
        request = connection.request
        began = time.monotonic()
        connection.answer()
        if self._is_forked:
            os._exit(ExitCode.OK)
        leads = self._threads.end_handler(term)
        if blocks or leads != term:
            self._slow.learn(*lanes.route_of(request), connection.moved - began)
        if leads == term:
            connection.happens(Event.ANSWERED)
            self._go_on(connection)
            return leads
        self._give_back(connection)
        if leads is not None:
            return leads
        while (waiting := self._threads.come_back()) is not None:
            waiting.answer()
            if self._is_forked:
                os._exit(ExitCode.OK)
            self._give_back(waiting)
        if self._drain is not None:
            self._mailbox.wake()
        return None

    def _suspect(self) -> None:
        connection = self._current
        if connection is not None:
            self._slow.suspect(*connection.route())

    def _go_on(self, connection: Connection) -> None:
        """Go on with a connection that has answered a request, or sent the rest of an answer."""
        if connection.armed is None:  # lost while a thread answered
            connection.close()
        elif not connection.go_on():
            self._poller.close(connection)
        else:
            if connection.armed != IN or connection.state is not State.IDLE:
                self.arm(connection)
            if connection.pending:
                self._poller.ready.append((connection.descriptor, NEXT_REQUEST))

    def _enter(self, sock: Any, address: Any, listener: Listener) -> None:
        """Take a new connection.

        Raises:
            OSError: The poller cannot watch it; then nothing is left of it here.
        """
        now = time.monotonic()
        connection = Connection(sock, address, listener, self, now)
        self._poller.enter(connection)
        self._deadlines.add(connection, now)

    # The drain.

    def _begin_drain(self) -> None:
        self.last_answers = True
        if self._drain is None:
            self._acceptor.turn_away()
        self._drain = Drain(self.settings.shutdown, time.monotonic())

    def _begin_leave(self) -> None:
        self.last_answers = True
        self._drain = Leave()

    def _go_on_draining(self, drain: Drain | Leave, now: float) -> None:
        if now >= drain.closes_at:
            self._acceptor.close()
        for connection in drain.sweep(list(self._poller.connections.values()), now):
            self._poller.end(connection)
        self.cut = drain.cut
        if self._poller.connections or not self._acceptor.is_closed or self._poller.ready:
            return
        busy = self._threads.blocked or self._threads.waiting or self._mailbox
        if busy and not (drain.is_over(now) and self.settings.shutdown.force):
            return
        self.is_over = True
        self._threads.dismiss()
        self._wake()
