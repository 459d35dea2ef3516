"""`rocketpy health`: check the service that runs with this configuration.

The HEALTHCHECK of an image runs this command every few seconds, so it imports little: the keys
without pydantic, and a socket for one request instead of an HTTP client.
"""

from __future__ import annotations

import argparse
import ipaddress
import socket
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.common.exit_codes import ExitCode
from rocketpy.common.probes import ALIVE, METRICS, READY

if TYPE_CHECKING:
    from rocketpy.config.keys.address import Address
    from rocketpy.config.keys.extra_keys import Health
    from rocketpy.config.keys.tls import TlsConfig
    from rocketpy.figment.figment import Figment

TIMEOUT = 3.0
HEALTHY = range(200, 400)
"""Statuses that say that a request was answered as it should be (RFC 9110, section 15)."""
LONGEST_TIMEOUT = 86_400.0
"""Seconds: a day. A larger number is a slip, and the kernel's timers have a limit."""
LARGEST_ANSWER = 65_536
"""Bytes; what follows them is not read."""


class HealthError(Exception):
    """The service is not healthy; the message says how it answered."""


class Target(NamedTuple):
    """Where the service listens."""

    host: str
    port: int
    tls: TlsConfig | None
    unix: str = ""
    """The path of its Unix socket, instead of host and port."""

    def connect(self, timeout: float) -> socket.socket:
        """Connect to it."""
        if not self.unix:
            return socket.create_connection((self.host, self.port), timeout)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(timeout)
            connection.connect(self.unix)
        except OSError:
            connection.close()
            raise
        return connection

    @property
    def authority(self) -> str:
        """What the Host header says."""
        return self.url("").partition("//")[2] if not self.unix else "localhost"

    def url(self, path: str) -> str:
        """Return the URL of a path on the service."""
        if self.unix:
            return f"unix:{self.unix}{':' if path else ''}{path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "health",
        help="check whether the running service is healthy",
        description=f"Request {ALIVE} from the service that runs with this configuration on this "
        f"machine, at `health.port` where that is set. It is healthy when the status is 200 to "
        f"399. Exits with 0 or 1.",
    )
    command.add_argument(
        "--path",
        type=_path,
        help=f"the path to request, with its query (default: {ALIVE}); at `health.port` if it is "
        f"one of a probe, else at `port`",
    )
    command.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="S",
        help=f"seconds that the whole check may take (default: {TIMEOUT:g})",
    )
    command.set_defaults(run=run)


def _path(text: str) -> str:
    if not text.startswith("/") or not all("!" <= letter <= "~" for letter in text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a path: it must begin with / and have no spaces"
        )
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_TIMEOUT:  # also refuses nan
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, such as 0.5, 3, 10")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Check, and print the answer."""
    try:
        path = options.path or ALIVE
        print(f"healthy: {probe(target(path), path, options.timeout)}")
    except HealthError as unhealthy:
        print(f"Error: unhealthy: {unhealthy}", file=sys.stderr)
        return ExitCode.FAILED
    return ExitCode.OK


def target(path: str) -> Target:
    """Return where the service of this configuration answers a path.

    Args:
        path: what will be requested.

    Raises:
        Error: the configuration cannot be used.
        HealthError: the port is not known, or the service has no probes.
    """
    from rocketpy.config.keys.table import KEYS
    from rocketpy.config.sources import figment

    layers = figment()
    address, port, tls = (
        layers.extract(KEYS[key].decode, key) for key in ("address", "port", "tls")
    )
    key, unix = "port", ""
    if listen := _listen(layers):
        key, address, port, unix = listen
    if path.partition("?")[0] in {ALIVE, READY, METRICS}:
        health = _health(layers)
        if path == ALIVE and not health.enabled:
            raise HealthError(
                f"`health` is off, so the service has no {ALIVE}: name a path of its own by --path"
            )
        if health.port is not None:  # a listener without TLS
            key, port, tls, unix = "health.port", health.port, None, ""
            address = layers.extract(KEYS["address"].decode, "address")
    if not port and not unix:
        raise HealthError(
            f"`{key}` is 0, which means any free port, so the port is not known here: set `{key}`"
        )
    return Target(_host(address), port, tls if tls and tls.ciphers else None, unix)


