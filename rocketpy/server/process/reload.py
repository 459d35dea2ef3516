"""Reload: a new generation of the service takes over from the one that runs.

A configuration is bound when an application is made, and modules cannot be imported twice in one
process. So the service's own command is run once more, which reads the configuration, imports the
application and starts its workers, all as at a launch. It inherits the listener. When it is ready
it takes over, and the old generation leaves; when it fails it says why on standard error, and
nothing has happened.

The process that was started first stays, for it has the number that the world knows; signals come
to it, and it hands them down as orders.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

from rocketpy.server.launch import INHERITANCE
from rocketpy.server.process.control import Child, Order, Superior, how

if TYPE_CHECKING:
    from rocketpy.server.process.control import Children

END_NOW_SECONDS = 1.0
"""What a generation gets to end its workers before it is killed itself."""


class Generation:
    """The service's command, run once more.

    Args:
        listener: The listening socket that it is to inherit.
        children: The processes that this one started.
        command: Program and arguments, instead of this process's own.
    """

    is_here = False

    def __init__(
        self, listener: socket.socket, children: Children, command: list[str] | None = None
    ) -> None:
        self._listener = listener
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
        """1 when it ended otherwise than in order, else 0."""
        return int(self._child is None or bool(self._child.code))

    @property
    def end(self) -> str:
        """How it ended, in words."""
        if self._child is None:
            return f"cannot be started ({self._failure})"
        return how(self._child.code or 0)

    def spawn(self) -> None:
        """Run the command."""
        self._children.box.hear_of_children()
        ours, theirs = socket.socketpair()
        inherited = (self._listener.fileno(), theirs.fileno())
        # Numbers that are free there, since they are taken here; the child gets them without the
        # mark that closes them on exec, and no other thread's child can get them by chance.
        numbers = [os.dup(descriptor) for descriptor in inherited]
        try:
            process = os.posix_spawn(
                self._command[0],
                self._command,
                os.environ | {INHERITANCE: ",".join(map(str, numbers))},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, descriptor, number)
                    for descriptor, number in zip(inherited, numbers, strict=True)
                ],
            )
        except OSError as error:
            self._failure = error.strerror or str(error)
            ours.close()
        else:
            self._child = Child(process, ours, self._children)
        finally:
            theirs.close()
            for number in numbers:
                os.close(number)

    def begin(self) -> None:
        """Have it serve."""
        if self._child is not None:
            self._child.tell(Order.BEGIN)

    def look(self) -> float | None:
        """See what became of it."""
        if self._child is not None:
            self._child.look()
        return None

    def drain(self) -> None:
        """Have it end the service."""
        if self._child is not None:
            self._child.tell(Order.DRAIN)
            if not self._child.is_ready:  # as long as it starts, it hears no orders
                self._child.signal(signal.SIGTERM)

    def leave(self) -> None:
        """Have it leave the listener to the next generation."""
        if self._child is not None:
            self._child.tell(Order.LEAVE)

    def kill(self) -> None:
        """End it, and its workers, now."""
        if self._child is None:
            return
        self._child.tell(Order.END_NOW)
        until = time.monotonic() + END_NOW_SECONDS
        while self._child.code is None and time.monotonic() < until:
            time.sleep(END_NOW_SECONDS / 100)
            self._child.look()
        self._child.kill()

    def close(self) -> None:
        """Hang up."""
        if self._child is not None:
            self._child.close()


def own_command() -> list[str]:
    """Return this process's own program and arguments."""
    program = sys.executable
    if not os.access(program, os.X_OK):
        # An executable that was unpacked into memory has no path; the kernel knows it all the same.
        program = "/proc/self/exe"
    return [program, *sys.orig_argv[1:]]


def inherit(numbers: str) -> tuple[socket.socket, Superior]:
    """Take what the process that is known to the world handed down to this one.

    Args:
        numbers: The value of the environment variable.

    Returns:
        The listener, and the line to that process.
    """
    listener, line = (socket.socket(fileno=int(number)) for number in numbers.split(","))
    for inherited in (listener, line):
        inherited.set_inheritable(False)
        inherited.settimeout(0)
    return listener, Superior(line)
