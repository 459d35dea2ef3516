"""What a process serves, and the engine that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rocketpy.server.listener import remove_socket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from ssl import SSLContext
    from wsgiref.types import WSGIApplication

    from rocketpy.server.listener import Listener
    from rocketpy.server.loop.engine import Engine
    from rocketpy.server.observe.service_status import ServiceStatus
    from rocketpy.server.protocols import ServerSettings


class Service(NamedTuple):
    """What `launch` hands on to each process that serves.

    Attributes:
        app: The WSGI application.
        settings: The keys that the server honours.
        listeners: The listening sockets, which all processes of the service share.
        tls: What connections are encrypted with, if they are.
        status: What the course of the service is reported to.
        socket_paths: The files of Unix sockets that this service made; the first process removes
            them when the drain begins.
    """

    app: WSGIApplication
    settings: ServerSettings
    listeners: Sequence[Listener]
    tls: SSLContext | None
    status: ServiceStatus
    socket_paths: Sequence[str] = ()

    def make_engine(self, wake: Callable[[], None]) -> Engine:
        """Return an engine for this process, with listeners of its own (duplicates).

        Args:
            wake: Wakes the main thread, which then calls `look`.
        """
        listeners: list[Listener] = [listener.dup() for listener in self.listeners]
        if self.tls is not None:
            # Only a service that encrypts imports ssl.
            from rocketpy.server.tls.secure_socket import SecureListener

            listeners = [SecureListener.over(listener, self.tls) for listener in listeners]
        from rocketpy.server.loop.engine import Engine  # waitress is imported only to serve

        return Engine(self.app, self.settings, listeners, wake, observer=self.status)

    def import_engine(self) -> None:
        """Import what serves, before workers are forked: they share its memory then."""
        if self.tls is not None:
            import rocketpy.server.tls.secure_socket
        import rocketpy.server.loop.engine  # noqa: F401  (for its side effect)

    def remove_sockets(self) -> None:
        """Remove the files of Unix sockets, so that no client finds the service there any more."""
        for path in self.socket_paths:
            remove_socket(path)

    def close_listeners(self) -> None:
        """Close this process's own listeners; an engine has others."""
        for listener in self.listeners:
            listener.close()
