"""What a worker process does: it serves as its supervisor commands, and then it ends in order."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from rocketpy.server.process.control import Children, Parent
from rocketpy.server.process.main_loop import MainLoop
from rocketpy.server.process.signal_queue import SignalQueue, signal_number

if TYPE_CHECKING:
    import socket

    from rocketpy.server.loop.accept_balance import Share
    from rocketpy.server.process.service import Service
    from rocketpy.server.protocols import ServerSettings, ShutdownSettings

LEAST_EXIT_SECONDS = 1.0
"""What the application's own end gets at least, when requests have taken all of grace and mercy."""


def run_worker(service: Service, pipe: socket.socket, *, share: Share, mask: set[int]) -> int:
    """Serve in this process, which was forked to do so.

    Args:
        service: What is served.
        pipe: This process's end of the pipe to the supervisor.
        share: This process's part in the connections.
        mask: The signals to block once handlers are installed; all are blocked until then.

    Returns:
        The exit code: 0 when nothing was cut off, 1 otherwise.
    """
    settings = service.settings
    with SignalQueue(survived_signals(settings), mask=mask) as queue:
        engine = service.make_engine(queue.wake)
        engine.share = share
        share.note(0)
        children = Children(queue.watch, queue.unwatch)
        loop = MainLoop(engine, service, queue, children, parent=Parent(pipe))
        code = loop.run()
        end_application(code, settings.shutdown, loop.drain_began)
    return code


def ending_signals(settings: ServerSettings) -> set[int]:
    """Return the signals that begin the drain."""
    numbers = {signal_number(name) for name in settings.shutdown.signals}
    return numbers | {signal.SIGINT.value} if settings.shutdown.ctrlc else numbers


def survived_signals(settings: ServerSettings) -> set[int]:
    """Return the signals that can reach every process of a service, and that a child survives."""
    return ending_signals(settings) | {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def end_application(code: int, shutdown: ShutdownSettings, drain_began: float | None) -> None:
    """Do what Python does at the end of a process: join threads, run `atexit` handlers.

    A forked process cannot return to Python's own end, since the supervisor's code lies in between.
    See `bound_exit` for the arguments.
    """
    bound_exit(code, shutdown, drain_began)
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing does
    atexit._run_exitfuncs()  # as multiprocessing does
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or None
            stream.flush()


def bound_exit(code: int, shutdown: ShutdownSettings, drain_began: float | None) -> None:
    """Given `force`, have the process end when grace and mercy are over, unless it has by then.

    Args:
        code: The exit code of that end.
        shutdown: What of `grace` and `mercy` is left, or `LEAST_EXIT_SECONDS`, is the time.
        drain_began: When the drain began, on the monotonic clock; None for now.
    """
    if shutdown.force:
        began = time.monotonic() if drain_began is None else drain_began
        left = began + shutdown.grace + shutdown.mercy - time.monotonic()
        timer = threading.Timer(max(left, LEAST_EXIT_SECONDS), os._exit, (code,))
        timer.daemon = True
        timer.start()
