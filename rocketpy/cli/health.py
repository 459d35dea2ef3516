"""`rocketpy health`: ask the service that this configuration is of whether it is well.

It is what an image's HEALTHCHECK runs, every few seconds and for years, so it imports little: the
configuration without its types, and a bare socket for one request.
"""

from __future__ import annotations

import argparse
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.common.exit_codes import ExitCode

if TYPE_CHECKING:
    from rocketpy.config.keys.address import Address
    from rocketpy.config.keys.tls import TlsConfig

PATH = "/healthz"
TIMEOUT = 3.0
NOT_FOUND = 404
DAY = 86_400.0
MOST = 65_536
"""Bytes that are read of an answer."""


class HealthError(Exception):
    """The service does not answer as a healthy one does; the message tells how."""


class Target(NamedTuple):
    """Where the service is."""

    host: str
    port: int
    tls: TlsConfig | None

    def url(self, path: str) -> str:
        """Return the URL of a path of the service."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"


def add_to(verbs: Any) -> None:
    """Add the verb to the command."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "health",
        help="ask the running service whether it is well",
        description=f"Ask the service that runs with this configuration, here, for {PATH}. It is "
        f"healthy when the answer's status is 200 to 399; 404 will do for {PATH} itself, since a "
        f"service without that route has answered too. Exits with 0 or 1.",
    )
    verb.add_argument(
        "--path", type=_path, help=f"the path to ask for, with its query (default: {PATH})"
    )
    verb.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="S",
        help=f"seconds that all of it may take (default: {TIMEOUT:g})",
    )
    verb.set_defaults(run=run)


def _path(text: str) -> str:
    if not text.startswith("/") or not all("!" <= letter <= "~" for letter in text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no path: it begins with /, and has no blanks"
        )
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= DAY:  # what is longer is a slip, or not a number
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: 0.5, 3, 10")
    return seconds


def run(asked: argparse.Namespace) -> int:
    """Ask, and print the answer."""
    try:
        print(f"healthy: {probe(target(), asked.path, asked.timeout)}")
    except HealthError as unhealthy:
        print(f"Error: unhealthy: {unhealthy}", file=sys.stderr)
        return ExitCode.FAILED
    return ExitCode.OK


def target() -> Target:
    """Return where the service of this configuration listens.

    Raises:
        Error: the configuration cannot be used.
        HealthError: it does not say.
    """
    from rocketpy.config.keys.table import KEYS
    from rocketpy.config.sources import figment

    layers = figment()
    address, port, tls = (
        layers.extract(KEYS[key].decode, key) for key in ("address", "port", "tls")
    )
    if not port:
        raise HealthError("`port` is 0, any that is free, so it is not known here: set the port")
    return Target(_host(address), port, tls if tls and tls.ciphers else None)


def _host(address: Address) -> str:
    """Return where to reach what listens on an address: every interface includes the loopback."""
    if address.is_unspecified:
        return "::1" if address.version == 6 else "127.0.0.1"  # noqa: PLR2004  (IP version six)
    return str(address)


def probe(service: Target, path: str | None, timeout: float) -> str:
    """Ask a service for a path and return how it answered.

    Args:
        service: where it is.
        path: what to ask for; None for `/healthz`, where 404 will do.
        timeout: seconds that all of it may take.

    Raises:
        HealthError: it answers with an error, or not at all, or not in time.
    """
    url = service.url(path or PATH)
    deadline = time.monotonic() + timeout
    try:
        if service.tls and service.tls.mutual and service.tls.mutual.mandatory:
            return _greet(service, deadline)
        line = _ask(service, path or PATH, deadline).partition(b"\r\n")[0].decode("latin-1")
    except TimeoutError:
        raise HealthError(f"{url} did not answer within {timeout:g} s") from None
    except OSError as error:
        raise HealthError(f"{url}: {error.strerror or error}") from None
    version, _, status = line.partition(" ")
    if not version.startswith("HTTP/1.") or not status[:3].isdecimal():
        raise HealthError(f"{url} answered {line[:80]!r}, which is not HTTP")
    code = int(status[:3])
    if not (200 <= code < 400 or (code == NOT_FOUND and path is None)):  # noqa: PLR2004  (RFC 9110, section 15)
        raise HealthError(f"{url} answered {status}")
    return f"{url} answered {status}"


def _ask(service: Target, path: str, deadline: float) -> bytes:
    """Return the beginning of the answer to one GET request."""
    address = (service.host, service.port)
    connection = socket.create_connection(address, _left(deadline))
    try:
        if service.tls:
            connection = _encrypted(connection)
        host = service.url("").partition("//")[2]
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: rocketpy-health\r\n"
        connection.sendall(f"{request}Accept: */*\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        # Read to its end: closing before would reset the connection under the service.
        while len(answer) < MOST:
            connection.settimeout(_left(deadline))
            part = connection.recv(MOST)
            if not part:
                break
            answer += part
        return answer
    finally:
        connection.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _encrypted(connection: socket.socket) -> socket.socket:
    try:
        import ssl
    except ImportError:
        raise HealthError(
            "the service is asked for `tls`, which this build does not have"
        ) from None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The question is whether it answers; its name is one of the outside world.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def _greet(service: Target, deadline: float) -> str:
    """Do no more than TLS's handshake: a service that demands certificates takes no request.

    In TLS 1.3 it ends before the service has missed our certificate, in 1.2 with its refusal;
    only a service that lives can do either.
    """
    connection = socket.create_connection((service.host, service.port), _left(deadline))
    try:
        connection = _encrypted(connection)
    except OSError as error:
        if "ALERT" not in str(getattr(error, "reason", "")):
            raise
    finally:
        connection.close()
    return f"{service.url('')} asks for a client's certificate"
