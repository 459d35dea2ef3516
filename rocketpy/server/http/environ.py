"""The WSGI environment of a request (PEP 3333): what both lanes give an application."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from waitress.buffers import ReadOnlyFileBasedBuffer

from rocketpy.server.http.plain_heads import environ_name

if TYPE_CHECKING:
    from rocketpy.server.http.request_parser import Parser

SOFTWARE = "rocketpy"
"""What the application reads as SERVER_SOFTWARE when `ident` is off; WSGI demands a string."""

LOCAL = "localhost"
"""SERVER_NAME on a Unix socket, which has no address."""

_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Peer(NamedTuple):
    """The client's end of a connection.

    Attributes:
        address: The IP address; empty on a Unix socket.
        environ: The part of the WSGI environment that follows from the connection.
    """

    address: str
    environ: dict[str, Any]


def of_listener(address: object, *, scheme: str, ident: str | None) -> dict[str, Any]:
    """Return the part of the environment that is the same for every request at a listener.

    Args:
        address: What `getsockname()` says: host, port and more; or a path.
        scheme: `http` or `https`.
        ident: The Server header, if there is one.
    """
    if isinstance(address, tuple):
        name, port = str(address[0]), str(address[1])
    else:
        name, port = LOCAL, _DEFAULT_PORTS[scheme]
    return {
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_SOFTWARE": ident or SOFTWARE,
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": ReadOnlyFileBasedBuffer,
        "wsgi.input_terminated": True,
    }


def of_peer(address: object) -> Peer:
    """Return the client's end of a connection, from what `accept` says of it.

    A client on a Unix socket has no address, and its requests have no REMOTE_ADDR.

    >>> of_peer(("127.0.0.1", 4711)).environ["REMOTE_PORT"], of_peer("").address
    ('4711', '')
    """
    if not isinstance(address, tuple):
        return Peer("", {})
    host = str(address[0])
    return Peer(host, {"REMOTE_ADDR": host, "REMOTE_HOST": host, "REMOTE_PORT": str(address[1])})


def of_parsed(request: Parser) -> dict[str, Any]:
    """Return the part of the environment that the head says, as the general lane has read it."""
    path = request.path
    if path.startswith("/"):
        path = "/" + path.lstrip("/")  # who joins `//x/y` to a host would get another host
    said = {environ_name(name): value for name, value in request.headers.items()}
    return said | {
        "REQUEST_METHOD": request.command,
        "PATH_INFO": path,
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.request_uri,
        "SERVER_PROTOCOL": f"HTTP/{request.version}",
    }
