"""A plugin for pytest: waitress's own tests get our engine where they ask for its server.

It is loaded by `test_waitress_suite.py` into another pytest, which has waitress's sources.
"""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any

import waitress.server  # type: ignore[import-untyped]
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]

from rocketpy.server.listener import bind
from rocketpy.server.loop.engine import Engine
from rocketpy.server.observe.service_status import ServiceStatus
from rocketpy.server.process.control import Children
from rocketpy.server.process.main_loop import MainLoop
from rocketpy.server.process.service import Service
from rocketpy.server.process.signal_queue import SignalQueue

SHUTDOWN = SimpleNamespace(ctrlc=True, signals=("term",), grace=0, mercy=0, force=True)


class OnEngine:
    """What waitress's tests use of a server."""

    def __init__(self, application: Any, *, host: str, port: int, **settings: Any) -> None:
        self.application = application
        self.socket = bind(ipaddress.ip_address(host), port)
        self.adj = Adjustments(sockets=[self.socket], **settings)

    def run(self) -> None:
        """Serve until SIGTERM."""
        settings: Any = SimpleNamespace(
            max_blocking=self.adj.threads,
            keep_alive=self.adj.channel_timeout,
            ident=self.adj.ident,
            shutdown=SHUTDOWN,
        )
        service = Service(self.application, settings, [self.socket], None, ServiceStatus())
        with SignalQueue({15}) as queue:
            engine = Engine(
                self.application, settings, self.socket.dup(), queue.wake, adjustments=self.adj
            )
            children = Children(queue.watch, queue.unwatch)
            MainLoop(engine, service, queue, children, ending={15}).run()


waitress.server.TcpWSGIServer = OnEngine
