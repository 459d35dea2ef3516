"""What a process knows about the course of its service: what probes and metrics report.

`launch` makes one `ServiceStatus` for each service and hands it on: to the main loop, which reports
the start, the drain and the handover; to the engine, for which it is the `Observer`; and to what
answers probes and metrics. Two services that follow each other in one process share nothing.

Invariants: `health_server`, `on_refusal` and the reader of `watch_loop` are set before requests are
served, by the main thread; `is_draining` is set by the main thread and never reset. The other
threads only read these attributes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.common import probes
from rocketpy.common.log import LogErrorStream

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import ErrorStream

    from rocketpy.common.log import Log
    from rocketpy.common.probes import ProbeAnswer
    from rocketpy.server.observe.health_server import HealthServer


class ServiceStatus:
    """The state of one service, as this process sees it.

    Args:
        workers: How many processes serve.
        log: The service's log; without one, errors are printed on standard error.

    Attributes:
        workers: How many processes serve.
        errors: What applications print their errors to.
        is_draining: Whether the drain has begun: no new requests should be sent here.
        health_server: The listener of `health.port`, if there is one.
        on_refusal: Called with method, URI, peer and status line of each request that the server
            answered itself, if that is logged or counted.
    """

    def __init__(self, workers: int = 1, log: Log | None = None) -> None:
        self.workers = workers
        self.errors: ErrorStream = sys.stderr if log is None else LogErrorStream(log)
        self.is_draining: bool = False
        self.health_server: HealthServer | None = None
        self.on_refusal: Callable[[str, str, str, str], None] | None = None
        self._read_loop: Callable[[], tuple[int, int]] = _no_loop

    # What the main loop reports.

    def begin(self) -> None:
        """Report that this process is ready to answer requests."""
        if self.health_server is not None:
            self.health_server.begin()

    def drain(self) -> None:
        """Report that the drain has begun."""
        self.is_draining = True

    def leave(self) -> None:
        """Report that another process has taken over, which has a health port of its own."""
        if self.health_server is not None:
            self.health_server.close()

    def close_after_fork(self) -> None:
        """Close the health port, in a process that application code forked from this one."""
        if self.health_server is not None:
            self.health_server.close_after_fork()

    # What probes ask.

    def ready(self) -> ProbeAnswer:
        """Return the answer to `/readyz`: whether new requests should be sent here."""
        return probes.draining() if self.is_draining else probes.ready()

    # What the engine reports: see `rocketpy.server.protocols.Observer`.

    def refused(self, method: str, uri: str, peer: str, status: str) -> None:
        """Report a request that the server answered itself."""
        if self.on_refusal is not None:
            self.on_refusal(method, uri, peer, status)

    def watch_loop(self, read: Callable[[], tuple[int, int]]) -> None:
        """Register what reads the loop's gauges."""
        self._read_loop = read

    def loop_gauges(self) -> tuple[int, int]:
        """Return how many requests wait for a thread, and how many threads serve."""
        return self._read_loop()


def _no_loop() -> tuple[int, int]:
    return 0, 0
