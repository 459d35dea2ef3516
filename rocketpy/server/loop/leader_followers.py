"""Leader and followers: the thread that polls runs the handler itself, until that takes long.

Handing each request to another thread costs more than most handlers do: two threads then compete
for the interpreter's lock over every request. So one thread, the leader, polls, reads and runs the
handler. The main thread looks every few milliseconds; when it finds the leader in the same handler
as the last time, it declares the lead vacant, and another thread takes it. The thread whose handler
took long becomes a follower. When nothing happens, the main thread sleeps. A leader that expects to
block declares the lead vacant itself, before it runs the handler.

Invariants. One lock, `_lock`, guards every field; no field is read or written without it, except
that `waiting`, `blocked` and `size` may be read for information.

1. The lead is held by one thread, or it is vacant. Every change of hands raises `_term`; a thread
   leads if and only if the lead is not vacant and the term it was given is `_term`.
2. `_in_handler` is true only while the holder of the lead runs a handler.
3. `blocked` counts the threads in handlers that do not lead: those that lost the lead and have
   neither taken it again nor come back. Handlers that run at once are `blocked`, and one more if
   `_in_handler`; a handler begins only if they stay within `most`.
4. If `waiting` has requests and the lead is held, `blocked` is `most`, or the leader is about to
   look at `waiting`. A thread that comes back takes from `waiting` first, so none is forgotten.
5. If the lead is vacant and the end has not come, some thread will take it: one that idles and was
   notified, one that is starting, or one in a handler (`blocked` > 0), which takes it when it is
   done. If no thread can be started, the last holds, and `look` tries again.

Handlers run without the lock. Nothing here depends on the interpreter's lock.
"""

from __future__ import annotations

import collections
import logging
import threading
import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

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
"""How long a follower stays that is not needed."""

SPARE_FOLLOWERS = 1
"""Followers that stay however long they are not needed: a thread takes long to start."""

WARNING_SECONDS = 60.0
"""How often, at most, the log says that no thread can be started."""

logger: logging.Logger = logging.getLogger("rocketpy.server")

Work = TypeVar("Work")


