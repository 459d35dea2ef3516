"""The loop that accepts, reads, runs handlers and writes; one thread of the crew is in it."""

from __future__ import annotations

import collections
import errno
import logging
import os
import select
import threading
import time
from typing import TYPE_CHECKING

from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]

from rocketpy.common.exit_codes import ExitCode
from rocketpy.server.http.waitress_settings import adjust
from rocketpy.server.listener import HANDSHAKE_SECONDS, turn_away
from rocketpy.server.loop.connection import LINGER_SECONDS, Channel
from rocketpy.server.loop.deadlines import Deadlines
from rocketpy.server.loop.drain import Drain, Leave
from rocketpy.server.loop.leader_followers import Crew
from rocketpy.server.loop.slow_routes import Foresight

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from waitress.adjustments import Adjustments  # type: ignore[import-untyped]

    from rocketpy.server.loop.accept_balance import Share
    from rocketpy.server.protocols import Observer, ServerSettings

DRAIN_SECONDS = 0.05
"""How often the loop looks at the clock in the drain."""

ACCEPTS_PER_TURN = 16
"""Connections accepted before those that are there get their turn."""

REST_SECONDS = 0.2
"""How long nothing is accepted when the system has no descriptor or memory for a connection."""

STEP_BACK_SECONDS = 0.001
"""How long a process that is ahead leaves a connection to others; then it takes it."""

COMPLAINT_SECONDS = 60.0
"""How often, at most, the log warns."""

CLOSED = -1
"""What a connection that is closed is armed with."""

_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_GONE = select.EPOLLHUP | select.EPOLLERR

logger = logging.getLogger("rocketpy.server")


