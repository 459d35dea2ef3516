"""A plugin for pytest: waitress's own tests get our engine where they ask for its server.

It is loaded by `test_waitress_suite.py` into another pytest, which has waitress's sources.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from types import SimpleNamespace
from typing import Any

import waitress.server
from waitress.adjustments import Adjustments
from waitress.proxy_headers import proxy_headers_middleware

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
        self.socket = bind(ipaddress.ip_address(host), port)
        self.adj = adj = Adjustments(sockets=[self.socket], **settings)
        # As waitress's server does.
        self.application = proxy_headers_middleware(
            application,
            trusted_proxy=adj.trusted_proxy,
            trusted_proxy_count=adj.trusted_proxy_count,
            trusted_proxy_headers=adj.trusted_proxy_headers,
            clear_untrusted=adj.clear_untrusted_proxy_headers,
            log_untrusted=adj.log_untrusted_proxy_headers,
        )

    def run(self) -> None:
        """Serve until SIGTERM."""
        settings: Any = SimpleNamespace(
            workers=1,
            max_blocking=self.adj.threads,
            keep_alive=self.adj.channel_timeout,
            ident=self.adj.ident,
            shutdown=SHUTDOWN,
        )
        service = Service(self.application, settings, [self.socket], None, ServiceStatus())
        with SignalQueue({15}) as queue:
            engine = Engine(
                self.application, settings, [self.socket.dup()], queue.wake, adjustments=self.adj
            )
            children = Children(queue.watch, queue.unwatch)
            MainLoop(engine, service, queue, children, ending={15}).run()


waitress.server.TcpWSGIServer = OnEngine

_HEAD_OF_1_1 = re.compile(rb"\A([A-Z]+ \S+ HTTP/1\.1\r\n)")


class WithHost(socket.socket):
    """A client's socket that sends a Host, which HTTP/1.1 demands and these tests leave out."""

    def send(self, data: Any, flags: int = 0) -> int:
        """Send bytes, with a Host after the first line of a request of HTTP/1.1."""
        if b"host:" not in data.lower():
            data = _HEAD_OF_1_1.sub(rb"\1Host: localhost\r\n", data)
        return super().send(data, flags)


def pytest_collection_finish() -> None:
    """Have their clients use such a socket."""
    tests: Any = sys.modules["tests.test_functional"]
    tests.SubprocessTests.create_socket = lambda case: WithHost(
        case.server.family, socket.SOCK_STREAM
    )
