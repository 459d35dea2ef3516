"""The line between a process that serves and the one that started it.

Orders go down it, reports come up. Signals would not do: a terminal's Ctrl-C and a service
manager's SIGTERM reach every process of a service, and then each would hear the same thing twice.
And when one end is gone, however that came about, the other end learns it.
"""

from __future__ import annotations

import contextlib
import enum
import os
import signal
import time
from typing import TYPE_CHECKING

from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    import socket

    from rocketpy.server.process.signal_queue import Inbox

READY = b"r"
SERVING = b"s"


class Order(enum.Enum):
    """What a process is told to do, as the byte that tells it."""

    BEGIN = b"b"
    DRAIN = b"d"
    LEAVE = b"l"
    END_NOW = b"e"
    LOST = b""
    """Nobody is left to give orders."""


class Superior:
    """The process that started this one, as this one sees it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        line.settimeout(0)

    def fileno(self) -> int:
        """Return what to watch for orders."""
        return self._line.fileno()

    def report_ready(self) -> None:
        """Say that this process waits for the order to begin."""
        self._report(READY)

    def report_serving(self) -> None:
        """Say that it began."""
        self._report(SERVING)

    def _report(self, what: bytes) -> None:
        with contextlib.suppress(OSError):  # it is gone, which `order` will tell
            self._line.send(what)

    def order(self) -> Order | None:
        """Return the next order, or None when there is none now."""
        try:
            return Order(self._line.recv(1))
        except BlockingIOError:
            return None
        except OSError:
            return Order.LOST

    def close(self) -> None:
        """Hang up."""
        self._line.close()


class Children:
    """The processes that this one started and that run.

    Args:
        box: The main thread's inbox, woken by what they report.
    """

    def __init__(self, box: Inbox) -> None:
        self.box = box
        self._running: dict[int, Child] = {}

    def add(self, child: Child) -> None:
        """Enter a process that was started."""
        self._running[child.process] = child

    def remove(self, child: Child) -> None:
        """Strike a process off."""
        self._running.pop(child.process, None)

    def bury_orphans(self) -> None:
        """As process 1, wait for processes that have ended and whose parents have.

        Nobody else does, and each would keep its place in the table of processes for ever. This is
        only for a process that runs no application: its children are the application's to wait for.
        """
        if os.getpid() != 1:
            return
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                process, status = ended
                if process in self._running:
                    self._running[process].code = os.waitstatus_to_exitcode(status)


class Child:
    """A process that this one started.

    Args:
        process: Its process id.
        line: This end of the line to it.
        children: All that this process started.

    Attributes:
        is_ready: Whether it waits to begin, or began.
        is_serving: Whether it began.
        code: How it ended: its exit code, a signal's number below zero, None while it runs.
        born: When it was started, on the monotonic clock.
    """

    def __init__(self, process: int, line: socket.socket, children: Children) -> None:
        self.process = process
        self.is_ready = False
        self.is_serving = False
        self.code: int | None = None
        self.born = time.monotonic()
        self._line = line
        self._children = children
        self._box = children.box
        line.settimeout(0)
        self._box.watch(line.fileno())
        children.add(self)

    def look(self) -> None:
        """See what became of it."""
        with contextlib.suppress(OSError):
            while report := self._line.recv(1):
                self.is_ready = True
                self.is_serving = report == SERVING
            self._box.unwatch(self._line.fileno())  # it hung up; its end will wake us
        if self.code is None:
            try:
                ended, status = os.waitpid(self.process, os.WNOHANG)
            except ChildProcessError:  # the application's code waits for any child
                self.code = ExitCode.FAILED  # which is not known
            else:
                self.code = os.waitstatus_to_exitcode(status) if ended else None

    def tell(self, order: Order) -> None:
        """Give it an order."""
        with contextlib.suppress(OSError):  # it has ended, which `look` will tell
            self._line.send(order.value)

    def signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.code is None:
            os.kill(self.process, number)

    def kill(self) -> None:
        """End it now."""
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Hang up."""
        self._box.unwatch(self._line.fileno())
        self._line.close()
        self._children.remove(self)


def how(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"
