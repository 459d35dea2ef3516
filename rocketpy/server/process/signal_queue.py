"""Signals as events that the main thread waits for, instead of code that interrupts other code.

Python's C handler writes a signal's number into a pipe, whichever thread the kernel chose to
interrupt. So a signal that comes while a thread is in a system call or in a long computation is not
lost, and no code of ours runs in the middle of other code. Handlers are installed for all signals
that matter, so this works for process 1 too, for which the kernel drops signals without a handler.

Invariants:
- The main thread alone calls `wait`, `watch`, `unwatch`, `fork` and the context manager. Any thread
  may call `wake`, which only writes to the pipe.
- While the queue is open, the process's wake-up descriptor is `_write`.
- A process that application code forks while the queue is open, in whatever thread, has neither
  the handlers nor the pipe (`ForkGuard`). So no signal to it is taken for one to this process.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import os
import select
import signal
from _thread import get_ident
from typing import TYPE_CHECKING, Self

from rocketpy.common.exit_codes import ExitCode
from rocketpy.server.process.held_signals import ForkGuard, HeldSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

logger: logging.Logger = logging.getLogger("rocketpy.server")

WAKE = 0
"""What `wait` returns when another thread called `wake`, or a watched descriptor is readable."""

_MILLISECONDS = 1000


class SignalQueue:
    """Signals, and wake-ups by other threads, in the order in which they came.

    Args:
        signals: The signals to queue.
        to_default: Signals that get the system's default action, whatever their action was before.
        mask: The signals to leave blocked once the handlers are installed; None leaves the mask.
    """

    def __init__(
        self,
        signals: Collection[int],
        *,
        to_default: Collection[int] = (),
        mask: set[int] | None = None,
    ) -> None:
        self._signals = signals
        self._to_default = to_default
        self._mask = mask
        self._read = self._write = -1
        self._before: dict[int, Handler] = {}
        self._early: collections.deque[int] = collections.deque()
        self._close_in_child: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        """Install the handlers.

        Raises:
            ValueError: If this is not the main thread, the only one that Python lets do so.
        """
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._guard = ForkGuard(self._reset_in_child)
        self._old_wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN)
        for number in self._signals:
            self._install(number, _do_nothing)
        for number in self._to_default:
            self._install(number, signal.SIG_DFL)
        if self._mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        return self

    def _install(self, number: int, handler: Handler) -> None:
        before = signal.signal(number, handler)
        if isinstance(before, HeldSignals):
            # What came during the start is dealt with now.
            self._early.extend(before.release(number))
            before.close()
            before = before.before[number]
        self._before[number] = before

    def __exit__(self, *_: object) -> None:
        """Restore the handlers, and close the pipe."""
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            if handler is not None:  # None: set by C code, which Python cannot restore
                signal.signal(number, handler)
        self._close()

    def _close(self) -> None:
        self._guard.close()
        self._before.clear()
        signal.set_wakeup_fd(self._old_wakeup)
        os.close(self._read)
        os.close(self._write)
        self._read = self._write = -1

    def ignored_before(self, number: int) -> bool:
        """Return whether a signal that is queued was ignored before, as `nohup` ignores SIGHUP."""
        return self._before.get(number) == signal.SIG_IGN

    def wake_for_children(self) -> None:
        """Wake up when a child process ends."""
        # A handler that the application has is as good: for any of them Python writes to the pipe.
        if not callable(signal.getsignal(signal.SIGCHLD)):
            self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _do_nothing)

    def watch(self, descriptor: int) -> None:
        """Wake up when a descriptor is readable or its other end is closed."""
        self._poll.register(descriptor, select.POLLIN)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching a descriptor; nothing happens if it is not watched."""
        with contextlib.suppress(KeyError, ValueError):  # ValueError: closed, so negative
            self._poll.unregister(descriptor)

    def wake(self) -> None:
        """Make `wait` return `WAKE`; any thread may call this."""
        with contextlib.suppress(OSError):  # full: the main thread is awake; closed: it is over
            os.write(self._write, b"\0")

    def wait(self, seconds: float | None) -> int | None:
        """Wait for the next signal.

        Args:
            seconds: How long at most; None waits without end.

        Returns:
            The signal's number, `WAKE`, or None when the time is over.
        """
        if self._early:
            return self._early.popleft()
        ready = self._poll.poll(None if seconds is None else seconds * _MILLISECONDS)
        if not ready:
            return None
        if all(descriptor != self._read for descriptor, _ in ready):
            return WAKE
        # One byte at a time: the second signal may mean something else than the first.
        return os.read(self._read, 1)[0]

    def close_in_forked_children(self, close: Callable[[], None]) -> None:
        """Have a function called in every process that other code forks from this one.

        Args:
            close: Closes descriptors that must not live on in such a process.
        """
        self._close_in_child.append(close)

    def fork(self, run: Callable[[set[int]], int]) -> int:
        """Fork a process that runs a function and ends with the exit code that it returns.

        Nothing else runs in it: whatever the function raises is printed, and the process ends.

        Args:
            run: Gets the mask of signals to restore; all signals are blocked until it does that.

        Returns:
            The process id.

        Raises:
            OSError: If the system allows no more processes.
        """
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._guard.exempt = get_ident()
        try:
            process = os.fork()
            if not process:
                self._run_in_child(run, {int(number) for number in mask})
        finally:  # never reached in the child
            self._guard.exempt = None
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return process

    def _run_in_child(self, run: Callable[[set[int]], int], mask: set[int]) -> None:
        code: int = ExitCode.FAILED
        try:
            self._restore()
            code = run(mask)
        except BaseException:
            logger.exception("a worker failed")
        finally:
            os._exit(code)

    def _reset_in_child(self) -> None:
        """Give a process that other code forked the default actions, and no descriptor of ours."""
        for number, before in self._before.items():
            # Not the handler of before: Python's own for SIGINT would raise within this function.
            ignored = before == signal.SIG_IGN
            signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
        self._close()
        for close in self._close_in_child:
            close()


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal whose number Python has written to the pipe already."""


def signal_number(name: str) -> int:
    """Return the number of a signal, named as the configuration names it: `term`."""
    return signal.Signals["SIG" + name.upper()].value


def signal_name(number: int) -> str:
    """Return the usual name of a signal: `SIGTERM`."""
    return signal.Signals(number).name
