"""Leader and followers: the thread that polls runs the handler itself, until that takes long.

Handing each request to another thread costs more than most handlers do: two threads then fight
for the interpreter's lock over every request. So one thread, the leader, polls, reads and runs
the handler. Before each handler it lays down the baton, after it it takes it up again; both are
one operation on a list, which the interpreter makes atomic. The main thread looks every few
milliseconds. When it finds the baton lying there and the same handler as the last time, it gives
the lead to another thread, and the one whose handler takes long comes back as a follower. When
nothing happens, the main thread sleeps and looks at nothing. A leader that expects to be held up
gives the lead away by itself.
"""

from __future__ import annotations

import enum
import logging
import queue
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.005
"""How often the main thread looks: a handler that blocks holds up the others for one to two of
these. A look costs a switch of threads, some 50 µs; so this is 1 % of the time."""

QUICK_LOOK_SECONDS = 0.001
"""How often it looks while handlers are known to block: poll() counts in milliseconds."""

QUICK_SECONDS = 1.0
"""How long the quick looks go on after a handler that blocked."""

CALM_LOOKS = 4
"""So many looks without a new handler send the main thread to sleep. To be woken costs a write to
a pipe; this keeps a service of more than 50 requests a second from paying that for each."""

IDLE_SECONDS = 10.0
"""How long a follower without a call stays."""

SPARE_FOLLOWERS = 1
"""Followers that stay however long nobody calls them: a thread takes long to start."""


class Call(enum.Enum):
    """What a follower is called for."""

    LEAD = enum.auto()
    LEAVE = enum.auto()


logger = logging.getLogger("rocketpy.server")


class Crew:
    """Threads, exactly one of which leads.

    Args:
        lead: Polls and serves; called by each thread that gets the lead, and returns when
            `perform` said that the lead is lost, or when all is over.
        wake: Wakes the main thread, which then calls `look`.
        held_up: Called when a leader is held up; it must not raise.

    Attributes:
        failed: Whether `lead` raised, which it must not.
    """

    def __init__(
        self,
        lead: Callable[[], None],
        wake: Callable[[], None],
        held_up: Callable[[], None] = lambda: None,
    ) -> None:
        self.failed = False
        self._lead = lead
        self._wake = wake
        self._held_up = held_up
        self._baton: list[None] = []
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._size = 0
        self._away = 0
        self._entered = 0  # handlers that the leaders began; only the leader writes it
        self._seen = 0
        self._calm = 0
        self._asleep = True
        self._quick_until = 0.0

    @property
    def away(self) -> int:
        """How many threads are in handlers that cost them the lead."""
        return self._away

    @property
    def size(self) -> int:
        """How many threads there are."""
        return self._size

    def begin(self) -> None:
        """Start the first leader, and the follower that would take over."""
        self._start()
        self._start(called=False)

    def dismiss(self) -> None:
        """Send the followers home; the leader goes when `lead` returns."""
        with self._lock:
            for _ in range(self._size):
                self._calls.put(Call.LEAVE)

    def perform(self, work: Callable[[], object], *, aside: bool = False) -> bool:
        """Run a handler as the leader; it must not raise.

        Args:
            work: The handler.
            aside: Whether to give the lead away first, as one does that will be held up.

        Returns:
            Whether the caller leads still. If not, it must call `came_back` when it is done.
        """
        self._entered += 1
        self._baton.append(None)
        if self._asleep:
            self._asleep = False
            self._wake()
        if aside:
            self._promote()
        work()
        try:
            self._baton.pop()
        except IndexError:
            return False
        return True

    def came_back(self) -> None:
        """Count the calling thread as a follower again, after `perform` said that it lost."""
        with self._lock:
            self._away -= 1

    def look(self) -> float | None:
        """See whether the leader is held up, and if so call a follower; the main thread's part.

        Returns:
            After how many seconds to look again; None to be woken.
        """
        entered = self._entered
        if entered != self._seen:
            self._seen = entered
            self._calm = 0
        elif self._baton:
            self._quick_until = time.monotonic() + QUICK_SECONDS
            self._held_up()
            self._promote()
        else:
            self._calm += 1
            if self._calm >= CALM_LOOKS:
                self._asleep = True
                # A handler that began since did not see this; it is watched all the same.
                if entered == self._entered:
                    return None
                self._asleep = False
        return QUICK_LOOK_SECONDS if time.monotonic() < self._quick_until else LOOK_SECONDS

    def _promote(self) -> None:
        try:
            self._baton.pop()
        except IndexError:  # the leader came back this very moment
            return
        with self._lock:
            self._away += 1
            if self._idle:
                self._idle -= 1
                self._calls.put(Call.LEAD)
                return
        try:
            self._start()
        except RuntimeError:  # no thread to be had: whoever comes back first takes the lead
            logger.warning("the system gives no more threads; requests wait for a handler to end")
            self._calls.put(Call.LEAD)

    def _start(self, *, called: bool = True) -> None:
        thread = threading.Thread(
            target=self._run, args=(called,), name="rocketpy-worker", daemon=True
        )
        thread.start()
        with self._lock:
            self._size += 1

    def _run(self, called: bool) -> None:  # noqa: FBT001  (a thread's arguments have no names)
        try:
            if called:
                self._lead()
            while self._await_call() is Call.LEAD:
                self._lead()
        except BaseException:  # a process without a leader would hold its connections for ever
            logger.exception("the server failed")
            self.failed = True
            self._wake()
        with self._lock:
            self._size -= 1

    def _await_call(self) -> Call:
        with self._lock:
            self._idle += 1
        while True:
            try:
                return self._calls.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    # A call that came since was meant for one of the threads counted as idle.
                    if self._idle > SPARE_FOLLOWERS and self._calls.empty():
                        self._idle -= 1
                        return Call.LEAVE
