"""A deterministic scheduler: goes through the interleavings of threads that share a lock.

Its threads are real, but one runs at a time, and it gives way only where it takes the lock, waits,
or passes `Scheduler.pause`. Which one goes on there is a choice; a run is its list of choices, so
any run can be repeated.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS = 2000
"""Steps after which a run is taken to go on for ever."""

SECONDS = 30.0
"""How long one step may take, before the scheduler itself is taken to hang."""


class StuckError(AssertionError):
    """All threads wait for something that will not come: a deadlock, or a lost wake-up."""


class _Ended(BaseException):
    """Ends a thread whose run is over."""


class _Thread:
    def __init__(self, run: Callable[[], None], name: str) -> None:
        self.name = name
        self.may_go = threading.Semaphore(0)
        self.is_ended = False
        self.waits_until: Callable[[], bool] = lambda: True
        self.run = run
        self.thread: threading.Thread | None = None


class Scheduler:
    """Runs threads by choices.

    Args:
        choices: Which of the threads that can go on does so, at each step; the first, beyond.
        most_threads: How many threads there can be; the start of another raises RuntimeError.
    """

    def __init__(self, choices: list[int], most_threads: int = 100) -> None:
        self.choices = choices
        self.made: list[int] = []  # how many could have gone on, at each step
        self.clock = 0.0
        self._threads: list[_Thread] = []
        self._most_threads = most_threads
        self._current: _Thread | None = None
        self._back = threading.Semaphore(0)
        self._is_over = False
        self._error: BaseException | None = None

    # What is asked of `Threads`.

    def lock(self) -> tuple[Lock, Lock]:
        lock = Lock(self)
        return lock, lock

    def start(self, run: Callable[[], None]) -> None:
        if len(self._threads) >= self._most_threads:
            raise RuntimeError("can't start new thread")
        self.spawn(run, f"worker {len(self._threads)}")

    def now(self) -> float:
        return self.clock

    # What the tests ask.

    def spawn(self, run: Callable[[], None], name: str) -> None:
        """Add a thread."""
        made = _Thread(run, name)
        self._threads.append(made)
        made.thread = threading.Thread(target=self._run, args=(made,), daemon=True)
        made.thread.start()

    def pause(self, until: Callable[[], bool] = lambda: True) -> None:
        """Let other threads go on, and come back when a condition holds."""
        if self._is_over:
            raise _Ended  # a thread that ends comes here once more, if it frees what it holds
        thread = self._current
        assert thread is not None
        thread.waits_until = until
        self._back.release()
        thread.may_go.acquire()
        if self._is_over:
            raise _Ended

    def run(self, is_done: Callable[[], bool]) -> None:
        """Go on until something is so.

        Raises:
            StuckError: It never will be.
        """
        for step in range(MOST_STEPS):
            able = [t for t in self._threads if not t.is_ended and t.waits_until()]
            if is_done() or self._error is not None:
                break
            if not able:
                raise StuckError([t.name for t in self._threads if not t.is_ended])
            choice = self.choices[step] if step < len(self.choices) else 0
            self.made.append(len(able))
            self._current = able[choice % len(able)]
            self._current.may_go.release()
            assert self._back.acquire(timeout=SECONDS)
        else:
            raise StuckError("it goes on for ever")
        if self._error is not None:
            raise self._error

    def end(self) -> None:
        """End all threads, wherever they are."""
        self._is_over = True
        for thread in self._threads:
            if not thread.is_ended:
                self._current = thread
                thread.may_go.release()
                assert self._back.acquire(timeout=SECONDS)
        for thread in self._threads:
            assert thread.thread is not None
            thread.thread.join(SECONDS)
            assert not thread.thread.is_alive()

    def _run(self, thread: _Thread) -> None:
        thread.may_go.acquire()
        try:
            if not self._is_over:
                thread.run()
        except _Ended:
            pass
        except BaseException as error:  # noqa: BLE001  (the test is to see it)
            self._error = error
        thread.is_ended = True
        self._back.release()


class Lock:
    """A lock with a condition, as `threading.Condition` is one."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_held = False
        self._waiters: list[list[bool]] = []

    def __enter__(self) -> None:
        self._scheduler.pause(lambda: not self._is_held)
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait to be notified; where nothing else can go on, the time is over."""
        notified = [False]
        self._waiters.append(notified)
        self._is_held = False
        self._scheduler.pause(lambda: notified[0] and not self._is_held)
        self._is_held = True
        return True

    def notify(self) -> None:
        if self._waiters:
            self._waiters.pop(0)[0] = True

    def notify_all(self) -> None:
        while self._waiters:
            self.notify()