class Engine(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """Serves one application on one listener.

    Args:
        app: The application.
        settings: The configuration.
        listener: The listening socket; closed when the drain begins, or the leave.
        wake: Wakes the main thread, which then calls `look`.
        observer: What refusals and the loop's gauges are reported to.
        adjustments: waitress's settings, instead of the configuration's.

    Attributes:
        last_answers: Whether each answer closes its connection.
        cut: How many requests or answers the drain cut off.
        is_over: Whether the drain has come to its end.
        share: This process's part in the connections, if others have the same listener.
    """

    channel_class: type[Channel] = Channel
    is_here = True
    is_ready = True

    def __init__(  # noqa: PLR0913  (two of them are optional keywords)
        self,
        app: WSGIApplication,
        settings: ServerSettings,
        listener: socket.socket,
        wake: Callable[[], None],
        *,
        observer: Observer | None = None,
        adjustments: Adjustments | None = None,
    ) -> None:
        self.settings = settings
        self.observer = observer
        self.last_answers = settings.keep_alive == 0
        self.cut = 0
        self.is_over = False
        self._wake = wake
        self._forked = False
        self._foresight = Foresight()
        self._served: object = None  # the request that the leader is at
        self._crew = Crew(self._lead, wake, lambda: self._foresight.fear(self._served))
        self._epoll = select.epoll()
        self._arming = threading.Lock()
        self._ready: collections.deque[tuple[int, int]] = collections.deque()
        self._tasks: collections.deque[Channel] = collections.deque()
        self._deadlines = Deadlines(every=min(max(settings.keep_alive, 1), LINGER_SECONDS))
        self._drain: Drain | Leave | None = None
        self._closes_at = float("inf")
        self._rest_until = 0.0
        self.share: Share | None = None
        self._stepped_back = False
        self._complained: dict[str, float] = {}
        super().__init__(
            app,
            _sock=listener,
            dispatcher=self,  # tasks are the engine's own business
            adj=adjustments or adjust(settings, listener),
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        )
        self._epoll.register(self.trigger._fileno, select.EPOLLIN)
        # Of several processes at one listener, the kernel wakes one for each connection.
        self._epoll.register(listener.fileno(), select.EPOLLIN | select.EPOLLEXCLUSIVE)

    def begin(self) -> None:
        """Serve."""
        if self.observer is not None:
            self.observer.watch_loop(lambda: (len(self._tasks), self._crew.size))
        self._crew.begin()

    def look(self) -> float | None:
        """Do the main thread's part, see `Crew.look`."""
        if self._crew.failed:
            self.is_over = True
            self.cut += 1
        return self._crew.look()

    def drain(self) -> None:
        """Stop accepting, and end what is under way; any thread may call this."""
        self.trigger.pull_trigger(self._begin_drain)

    def leave(self) -> None:
        """Leave new connections to others, and serve those it has."""
        self.trigger.pull_trigger(self._begin_leave)

    def kill(self) -> None:
        """See `Serving`."""

    def close(self) -> None:
        """See `Serving`."""
        self.trigger.close()
        self._epoll.close()

    def close_after_fork(self) -> None:
        """See `Serving`."""
        self._forked = True
        self._epoll.close()
        self.trigger.close()
        self.socket.close()
        for channel in list(self.active_channels.values()):
            channel.socket.close()

    # What channels call.

    def add_task(self, channel: Channel) -> None:
        """Have a request answered that is whole."""
        self._tasks.append(channel)

    def pull_trigger(self) -> None:
        """Do nothing: channels call `arm`."""

    def watch(self, channel: Channel) -> None:
        """Poll a new connection."""
        self._epoll.register(channel._fileno, channel.armed)
        self._deadlines.add(channel, channel.moved)

    def unwatch(self, channel: Channel) -> bool:
        """Poll a connection no more; tell whether it was polled.

        The leader and the thread that writes an answer can come to close it at the same time.
        """
        with self._arming:
            if channel.armed == CLOSED:
                return False
            self._epoll.unregister(channel._fileno)
            channel.armed = CLOSED
            return True

    def arm(self, channel: Channel) -> None:
        """Have the poller watch for what the connection can do now."""
        with self._arming:
            descriptor = channel._fileno
            if descriptor is None or channel.armed == CLOSED:
                return
            events = select.EPOLLIN if channel.readable() else 0
            if channel.writable():
                events |= select.EPOLLOUT
            if events != channel.armed:
                self._epoll.modify(descriptor, events)
                channel.armed = events

    # What the leader does.

    def _lead(self) -> None:
        ready, tasks, crew = self._ready, self._tasks, self._crew
        most = self.settings.max_blocking
        while not self.is_over:
            if ready:
                self._handle(*ready.popleft())
            else:
                may_serve = tasks and crew.away < most
                ready.extend(self._epoll.poll(0 if may_serve else self._patience()))
                self._keep_house()
            if tasks:
                if crew.away >= most:
                    self._complain(f"all {most} handlers of max_blocking are taken; requests wait")
                elif not self._perform_next():
                    return

    def _perform_next(self) -> bool:
        """Answer one request; tell whether this thread still leads."""
        try:
            channel = self._tasks.popleft()
        except IndexError:  # a thread that came back took it
            return True
        began = time.monotonic()
        self._served = request = channel.requests[0]
        expected = self._foresight.expects(request)
        leads = self._crew.perform(lambda: _serve(channel), aside=expected)
        if self._forked:
            os._exit(ExitCode.OK)
        if expected or not leads:
            self._foresight.learn(request, channel.moved - began)
        if leads:
            self._handle(channel._fileno, select.EPOLLOUT if channel.writable() else 0)
            return True
        self.arm(channel)
        self._come_back()
        return False

    def _come_back(self) -> None:
        """Answer what waits while all handlers are taken, then make room for others."""
        while self._crew.away >= self.settings.max_blocking:
            try:
                channel = self._tasks.popleft()
            except IndexError:
                break
            _serve(channel)
            self.arm(channel)
        self._crew.came_back()
        if (self._tasks or self._drain is not None) and not self.is_over:
            self.trigger.pull_trigger()  # the leader may not know that there is room now

    def _handle(self, descriptor: int, events: int) -> None:
        """Do what the poller reported."""
        thing = self._map.get(descriptor)
        if thing is None:  # closed since
            return
        if not isinstance(thing, Channel):
            thing.handle_read_event()
            return
        try:
            if events & select.EPOLLOUT:
                thing.handle_write()
                if thing.armed == CLOSED:
                    return
            if events & select.EPOLLIN and thing.readable():
                thing.handle_read()
                if thing.requests:  # it is armed when it is answered
                    return
            elif events & _GONE:
                thing.handle_close()
        except Exception:  # noqa: BLE001  (one connection's trouble is not the others')
            thing.handle_error()
        self.arm(thing)

    def handle_accept(self) -> None:
        """Accept connections that wait."""
        if self.share is not None:
            self._accept_in_turn(self.share)
            return
        for _ in range(ACCEPTS_PER_TURN):
            if not self.accept_one():
                return

    def _accept_in_turn(self, share: Share) -> None:
        """Accept one connection, and have the kernel offer the next to another process."""
        share.note(len(self.active_channels))
        if share.is_ahead() and not self._stepped_back:
            self._stepped_back = True
            self._epoll.unregister(self._fileno)
            self._rest_until = time.monotonic() + STEP_BACK_SECONDS
            return
        self._stepped_back = False
        if self.accept_one():
            # The kernel asks the one first that has watched the listener for longest.
            self._epoll.unregister(self._fileno)
            self._epoll.register(self._fileno, select.EPOLLIN | select.EPOLLEXCLUSIVE)

    def accept_one(self) -> bool:
        """Accept one connection; tell whether there may be more."""
        if len(self.active_channels) >= self.adj.connection_limit:
            self._rest("the limit of open files allows no more connections")
            return False
        try:
            connection, address = self.socket.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in _SHORT_OF:
                self._rest(f"no connection can be accepted ({error.strerror})")
                return False
            return True  # the client gave up before we came to it
        try:
            self.set_socket_options(connection)
            self.channel_class(self, connection, address, map=self._map)
        except OSError:  # gone already, or the system watches no more
            connection.close()
        return True

    def _rest(self, why: str) -> None:
        """Accept nothing for a moment, rather than fail in a circle."""
        if not self._rest_until:
            self._complain(f"{why}; they wait")
            self._epoll.unregister(self._fileno)
        self._rest_until = time.monotonic() + REST_SECONDS

    def _complain(self, why: str) -> None:
        now = time.monotonic()
        if now - self._complained.get(why, float("-inf")) >= COMPLAINT_SECONDS:
            self._complained[why] = now
            logger.warning(why)

    def _patience(self) -> float:
        """Say how long the poller may wait."""
        if self._drain is not None:
            return DRAIN_SECONDS
        until = min(self._deadlines.next(), self._rest_until or float("inf"))
        return -1 if until == float("inf") else max(0, until - time.monotonic())

    def _keep_house(self) -> None:
        """Do what is due by the clock."""
        if self.share is not None:
            self.share.note(len(self.active_channels))
        now = time.monotonic()
        for channel in self._deadlines.passed(now):
            channel.end()
        if self._rest_until and now >= self._rest_until and self._drain is None:
            self._rest_until = 0.0
            self._epoll.register(self._fileno, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        if self._drain is not None:
            self._go_on_draining(self._drain, now)

    def _begin_drain(self) -> None:
        now = time.monotonic()
        self.last_answers = True
        if self._drain is None:
            turn_away(self.socket)
            self._closes_at = now + HANDSHAKE_SECONDS
        self._drain = Drain(self.settings.shutdown, now)

    def _begin_leave(self) -> None:
        self.last_answers = True
        self._closes_at = 0.0
        self._drain = Leave()

    def _close_listener(self) -> None:
        self._closes_at = float("inf")
        if not self._rest_until:
            self._epoll.unregister(self._fileno)
            self._rest_until = float("inf")
        # What the kernel woke this process for, nobody else may come to: so it is served too.
        # In a drain, its client was told of no refusal.
        while self.accept_one():
            pass
        self.del_channel()
        self.socket.close()

    def _go_on_draining(self, drain: Drain | Leave, now: float) -> None:
        if now >= self._closes_at:
            self._close_listener()
        drain.sweep(self.active_channels.values(), now)
        self.cut = drain.cut
        busy = self._crew.away or self._tasks
        accepting = self._closes_at != float("inf")
        if self.active_channels or accepting or (busy and not drain.is_over(now)):
            return
        if busy and not self.settings.shutdown.force:
            return
        self.is_over = True
        self._crew.dismiss()
        self._wake()


def _serve(channel: Channel) -> None:
    """Answer the connection's next request, whatever the application does."""
    try:
        channel.service()
    except BaseException:  # even SystemExit: a handler cannot end the service
        logger.exception("exception while serving %s", channel.addr)
        channel.requests = []
        channel.will_close = True
    channel.moved = channel.asked_since = time.monotonic()
