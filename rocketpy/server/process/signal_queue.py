"""Signals as something to wait for, instead of something that happens to other code."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

WAKE = 0
"""The byte that is no signal's number: another thread calls the main one."""

_MILLISECONDS = 1000


class Inbox:
    """Signals, and calls from other threads, in the order in which they came.

    Python hands a signal's number to a pipe in the C handler itself, whichever thread the kernel
    chose; so one that comes while any thread is inside a system call or a long computation is
    never missed, and nothing of ours runs in the middle of other code. Since the handlers are
    installed rather than left to the default, this works for process 1 too, whose unhandled
    signals the kernel drops.

    Args:
        signals: The signals to handle.
        to_default: Signals that do what the system has them do, whoever changed that before.
        mask: The signals to leave blocked once all this holds; None leaves the mask as it is.
    """

    def __init__(
        self,
        signals: Collection[int],
        *,
        to_default: Collection[int] = (),
        mask: Iterable[int] | None = None,
    ) -> None:
        self._signals = signals
        self._to_default = to_default
        self._mask = mask
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        """Install the handlers.

        Raises:
            ValueError: If this is not the main thread, the only one that Python lets do so.
        """
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._old_wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN)
        for number in self._signals:
            self._before[number] = signal.signal(number, _noted)
        for number in self._to_default:
            self._before[number] = signal.signal(number, signal.SIG_DFL)
        if self._mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there."""
        for number, handler in self._before.items():
            if handler is not None:  # None: set by C code, which Python cannot put back
                signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        os.close(self._read)
        os.close(self._write)

    def hear_of_children(self) -> None:
        """Wake when a child process ends."""
        # A handler that the application has is as good: any has Python write to the pipe.
        if not callable(signal.getsignal(signal.SIGCHLD)):
            self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _noted)

    def watch(self, descriptor: int) -> None:
        """Wake when something can be read from a descriptor, or its other end is closed."""
        self._poll.register(descriptor, select.POLLIN)

    def unwatch(self, descriptor: int) -> None:
        """Watch a descriptor no more."""
        with contextlib.suppress(KeyError):
            self._poll.unregister(descriptor)

    def wake(self) -> None:
        """Make `wait` return `WAKE`; any thread may call this."""
        with contextlib.suppress(BlockingIOError):  # full: the main thread is awake anyhow
            os.write(self._write, b"\0")

    def wait(self, seconds: float | None) -> int | None:
        """Wait for the next signal.

        Args:
            seconds: How long at most; None waits without end.

        Returns:
            The signal's number, `WAKE`, or None when the time is over.
        """
        ready = self._poll.poll(None if seconds is None else seconds * _MILLISECONDS)
        if not ready:
            return None
        if all(descriptor != self._read for descriptor, _ in ready):
            return WAKE
        # A full inbox is read one by one: the second signal means something else than the first.
        return os.read(self._read, 1)[0]

    def fork(self) -> tuple[int, set[int]]:
        """Fork, leaving the child none of this.

        Returns:
            0 in the child, its process id in the parent; and the mask of signals. In the child
            all are blocked: none may come before it has an inbox of its own, with that mask.

        Raises:
            OSError: If the system allows no more processes.
        """
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            process = os.fork()
            if not process:
                self.__exit__()
        except BaseException:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            raise
        if process:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return process, {int(number) for number in mask}


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: the number is in the pipe already."""


def number(name: str) -> int:
    """Give the number of a signal that is named as the configuration names it: `term`."""
    return signal.Signals["SIG" + name.upper()].value


def name(number: int) -> str:
    """Give the name that people know a signal by: `SIGTERM`."""
    return signal.Signals(number).name
