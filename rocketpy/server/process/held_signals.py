"""Signals that come while a service starts: they are kept until it can obey them.

A launch spends nearly all of its time importing. By default, SIGHUP would end the process in that
time, and SIGTERM would be lost if it is process 1. `rocketpy launch` holds both from its first
instruction on, and the `SignalQueue` of the service takes over what came.

Invariants: the main thread alone runs this code (Python runs handlers there). `received` holds what
came since `hold` and was not taken by `release`.
"""

from __future__ import annotations

import os
import signal
from _thread import get_ident
from typing import TYPE_CHECKING, Self

from rocketpy.common.exit_codes import killed_by
from rocketpy.server.process.inheritance import is_inheriting

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

HOLD_SECONDS = 5
"""How long a start may go on after SIGTERM: as long as a shutdown may take by default, Rocket's
`grace` and `mercy`. An import that hangs must not keep the process from ending."""


class ForkGuard:
    """Resets the signals of processes that application code forks from this one.

    A forked process has the handlers of its parent, and until Python knows of the fork, it drops
    signals that come to it. So all signals are blocked around the fork; those that come meanwhile
    find the handlers that `reset` leaves.

    Python's hooks cannot be removed: a guard stays, and does nothing once it is not `active`.

    Invariants: a thread touches only its own entry of `_masks`. `active` is set by the main thread.

    Args:
        reset: Called in the forked process, by the one thread that it has.

    Attributes:
        active: Whether there is anything to reset.
        exempt: The thread whose forks are the server's own, and are left alone.
    """

    def __init__(self, reset: Callable[[], None]) -> None:
        self.active: bool = True
        self.exempt: int | None = None
        self._reset = reset
        self._masks: dict[int, set[int]] = {}
        os.register_at_fork(
            before=self._before, after_in_parent=self._unblock, after_in_child=self._after_in_child
        )

    def close(self) -> None:
        """Let go of `reset`, and do nothing from now on."""
        self.active = False
        self._reset = _do_nothing

    def _before(self) -> None:
        if self.active and self.exempt != get_ident():
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            self._masks[get_ident()] = {int(number) for number in mask}

    def _unblock(self) -> None:
        mask = self._masks.pop(get_ident(), None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _after_in_child(self) -> None:
        try:
            if self.active and self.exempt != get_ident():
                self._reset()
                self.close()
        finally:
            self._unblock()


def _do_nothing() -> None:
    pass


class HeldSignals:
    """The handler of SIGTERM and SIGHUP during a start.

    A second SIGTERM, or the end of `HOLD_SECONDS` after the first, ends the process at once.

    Attributes:
        received: The signals that came, in their order, each once.
        before: The handlers that the signals had before.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self.before: dict[int, Handler] = {}
        self._guard = ForkGuard(self._restore)

    def hold(self, *numbers: int) -> Self:
        """Install this as the handler of these signals; return it."""
        for number in numbers:
            self.before[number] = signal.signal(number, self)
        return self

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Note a signal."""
        if number == signal.SIGALRM or (number == signal.SIGTERM and number in self.received):
            os._exit(killed_by(signal.SIGTERM))
        elif number not in self.received:
            self.received.append(number)
            if number == signal.SIGTERM:
                self.before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self)
                signal.alarm(HOLD_SECONDS)

    def _restore(self) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def close(self) -> None:
        """Leave forked processes alone: the handlers are no longer this."""
        self._guard.close()

    def release(self, number: int) -> list[int]:
        """Return [number] if that signal came, else []; the caller handles it from now on."""
        if number not in self.received:
            return []
        self.received.remove(number)
        if number == signal.SIGTERM:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, self.before[signal.SIGALRM])
        return [number]


def hold_signals() -> None:
    """Hold SIGTERM and SIGHUP; to be called as the first thing that a launch does.

    In a process that is to take over from another, SIGTERM is not held: by that, the other one ends
    it. SIGHUP is, since it may reach every process of a service.
    """
    numbers = {signal.SIGHUP} if is_inheriting() else {signal.SIGTERM, signal.SIGHUP}
    HeldSignals().hold(*numbers)


def release_signals() -> None:
    """Restore the handlers of held signals that were not taken over; raise those that came."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        held = signal.getsignal(number)  # the queue has taken over those that it handles
        if isinstance(held, HeldSignals):
            signal.signal(number, held.before[number])
            held.close()
            for came in held.release(number):
                signal.raise_signal(came)
