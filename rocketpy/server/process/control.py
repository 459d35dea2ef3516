"""The pipe between a process that serves and its parent: commands go down, reports come up.

Signals would not do: a terminal's Ctrl-C and a service manager's SIGTERM reach every process of a
service, and each would begin the drain twice. When one end of the pipe is closed, by whatever
cause, the other end learns it.

Invariants: all of this belongs to the main thread of each process. `Children` holds every process
that was started and whose end was not yet noted.
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
    from collections.abc import Callable


class Report(enum.Enum):
    """What a child reports to its parent, as the byte on the pipe."""

    READY = b"r"
    """It can begin."""
    SERVING = b"s"
    """It began."""
    ALIVE = b"a"
    """Its main thread runs: the answer to `PING`."""


class Command(enum.Enum):
    """What a parent has a child do, as the byte on the pipe."""

    BEGIN = b"b"
    DRAIN = b"d"
    LEAVE = b"l"
    END_NOW = b"e"
    PING = b"p"
    LOST = b""
    """The parent is gone."""


class Parent:
    """The child's end of the pipe.

    Args:
        pipe: One of a pair of connected sockets.
    """

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        pipe.settimeout(0)

    def fileno(self) -> int:
        """Return the descriptor to watch for commands."""
        return self._pipe.fileno()

    def report(self, what: Report) -> None:
        """Send a report."""
        with contextlib.suppress(OSError):  # the parent is gone, as `next_command` will return
            self._pipe.send(what.value)

    def next_command(self) -> Command | None:
        """Return the next command, or None when there is none now."""
        try:
            return Command(self._pipe.recv(1))
        except BlockingIOError:
            return None
        except OSError:
            return Command.LOST

    def close(self) -> None:
        """Close this end."""
        self._pipe.close()


class Child:
    """A process that this one started, and the parent's end of the pipe.

    Args:
        process: Its process id.
        pipe: One of a pair of connected sockets.
        children: All that this process started.

    Attributes:
        is_ready: Whether it can begin, or began.
        is_serving: Whether it began.
        code: How it ended: its exit code, or a signal's number below zero; None while it runs.
        born: When it was started, on the monotonic clock.
        answered: When it last showed that its main thread runs, on the same clock.
    """

    def __init__(self, process: int, pipe: socket.socket, children: Children) -> None:
        self.process = process
        self.is_ready: bool = False
        self.is_serving: bool = False
        self.code: int | None = None
        self.born: float = time.monotonic()
        self.answered: float = self.born
        self._pipe = pipe
        self._children = children
        pipe.settimeout(0)
        children.add(self, pipe.fileno())

    def update(self) -> None:
        """Read its reports, and note whether it has ended."""
        with contextlib.suppress(OSError):
            while report := self._pipe.recv(1):
                self.is_ready = True
                self.is_serving = self.is_serving or report == Report.SERVING.value
                self.answered = time.monotonic()
            self._children.unwatch(self._pipe.fileno())  # it closed its end; SIGCHLD follows
        if self.code is None:
            try:
                ended, status = os.waitpid(self.process, os.WNOHANG)
            except ChildProcessError:  # the application's code waits for any child
                self.code = ExitCode.FAILED  # the real one is lost
            else:
                self.code = os.waitstatus_to_exitcode(status) if ended else None

    def send(self, command: Command) -> None:
        """Send it a command."""
        with contextlib.suppress(OSError):  # it has ended, as `update` will note
            self._pipe.send(command.value)

    def signal(self, number: int) -> None:
        """Send it a signal, unless it is known to have ended."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, number)

    def kill(self) -> None:
        """End it now."""
        self.signal(signal.SIGKILL)

    def close_pipe(self) -> None:
        """Close this end of the pipe, as a process must that is no parent of this child."""
        self._pipe.close()

    def close(self) -> None:
        """Close the pipe, and remove the process from `Children`."""
        self._children.remove(self, self._pipe.fileno())
        self._pipe.close()


class Children:
    """The processes that this one started and that run.

    Args:
        watch: Wakes the main thread when a descriptor is readable.
        unwatch: Ends that.
    """

    def __init__(self, watch: Callable[[int], None], unwatch: Callable[[int], None]) -> None:
        self.unwatch = unwatch
        self._watch = watch
        self._running: dict[int, Child] = {}

    def add(self, child: Child, descriptor: int) -> None:
        """Enter a process that was started, and watch its pipe."""
        self._watch(descriptor)
        self._running[child.process] = child

    def remove(self, child: Child, descriptor: int) -> None:
        """Remove a process, and watch its pipe no more."""
        self.unwatch(descriptor)
        self._running.pop(child.process, None)

    def close_pipes(self) -> None:
        """Close this process's ends of all pipes: it was forked from the parent, and is none."""
        for child in self._running.values():
            child.close_pipe()

    def reap_orphans(self) -> None:
        """As process 1, wait for ended processes whose parents have ended before them.

        Otherwise each would keep its place in the table of processes for ever. Only a process that
        runs no application may do this: the children of an application are its own to wait for.
        """
        if os.getpid() != 1:
            return
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                process, status = ended
                if process in self._running:
                    self._running[process].code = os.waitstatus_to_exitcode(status)


def describe_exit(code: int) -> str:
    """Return how a process ended, in words.

    >>> describe_exit(3), describe_exit(-9)
    ('ended with exit code 3', 'was killed by SIGKILL')
    """
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal
        return f"was killed by signal {-code}"
