"""Serving: from a listener and an application to an exit code."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

from rocketpy.common.exit_codes import ExitCode, killed_by
from rocketpy.server.observe.service_status import ServiceStatus
from rocketpy.server.process import signal_queue as inbox
from rocketpy.server.process.control import Children

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Collection
    from wsgiref.types import WSGIApplication

    from rocketpy.server.loop.accept_balance import Share
    from rocketpy.server.loop.engine import Engine
    from rocketpy.server.process.control import Superior
    from rocketpy.server.process.reload import Generation
    from rocketpy.server.protocols import ServerSettings, Serving


def serve(  # noqa: PLR0913  (keywords, in no order)
    app: WSGIApplication,
    config: ServerSettings,
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    on_shutdown: Callable[[str], None],
    on_reload: Callable[[str], None] | None = None,
    superior: Superior | None = None,
    status: ServiceStatus | None = None,
) -> int:
    """Answer requests until a signal ends it: in this process, or in `config.workers` others.

    The signals of `config.shutdown` begin the drain (Rocket's guide, "Graceful Shutdown"):
    nothing more is accepted, requests in flight are answered within `grace` seconds, connections
    take their answers within `mercy` more. A second signal ends everything at once.

    Args:
        app: The WSGI application; it is called by several threads.
        config: The keys that `ServerSettings` lists.
        listener: A listening socket, see `bind`, or a `SecureListener` over it. It is closed when
            the drain begins.
        on_ready: Called once, when requests are about to be answered.
        on_shutdown: Called once, with the name of the signal that begins the drain: `SIGTERM`.
        on_reload: Called with a sentence at each step of a reload. SIGHUP asks for one, unless it
            is among the signals of `config.shutdown`; see `process.reload`. Without this,
            SIGHUP is left alone.
        superior: Who started this process to serve and gives it orders, if anybody; the signals
            that end or reload a service are then his business.
        status: What the course of the service is reported to; a new one if None.

    Returns:
        The exit code: 0 when nothing was cut off, 1 otherwise.

    Raises:
        ValueError: If this is not the main thread, the only one that Python hands signals to.
    """
    status = status or ServiceStatus()
    ending = _ending(config)
    heard = _for_the_superior(config) if superior else set(ending)
    if on_reload is not None:
        heard.add(signal.SIGHUP)
    # Where Ctrl-C ends nothing, it kills, rather than raising KeyboardInterrupt somewhere.
    with inbox.Inbox(heard, to_default={signal.SIGINT} - heard) as box:
        serving: Serving
        children = Children(box)
        if config.workers > 1:
            from rocketpy.server.process.supervisor import Workers

            serving = Workers(app, config, listener, children, status)
        else:
            serving = _engine(app, config, listener, box, status)
        service = Service(serving, listener, children, status, superior)
        service.ending = set() if superior else ending
        service.on_ready = on_ready
        service.on_shutdown = on_shutdown
        if on_reload is not None:
            service.reloading = {signal.SIGHUP}
            service.on_reload = on_reload
        return service.run()


def work(  # noqa: PLR0913  (all that a process begins with)
    app: WSGIApplication,
    config: ServerSettings,
    listener: socket.socket,
    superior: Superior,
    *,
    share: Share,
    mask: set[int],
    status: ServiceStatus,
) -> int:
    """Answer requests in this process, which was forked to do so, as its superior orders.

    Args:
        app: The application.
        config: The configuration.
        listener: The listening socket that is shared with others.
        superior: Who forked it.
        share: Its part in the connections.
        mask: The signals to block; all are until now.
        status: What the course of the service is reported to.

    Returns:
        The exit code: 0 when nothing was cut off, 1 otherwise.
    """
    with inbox.Inbox(_for_the_superior(config), mask=mask) as box:
        serving = _engine(app, config, listener, box, status)
        serving.share = share
        share.note(0)
        return Service(serving, listener, Children(box), status, superior).run()


def _ending(config: ServerSettings) -> set[int]:
    numbers = {inbox.number(name) for name in config.shutdown.signals}
    return numbers | {signal.SIGINT.value} if config.shutdown.ctrlc else numbers


def _for_the_superior(config: ServerSettings) -> set[int]:
    """Give the signals that may reach the whole service, which this process must survive."""
    return _ending(config) | {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def _engine(
    app: WSGIApplication,
    config: ServerSettings,
    listener: socket.socket,
    box: inbox.Inbox,
    status: ServiceStatus,
) -> Engine:
    if hasattr(listener, "context"):
        from rocketpy.server.tls.secure_connection import SecureEngine  # and ssl only to encrypt

        return SecureEngine(app, config, listener.dup(), box.wake, observer=status)
    from rocketpy.server.loop.engine import Engine  # waitress is imported only to serve

    return Engine(app, config, listener.dup(), box.wake, observer=status)


class Service:
    """The main thread's part: it hears signals and orders, and sees to those who serve.

    Args:
        serving: Who serves.
        listener: The listening socket; whoever serves has one of his own.
        children: The processes that this one starts.
        status: What the course of the service is reported to.
        superior: Who gives the orders, if anybody.

    Attributes:
        ending: The signals that begin the drain.
        reloading: Those that ask for a reload.
        on_ready, on_shutdown, on_reload: See `serve`.
    """

    def __init__(
        self,
        serving: Serving,
        listener: socket.socket,
        children: Children,
        status: ServiceStatus,
        superior: Superior | None,
    ) -> None:
        self.ending: Collection[int] = ()
        self.reloading: Collection[int] = ()
        self.on_ready: Callable[[], None] = _say_nothing
        self.on_shutdown: Callable[[str], None] = _say_nothing
        self.on_reload: Callable[[str], None] = _say_nothing
        self._children = children
        self._status = status
        self._box = children.box
        self._listener = listener
        self._superior = superior
        self._current = serving
        self._leaving: list[Serving] = []
        self._next: Generation | None = None
        self._one_more = False
        self._was_ready = False
        self._began = False
        self._draining = False
        self._left = False
        self._cut = 0

    def run(self) -> int:
        """Serve until the end; return the exit code."""
        if self._superior is not None:
            self._box.watch(self._superior.fileno())
        while True:
            seconds = self._look()
            if self._current.is_over and not self._leaving and self._next is None:
                break
            number = self._box.wait(seconds)
            if number is not None and number in self.ending:
                self._end(number)
            elif number in self.reloading:
                self._reload()
        self._current.close()
        if self._superior is not None:
            self._superior.close()
        return ExitCode.FAILED if self._cut + self._current.cut else ExitCode.OK

    def _all(self) -> list[Serving]:
        """Give all that serve, or are about to."""
        known: list[Serving] = [self._current, *self._leaving]
        return known if self._next is None else [*known, self._next]

    def _look(self) -> float | None:
        """Do what is due; say after how many seconds to look again."""
        if self._superior is not None:
            self._obey(self._superior)
        times = [time for serving in self._all() if (time := serving.look()) is not None]
        if self._current.is_ready and not self._was_ready:
            self._was_ready = True
            if self._current.is_here:
                self._status.begin()
            if self._superior is None:
                self.on_ready()
                self._begin()
            else:
                self._superior.report_ready()
        if self._next is not None:
            self._look_at(self._next)
        for serving in [serving for serving in self._leaving if serving.is_over]:
            self._leaving.remove(serving)
            self._cut += serving.cut
            serving.close()
        if not any(serving.is_here for serving in self._all()):
            self._children.bury_orphans()
        if self._current.is_over and not (self._draining or self._left):
            self._drain()  # the end came from within
            return 0
        return min(times, default=None)

    def _begin(self) -> None:
        if not self._began:
            self._began = True
            # What is there now stays; the collector need not look at it again and again.
            gc.freeze()
            self._current.begin()
            if self._superior is not None:
                self._superior.report_serving()

    def _obey(self, superior: Superior) -> None:
        from rocketpy.server.process.control import Order

        while order := superior.order():
            if order is Order.BEGIN:
                self.on_ready()
            self._begin()  # whoever is to end must have begun
            if order is Order.END_NOW:
                self._end_now(signal.SIGKILL)
            elif order is Order.LEAVE:
                self._leave()
            elif order is not Order.BEGIN:
                self._drain()
            if order is Order.LOST:
                self._box.unwatch(superior.fileno())
                self._superior = None
                return

    def _end(self, number: int) -> None:
        if self._draining:
            self._end_now(number)
        self.on_shutdown(inbox.name(number))
        self._begin()  # what never began could not end
        self._drain()

    def _end_now(self, number: int) -> None:
        for serving in self._all():
            serving.kill()
        os._exit(killed_by(number))

    def _drain(self) -> None:
        if not self._draining:
            self._draining = True
            self._status.drain()
            self._listener.close()
            for serving in self._all():
                serving.drain()

    def _leave(self) -> None:
        if not (self._draining or self._left):
            self._left = True
            self._status.leave()
            self._listener.close()
            for serving in self._all():
                serving.leave()

    def _reload(self) -> None:
        """Start a new generation, which is to take over."""
        from rocketpy.server.process.reload import Generation

        if self._draining:
            return
        if self._next is not None:
            self._one_more = True
            return
        self.on_reload("Received SIGHUP. Requesting reload.")
        self._next = Generation(self._listener, self._children)
        self._next.spawn()

    def _look_at(self, generation: Generation) -> None:
        """See whether the new generation can take over."""
        ready = generation.is_ready and not self._draining
        if ready:
            generation.begin()
            self._current.leave()
            self._status.leave()
            self._leaving.append(self._current)
            self._current = generation
            self._was_ready = True
        elif generation.is_over:
            generation.close()
            if not self._draining:
                self.on_reload(
                    f"Reload failed: the new process {generation.end}. All goes on as it was."
                )
        else:
            return
        self._next = None
        if self._one_more:
            self._one_more = False
            self._reload()


def _say_nothing(*_: object) -> None:
    pass
