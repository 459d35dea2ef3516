"""Several processes that serve at one listener, and the one that sees to it that they do.

The supervisor answers no requests itself. It has imported all there is to import before it forks,
so the workers share that memory with it; and it has no threads, so that it may fork at any time.
"""

from __future__ import annotations

import gc
import logging
import socket
import sys
import time
from typing import TYPE_CHECKING

from rocketpy.server.loop.accept_balance import Counts
from rocketpy.server.process.control import Child, Order, Superior, how
from rocketpy.server.process.worker import be_worker

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from rocketpy.server.observe.service_status import ServiceStatus
    from rocketpy.server.process.control import Children
    from rocketpy.server.protocols import ServerSettings

FAILURES = 5
"""So many workers in a row that ended before they served stop the service."""

FIRST_REST = 0.1
LAST_REST = 2.0
"""Seconds before a worker is replaced whose predecessor lived shortly: doubled each time."""

SHORT_LIFE = 5.0
"""Seconds; a worker that lived longer is replaced at once."""

OVERDUE = 5.0
"""Seconds beyond grace and mercy after which a worker that hangs is killed, given `force`."""

logger = logging.getLogger("rocketpy.server")


class Workers:
    """Worker processes, as many as the configuration says; one that dies is replaced.

    Args:
        app: The application.
        settings: The configuration.
        listener: The listening socket that the workers share.
        children: The processes that this one started.
        status: What the course of the service is reported to.

    Attributes:
        is_ready: Whether all workers are ready.
        cut: How many workers cut something off in the drain.
    """

    is_here = False

    def __init__(
        self,
        app: WSGIApplication,
        settings: ServerSettings,
        listener: socket.socket,
        children: Children,
        status: ServiceStatus,
    ) -> None:
        self.is_ready = False
        self.cut = 0
        self._app = app
        self._settings = settings
        self._listener = listener
        self._all = children
        self._status = status
        self._children: list[Child] = []
        self._counts = Counts(settings.workers)
        self._slots: dict[Child, int] = {}
        self._serving = False
        self._ending = False
        self._failures = 0
        self._short_lives = 0
        self._rest_until = 0.0
        self._kill_at = float("inf")
        import rocketpy.server.loop.engine  # noqa: F401  (once for all workers)

        children.box.hear_of_children()
        # What is there now stays: the collector need not touch, and thereby copy, its pages.
        gc.collect()
        gc.freeze()

    @property
    def is_over(self) -> bool:
        """Whether the workers were told to end, and all have."""
        return self._ending and not self._children

    def begin(self) -> None:
        """Have the workers serve."""
        self._serving = True
        for child in self._children:
            child.tell(Order.BEGIN)

    def look(self) -> float | None:
        """Start workers that are missing; return after how many seconds to look again."""
        for child in list(self._children):
            self._look_at(child)
        while len(self._children) < self._settings.workers and not self._ending:
            rest = self._rest_until - time.monotonic()
            if rest > 0:
                return rest
            self._start()
        if self._ending:
            return self._press()
        self.is_ready = self.is_ready or all(child.is_ready for child in self._children)
        return None

    def _look_at(self, child: Child) -> None:
        was_ready, was_serving = child.is_ready, child.is_serving
        child.look()
        if child.is_ready and not was_ready and self._serving:
            child.tell(Order.BEGIN)
        if child.is_serving and not was_serving:
            self._failures = 0
        if child.code is not None:
            self._bury(child)

    def drain(self) -> None:
        """Have all workers end, and answer within grace and mercy."""
        self._end(Order.DRAIN)
        shutdown = self._settings.shutdown
        if shutdown.force:
            self._kill_at = time.monotonic() + shutdown.grace + shutdown.mercy + OVERDUE

    def leave(self) -> None:
        """Have all workers leave the listener to others, and end when they have served."""
        self._end(Order.LEAVE)

    def kill(self) -> None:
        """End all workers now."""
        for child in self._children:
            child.kill()

    def close(self) -> None:
        """Do nothing: everything is closed."""

    def _end(self, order: Order) -> None:
        self._ending = True
        for child in self._children:
            child.tell(order)

    def _press(self) -> float | None:
        """Kill those who should have ended long ago."""
        rest = self._kill_at - time.monotonic()
        if rest <= 0 and self._children:
            logger.warning("a worker that does not end is killed")
            self.kill()
            self._kill_at = float("inf")
        return rest if 0 < rest < float("inf") else None

    def _bury(self, child: Child) -> None:
        self._children.remove(child)
        self._counts.clear(self._slots.pop(child))
        child.close()
        code = child.code or 0
        if self._ending:
            self.cut += code != 0
            return
        logger.warning("worker %d %s; another takes its place", child.process, how(code))
        if child.is_serving:
            lived = time.monotonic() - child.born
            self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE else 0
            self._rest(self._short_lives)
        else:
            self._failed(how(code))

    def _failed(self, why: str) -> None:
        self._failures += 1
        self._rest(self._failures)
        if self._failures >= FAILURES:
            logger.error(
                "%d workers in a row failed at once, the last %s: the service ends", FAILURES, why
            )
            self.cut += 1
            self.drain()

    def _rest(self, times: int) -> None:
        if times:
            seconds = min(FIRST_REST * 2 ** (times - 1), LAST_REST)
            self._rest_until = time.monotonic() + seconds

    def _start(self) -> None:
        sys.stdout.flush()  # or each worker would print what waits there
        sys.stderr.flush()
        ours, theirs = socket.socketpair()
        try:
            process, mask = self._all.box.fork()
        except OSError as error:
            ours.close()
            theirs.close()
            logger.warning("no worker can be started: %s", error.strerror)
            self._failed(f"with {error.strerror}")
            return
        slot = min(set(range(self._settings.workers)) - set(self._slots.values()))
        if process:
            theirs.close()
            child = Child(process, ours, self._all)
            self._children.append(child)
            self._slots[child] = slot
            return
        ours.close()
        for child in self._children:  # each is to learn it when the supervisor is gone
            child.close()
        be_worker(
            self._app,
            self._settings,
            self._listener,
            Superior(theirs),
            share=self._counts.share(slot),
            mask=mask,
            status=self._status,
        )
