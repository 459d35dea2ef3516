"""What the main thread of each process does: it obeys signals and commands, and runs timers.

Invariants: the main thread alone touches a `MainLoop` and what it holds. The requests are answered
elsewhere: by the engine's threads in this process, or in other processes.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from typing import TYPE_CHECKING

from rocketpy.common.exit_codes import ExitCode, killed_by
from rocketpy.server.process.control import Command, Report
from rocketpy.server.process.reload import Generation
from rocketpy.server.process.signal_queue import signal_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from rocketpy.server.process.control import Children, Parent
    from rocketpy.server.process.service import Service
    from rocketpy.server.process.signal_queue import SignalQueue
    from rocketpy.server.protocols import Serving


class Lifecycle:
    """What the first process of a service reports of its course; this one drops the reports."""

    def ready(self) -> None:
        """Report, once, that requests are about to be answered."""

    def shutdown_begins(self, signal: str) -> None:
        """Report, once, the drain, and the name of the signal that began it: `SIGTERM`."""

    def reload_begins(self, *, cancelled: bool) -> None:
        """Report that SIGHUP came; `cancelled`: a reload was under way, and is given up."""

    def reload_ends(self, failure: str | None) -> None:
        """Report that a new generation took over, or (if not None) why it could not."""

    def run_timers(self) -> float | None:
        """Do what is due; return after how many seconds to call this again, None for never."""
        return None


class LifecycleWrapper(Lifecycle):
    """Passes a service's course on; what is derived from it does something besides.

    Args:
        inner: What the course is passed on to.
    """

    def __init__(self, inner: Lifecycle) -> None:
        self._inner = inner

    def ready(self) -> None:
        """Pass it on."""
        self._inner.ready()

    def shutdown_begins(self, signal: str) -> None:
        """Pass it on."""
        self._inner.shutdown_begins(signal)

    def reload_begins(self, *, cancelled: bool) -> None:
        """Pass it on."""
        self._inner.reload_begins(cancelled=cancelled)

    def reload_ends(self, failure: str | None) -> None:
        """Pass it on."""
        self._inner.reload_ends(failure)

    def run_timers(self) -> float | None:
        """Pass it on."""
        return self._inner.run_timers()


class MainLoop:
    """The main thread's part in a service.

    Args:
        serving: What answers the requests.
        service: What is served.
        queue: The signals that the main thread waits for.
        children: The processes that this one started.
        parent: The process that started this one and commands it, if there is one; signals that
            end or reload a service are for that one to obey, and nothing happens here.
        lifecycle: What the course of the service is reported to, where there is no parent.
        ending: The signals that begin the drain.
        reloads: Whether SIGHUP requests a reload.

    Attributes:
        drain_began: When the drain began, on the monotonic clock; None before that.
    """

    def __init__(  # noqa: PLR0913  (keywords, in no order)
        self,
        serving: Serving,
        service: Service,
        queue: SignalQueue,
        children: Children,
        *,
        parent: Parent | None = None,
        lifecycle: Lifecycle | None = None,
        ending: Collection[int] = (),
        reloads: bool = False,
    ) -> None:
        self.drain_began: float | None = None
        self._current = serving
        self._service = service
        self._queue = queue
        self._children = children
        self._parent = parent
        self._lifecycle = lifecycle or Lifecycle()
        self._ending = ending
        self._reloads = reloads
        self._ends_with_terminal = (
            reloads and has_terminal() and not queue.ignored_before(signal.SIGHUP)
        )
        self._leaving: list[Serving] = []
        self._next: Generation | None = None
        self._cancelled: list[Generation] = []
        self._was_ready = False
        self._began = False
        self._left = False
        self._cut = 0
        queue.close_in_forked_children(self._close_in_forked_child)

    def run(self) -> int:
        """Serve until the end; return the exit code."""
        if self._parent is not None:
            self._queue.watch(self._parent.fileno())
        while True:
            seconds = self._update()
            if self._current.is_over and not (self._leaving or self._next or self._cancelled):
                break
            number = self._queue.wait(seconds)
            if number == signal.SIGHUP and self._reloads:
                if self._ends_with_terminal and not has_terminal():
                    self._shut_down(number)
                else:
                    self._reload()
            elif number is not None and number in self._ending:
                self._shut_down(number)
        self._current.close()
        if self._parent is not None:
            self._parent.close()
        return ExitCode.FAILED if self._cut + self._current.cut else ExitCode.OK

    def _all(self) -> list[Serving]:
        """Return all that serve, or are about to."""
        known: list[Serving] = [self._current, *self._leaving]
        return known if self._next is None else [*known, self._next]

    def _update(self) -> float | None:
        """Do what is due; return after how many seconds to do it again."""
        if self._parent is not None:
            self._obey(self._parent)
        times = [seconds for serving in self._all() if (seconds := serving.look()) is not None]
        if (seconds := self._lifecycle.run_timers()) is not None:
            times.append(seconds)
        if self._current.is_ready and not self._was_ready:
            self._was_ready = True
            if self._current.is_here:
                self._service.status.begin()
            if self._parent is not None:
                self._parent.report(Report.READY)
            else:
                self._lifecycle.ready()
                self._begin()
        if self._next is not None:
            self._update_reload(self._next)
        self._forget_ended()
        if not any(serving.is_here for serving in self._all()):
            self._children.reap_orphans()
        if self._current.is_over and not (self.drain_began or self._left):
            self._drain()  # it ended by itself
            return 0
        return min(times, default=None)

    def _forget_ended(self) -> None:
        for serving in [serving for serving in self._leaving if serving.is_over]:
            self._leaving.remove(serving)
            self._cut += serving.cut
            serving.close()
        for generation in list(self._cancelled):
            generation.look()
            if generation.is_over:
                self._cancelled.remove(generation)
                generation.close()

    def _begin(self) -> None:
        if not self._began:
            self._began = True
            # What exists now stays: the garbage collector need not look at it again and again.
            gc.freeze()
            self._current.begin()
            if self._parent is not None:
                self._parent.report(Report.SERVING)

    def _obey(self, parent: Parent) -> None:
        while command := parent.next_command():
            if command is Command.PING:
                parent.report(Report.ALIVE)
                continue
            if command is Command.BEGIN:
                self._lifecycle.ready()
            if command is Command.LOST and not self._began:
                # It belongs to a reload that was cancelled. To drain would close the listeners,
                # which are another generation's, to new connections.
                os._exit(ExitCode.FAILED)
            self._begin()  # only what began can end
            if command is Command.END_NOW:
                self._end_now(signal.SIGKILL)
            elif command is Command.LEAVE:
                self._leave()
            elif command is not Command.BEGIN:
                self._drain()
            if command is Command.LOST:
                self._queue.unwatch(parent.fileno())
                self._parent = None
                return

    def _shut_down(self, number: int) -> None:
        if self.drain_began:
            self._end_now(number)
        self._lifecycle.shutdown_begins(signal_name(number))
        self._begin()  # only what began can end
        self._drain()

    def _end_now(self, number: int) -> None:
        for serving in self._all():
            serving.kill()
        os._exit(killed_by(number))

    def _drain(self) -> None:
        if not self.drain_began:
            self.drain_began = time.monotonic()
            self._service.status.drain()
            if self._parent is None:
                self._service.remove_sockets()
            self._service.close_listeners()
            for serving in self._all():
                serving.drain()

    def _leave(self) -> None:
        if not (self.drain_began or self._left):
            self._left = True
            self._service.status.leave()
            self._service.close_listeners()
            for serving in self._all():
                serving.leave()

    def _reload(self) -> None:
        """Start a new generation, which is to take over."""
        if self.drain_began:
            return
        if self._next is not None:
            # It may have read what has changed since, or it may hang.
            self._next.cancel()
            self._cancelled.append(self._next)
        self._lifecycle.reload_begins(cancelled=self._next is not None)
        self._queue.wake_for_children()
        self._next = Generation(self._service.listeners, self._children)
        self._next.spawn()

    def _update_reload(self, generation: Generation) -> None:
        """See whether the new generation can take over."""
        if generation.is_ready and not self.drain_began:
            generation.begin()
            self._current.leave()
            self._service.status.leave()
            self._leaving.append(self._current)
            self._current = generation
            self._was_ready = True
            self._lifecycle.reload_ends(None)
        elif generation.is_over:
            generation.close()
            if not self.drain_began:
                self._lifecycle.reload_ends(generation.outcome)
        else:
            return
        self._next = None

    def _close_in_forked_child(self) -> None:
        """Close what a process must not keep that the application forked from this one."""
        self._service.close_listeners()
        self._children.close_pipes()
        if self._parent is not None:
            self._parent.close()
        for serving in self._all():
            serving.close_after_fork()
        self._service.status.close_after_fork()


def has_terminal() -> bool:
    """Return whether this process has a controlling terminal; one that is closed counts no more."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