class Lock(Protocol):
    """A lock: what is used of `threading.Lock`."""

    def __enter__(self) -> object:
        """Acquire the lock."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> object:
        """Release it."""


class Condition(Protocol):
    """A condition of a lock, which the caller of each holds."""

    def wait(self, timeout: float | None = None) -> bool:
        """Release the lock until notified; return False when the time is over."""

    def notify(self) -> None:
        """Wake one thread that waits."""

    def notify_all(self) -> None:
        """Wake all threads that wait."""


class Threads(Protocol):
    """What is needed of the system. Tests have one that goes through the interleavings."""

    def lock(self) -> tuple[Lock, Condition]:
        """Make a lock, and a condition of it."""

    def start(self, run: Callable[[], None]) -> None:
        """Start a thread.

        Raises:
            RuntimeError: The system gives no more.
        """

    def now(self) -> float:
        """Return the seconds of a clock that cannot be set."""


class SystemThreads:
    """The threads of the interpreter."""

    def lock(self) -> tuple[Lock, Condition]:
        """Make a lock, and a condition of it: a condition alone is slow to enter."""
        lock = threading.Lock()
        return lock, threading.Condition(lock)

    def start(self, run: Callable[[], None]) -> None:
        """Start a thread that does not keep the process from ending."""
        threading.Thread(target=run, name="rocketpy-worker", daemon=True).start()

    def now(self) -> float:
        """Return the seconds of the monotonic clock."""
        return time.monotonic()


class LeaderFollowers(Generic[Work]):
    """Threads, one of which leads.

    Args:
        lead: Polls and serves; called with its term by each thread that takes the lead. It returns
            when `end_handler` said that the lead is lost, or when the end has come.
        wake: Wakes the main thread, which then calls `look`.
        most: How many handlers may run at once.
        on_blocked: Called when a leader is found blocked, with the lock held: it must not raise and
            must not call anything here.
        threads: The system's threads.

    Attributes:
        waiting: Requests for which there is no handler thread at the moment.
        blocked: How many threads are in handlers and do not lead.
        size: How many threads there are.
        failed: Whether `lead` raised, which it must not.
    """

    def __init__(
        self,
        lead: Callable[[int], None],
        wake: Callable[[], None],
        most: int,
        *,
        on_blocked: Callable[[], None] = lambda: None,
        threads: Threads | None = None,
    ) -> None:
        self.waiting: collections.deque[Work] = collections.deque()
        self.blocked: int = 0
        self.size: int = 0
        self.failed: bool = False
        self._lead = lead
        self._wake = wake
        self._most = most
        self._on_blocked = on_blocked
        self._threads = threads or SystemThreads()
        self._lock, self._vacancy = self._threads.lock()
        self._term = 0
        self._vacant = False  # until `begin`: no thread may lead before
        self._in_handler = False
        self._idle = 0
        self._starting = 0
        self._over = False
        self._begun = 0  # handlers that leaders began
        self._seen = 0  # how many of those at the last look
        self._calm = 0
        self._asleep = True
        self._quick_until = 0.0
        self._warned = float("-inf")

    def begin(self) -> None:
        """Start the first leader, and the follower that would take over.

        Raises:
            RuntimeError: The system gives no thread at all.
        """
        with self._lock:
            self._vacant = True
        self._start()
        try:
            self._start()
        except RuntimeError:
            self._warn()

    def dismiss(self) -> None:
        """Have the followers end; the leader ends when `lead` returns."""
        with self._lock:
            self._over = True
            self._vacancy.notify_all()

    # The leader's part.

    def begin_handler(self, work: Work, *, blocks: bool = False) -> bool:
        """Begin a handler as the leader, if one more may run; else have the request wait.

        Args:
            work: The request.
            blocks: Whether the handler is expected to block: then the lead is given away at once.

        Returns:
            Whether to run the handler. If so the caller must call `end_handler` after it.
        """
        with self._lock:
            if self.waiting or self.blocked >= self._most:
                self.waiting.append(work)
                return False
            self._begun += 1
            self._in_handler = True
            start = blocks and self._vacate()
            wake, self._asleep = self._asleep, False
        if start:
            self._start_or_warn()
        if wake:
            self._wake()
        return True

    def next_waiting(self) -> Work | None:
        """Begin the handler of a request that waits, as the leader, if one more may run.

        Returns:
            The request; after its handler the caller must call `end_handler`.
        """
        with self._lock:
            if not self.waiting or self.blocked >= self._most:
                return None
            self._begun += 1
            self._in_handler = True
            work = self.waiting.popleft()
            wake, self._asleep = self._asleep, False
        if wake:
            self._wake()
        return work

    def end_handler(self, term: int) -> int | None:
        """End a handler.

        Args:
            term: The one in which the handler began.

        Returns:
            The caller's term, if it leads; it may be a new one, where no thread had taken the lead.
            None if it does not lead: then it must call `come_back`, until that returns None.
        """
        with self._lock:
            if term == self._term and not self._vacant:
                self._in_handler = False
                return term
            if not self._vacant or self._over:
                return None
            self.blocked -= 1
            return self._take()

    def come_back(self) -> Work | None:
        """Return the next request that waits, or None and be no handler thread any more."""
        with self._lock:
            if self.waiting:
                return self.waiting.popleft()
            self.blocked -= 1
            return None

    # The main thread's part.

    def look(self) -> float | None:
        """See whether the leader is blocked, and if so have another thread take the lead.

        Returns:
            After how many seconds to look again; None to be woken.
        """
        start = False
        with self._lock:
            if self._begun != self._seen:
                self._seen = self._begun
                self._calm = 0
            elif self._in_handler:
                self._quick_until = self._threads.now() + QUICK_SECONDS
                self._on_blocked()
                start = self._vacate()
            elif self._vacant:  # and no thread could be started
                start = not (self._idle or self._starting or self._over or self.failed)
                self._starting += start
            else:
                self._calm += 1
                if self._calm >= CALM_LOOKS:
                    self._asleep = True
                    return None
            quick = self._threads.now() < self._quick_until
        if start:
            self._start_or_warn()
        return QUICK_LOOK_SECONDS if quick else LOOK_SECONDS

    # What holds the lock.

    def _vacate(self) -> bool:
        """Take the lead from a thread in a handler; return whether a thread is to be started."""
        self._in_handler = False
        self._vacant = True
        self.blocked += 1
        if self._idle:
            self._vacancy.notify()
            return False
        self._starting += 1
        return True

    def _take(self) -> int:
        """Give the vacant lead to the calling thread; return its term."""
        self._vacant = False
        self._term += 1
        return self._term

    # What does not.

    def _start_or_warn(self) -> None:
        """Start a thread that is counted as starting already."""
        try:
            self._start(counted=True)
        except RuntimeError:
            self._warn()

    def _start(self, *, counted: bool = False) -> None:
        with self._lock:
            self.size += 1
            self._starting += not counted
        try:
            self._threads.start(self._run)
        except RuntimeError:
            with self._lock:
                self.size -= 1
                self._starting -= 1
            raise

    def _warn(self) -> None:
        with self._lock:
            now = self._threads.now()
            if now - self._warned < WARNING_SECONDS:
                return
            self._warned = now
        logger.warning("the system gives no more threads; requests wait for a handler to end")

    def _run(self) -> None:
        with self._lock:
            self._starting -= 1
        try:
            while (term := self._await_lead()) is not None:
                self._lead(term)
        except BaseException:  # a process without a leader would hold its connections for ever
            logger.exception("the server failed")
            self.failed = True
            self._wake()
        with self._lock:
            self.size -= 1

    def _await_lead(self) -> int | None:
        """Wait until the lead is vacant; return the term, or None to end the thread."""
        with self._lock:
            self._idle += 1
            try:
                while not self._over:
                    if self._vacant:
                        return self._take()
                    in_time = self._vacancy.wait(IDLE_SECONDS)
                    if not (in_time or self._vacant) and self._idle > SPARE_FOLLOWERS:
                        return None
                return None
            finally:
                self._idle -= 1
