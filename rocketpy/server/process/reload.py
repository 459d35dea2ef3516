"""Reload: a new generation of the service takes over from the one that runs.

A configuration belongs to an application from when that is made, and modules cannot be imported
twice in one process. So the service's own command is run once more, which reads the configuration,
imports the application and starts its workers, all as at a launch. It inherits the listeners. When
it is ready it takes over, and the old generation leaves; when it fails it prints why on standard
error, and the old one goes on.

The process that was started first stays, since its process id is the one that others know; signals
come to it, and it hands them down as commands.

Invariants: the main thread alone touches a `Generation`. `_child` is set by `spawn`, once.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

from rocketpy.server.process.control import Child, Command, describe_exit
from rocketpy.server.process.inheritance import spawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.server.listener import Listener
    from rocketpy.server.process.control import Children

END_NOW_SECONDS = 1.0
"""What a generation gets to end its workers before it is killed itself."""


class Generation:
    """The service's command, run once more; a `Serving`.

    Args:
        listeners: The listening sockets that it inherits.
        children: The processes that this one started.
        command: Program and arguments, instead of this process's own.
    """

    is_here = False

    def __init__(
        self,
        listeners: Sequence[Listener],
        children: Children,
        command: list[str] | None = None,
    ) -> None:
        self._listeners = listeners
        self._children = children
        self._command = command or own_command()
        self._child: Child | None = None
        self._failure = ""

    @property
    def is_ready(self) -> bool:
        """Whether it can take over."""
        return self._child is not None and self._child.is_ready and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._child is None or self._child.code is not None

    @property
    def cut(self) -> int:
        """1 when it ended with another exit code than 0, else 0."""
        return int(self._child is None or bool(self._child.code))

    @property
    def outcome(self) -> str:
        """How it ended, in words."""
        if self._child is None:
            return f"cannot be started ({self._failure})"
        return describe_exit(self._child.code or 0)

    def spawn(self) -> None:
        """Run the command; if that fails, `is_over` is true and `outcome` has the reason."""
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            self._failure = error.strerror or str(error)
            return
        try:
            process = spawn(self._command, self._listeners, theirs)
        except OSError as error:
            self._failure = error.strerror or str(error)
            ours.close()
        else:
            self._child = Child(process, ours, self._children)
        finally:
            theirs.close()

    def begin(self) -> None:
        """Have it serve."""
        if self._child is not None:
            self._child.send(Command.BEGIN)

    def look(self) -> float | None:
        """Note what it reported, and whether it has ended."""
        if self._child is not None:
            self._child.update()
        return None

    def drain(self) -> None:
        """Have it end the service."""
        if self._child is not None:
            self._child.send(Command.DRAIN)
            if not self._child.is_ready:  # while it starts, it reads no commands
                self._child.signal(signal.SIGTERM)

    def leave(self) -> None:
        """Have it leave the listeners to the next generation."""
        if self._child is not None:
            self._child.send(Command.LEAVE)

    def cancel(self) -> None:
        """End it while it starts; workers that it has already end when they see it gone."""
        if self._child is not None:
            self._child.kill()

    def kill(self) -> None:
        """End it, and its workers, now."""
        if self._child is None:
            return
        self._child.send(Command.END_NOW)
        until = time.monotonic() + END_NOW_SECONDS
        while self._child.code is None and time.monotonic() < until:
            time.sleep(END_NOW_SECONDS / 100)
            self._child.update()
        self._child.kill()

    def close_after_fork(self) -> None:
        """Do nothing: `Children` closes the pipe, and there is nothing else."""

    def close(self) -> None:
        """Close the pipe to it."""
        if self._child is not None:
            self._child.close()


def own_command() -> list[str]:
    """Return this process's own program and arguments."""
    program = sys.executable
    if not os.access(program, os.X_OK):
        # An executable that was unpacked into memory has no path; the kernel knows it all the same.
        program = "/proc/self/exe"
    return [program, *sys.orig_argv[1:]]
