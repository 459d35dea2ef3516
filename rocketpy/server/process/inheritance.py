"""What a process that takes over from another gets from it: the listeners and the control pipe.

Their descriptors' numbers stand in an environment variable, as systemd does it: `3,4+,5`, the pipe
last; the sign marks a listener that another program keeps open when the service has ended.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from rocketpy.server.listener import Listener

VARIABLE = "ROCKETPY_GENERATION"

_OUTLIVES = "+"


def is_inheriting() -> bool:
    """Return whether this process was started by a service, to take over from it."""
    return VARIABLE in os.environ


def inherit() -> tuple[list[Listener], socket.socket]:
    """Return the listeners and the control pipe, and remove the variable.

    Raises:
        KeyError: If this process was not started by a service.
    """
    import socket  # not while signals are not held yet, see held_signals.py

    from rocketpy.server.listener import Listener

    *entries, last = os.environ.pop(VARIABLE).split(",")
    listeners = []
    for entry in entries:
        listeners.append(listener := Listener(fileno=int(entry.removesuffix(_OUTLIVES))))
        listener.outlives = entry.endswith(_OUTLIVES)
    pipe = socket.socket(fileno=int(last))
    for inherited in (*listeners, pipe):
        inherited.set_inheritable(False)
        inherited.settimeout(0)
    return listeners, pipe


def spawn(command: list[str], listeners: Sequence[Listener], pipe: socket.socket) -> int:
    """Run a command that inherits the listeners and the control pipe.

    Returns:
        The process id.

    Raises:
        OSError: If the program is not there, or the system gives no process or no descriptor.
    """
    numbers: list[int] = []
    inherited = [socket_.fileno() for socket_ in (*listeners, pipe)]
    try:
        # Numbers that are free in the new process, since they are taken here. It gets them without
        # the mark that closes them on exec; no other thread's child can get them by chance.
        for descriptor in inherited:
            numbers.append(os.dup(descriptor))  # noqa: PERF401  (those before a failure are closed)
        return os.posix_spawn(
            command[0],
            command,
            os.environ | {VARIABLE: _entries(numbers, listeners)},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, descriptor, number)
                for descriptor, number in zip(inherited, numbers, strict=True)
            ],
        )
    finally:
        for number in numbers:
            os.close(number)


def _entries(numbers: list[int], listeners: Sequence[Listener]) -> str:
    signs = [_OUTLIVES if listener.outlives else "" for listener in listeners]
    return ",".join(f"{number}{sign}" for number, sign in zip(numbers, [*signs, ""], strict=True))