def _health(layers: Figment) -> Health:
    """Return `health`; its default where an application uses that name for something else."""
    from rocketpy.config.keys.extra_keys import Health, health
    from rocketpy.figment.error import Error

    try:
        found: Health = health(layers.find("health"))
    except Error:
        return Health()
    return found


def _listen(layers: Figment) -> tuple[str, Address, int, str] | None:
    """Return where `listen` has the service listen: its key, address, port, or a Unix socket.

    Raises:
        HealthError: it has only descriptors, whose address is not known here.
    """
    from rocketpy.config.keys.extra_keys import listen
    from rocketpy.figment.decode import sequence
    from rocketpy.figment.error import Error

    try:
        entries = sequence(listen)(layers.find("listen"))
    except Error:  # it is not there, or an application uses that name for something else
        return None
    for entry in entries:
        if entry.address is not None:
            return "listen", entry.address, entry.port, ""
    for entry in entries:
        if entry.path is not None:
            return "listen", ipaddress.IPv4Address(0), 0, entry.path
    if entries:
        raise HealthError("`listen` has only open descriptors, whose address is not known here")
    return None


def _host(address: Address) -> str:
    """Return the address to connect to; a service on all interfaces also listens on loopback."""
    if address.is_unspecified:
        return "::1" if isinstance(address, ipaddress.IPv6Address) else "127.0.0.1"
    return str(address)


def probe(service: Target, path: str, timeout: float) -> str:
    """Request a path from a service and return one line about the answer.

    Args:
        service: where it listens.
        path: what to request.
        timeout: seconds that the whole check may take.

    Raises:
        HealthError: it answers with an error, not with HTTP, or not in time.
    """
    url = service.url(path)
    deadline = time.monotonic() + timeout
    try:
        if service.tls and service.tls.mutual and service.tls.mutual.mandatory:
            return _handshake(service, deadline)
        line = _request(service, path, deadline).partition(b"\r\n")[0].decode("latin-1")
    except TimeoutError:
        raise HealthError(f"{url} did not answer within {timeout:g} s") from None
    except OSError as error:
        raise HealthError(f"{url}: {error.strerror or error}") from None
    version, _, status = line.partition(" ")
    if not version.startswith("HTTP/1.") or not status[:3].isdecimal():
        raise HealthError(f"{url} answered {line[:80]!r}, which is not HTTP")
    code = int(status[:3])
    if code not in HEALTHY:
        raise HealthError(f"{url} answered {status}")
    return f"{url} answered {status}"


def _request(service: Target, path: str, deadline: float) -> bytes:
    """Send one GET request and return the beginning of the answer."""
    connection = service.connect(_remaining(deadline))
    try:
        if service.tls:
            connection = _encrypted(connection)
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {service.authority}\r\nUser-Agent: rocketpy-health\r\n"
        )
        connection.sendall(f"{request}Accept: */*\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        # Read to the end: closing a socket with unread data resets the connection.
        while len(answer) < LARGEST_ANSWER:
            connection.settimeout(_remaining(deadline))
            part = connection.recv(LARGEST_ANSWER)
            if not part:
                break
            answer += part
        return answer
    finally:
        connection.close()


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _encrypted(connection: socket.socket) -> socket.socket:
    try:
        import ssl
    except ImportError:
        raise HealthError(
            "the configuration has `tls`, which this build does not support"
        ) from None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The check is whether the service answers, over loopback; its certificate is for another name.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def _handshake(service: Target, deadline: float) -> str:
    """Do the TLS handshake alone, with a service that requires client certificates.

    It would refuse a request, as there is no certificate for this check. In TLS 1.3 the handshake
    ends before the service notices that, in TLS 1.2 with an alert. Both come from a running
    service.
    """
    connection = service.connect(_remaining(deadline))
    try:
        connection = _encrypted(connection)
    except OSError as error:
        if "ALERT" not in str(getattr(error, "reason", "")):
            raise
    finally:
        connection.close()
    return f"{service.url('')} requires a client certificate"
