"""`rocketpy health`, against sockets with prepared answers and against the demo."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from rocketpy.cli import health
from tests.support import ROOT, SECONDS, Place, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Answerer:
    """Answers each connection with the same bytes; None never answers."""

    def __init__(self, answer: bytes | None, host: str, tls: ssl.SSLContext | None = None) -> None:
        if host.startswith("/"):
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(host)
            self._listener.listen()
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._listener = socket.create_server((host, 0), family=family)
            self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._answer = answer
        self._tls = tls
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self._encrypted(connection) as connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = connection.recv(4096)
                    if not part:
                        break
                    request += part
                self.requests.append(request)
                if self._answer is None:
                    connection.recv(1)  # until the other side has had enough
                else:
                    connection.sendall(self._answer)

    def _encrypted(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def close(self) -> None:
        """Stop; the shutdown wakes the thread in accept()."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(SECONDS)


@pytest.fixture
def answering() -> Iterator[Callable[..., Answerer]]:
    """Start answerers, and end them after the test."""
    started = []

    def start(
        answer: bytes | None, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> Answerer:
        started.append(Answerer(answer, host, tls))
        return started[-1]

    yield start
    for answerer in started:
        answerer.close()


def test_healthy(place: Place, answering: Callable[..., Answerer]) -> None:
    """An answer is healthy; the request is plain HTTP/1.1 that any server understands."""
    service = answering(FINE)
    place.write("Rocket.toml", f"[default]\nport = {service.port}\n")
    done = place.run("health")
    url = f"http://127.0.0.1:{service.port}/healthz"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"healthy: {url} answered 200 OK\n"
    head = service.requests[0].decode().split("\r\n")
    assert head[0] == "GET /healthz HTTP/1.1"
    assert f"Host: 127.0.0.1:{service.port}" in head
    assert "Connection: close" in head


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("200 OK", 0),
        ("204 No Content", 0),
        ("302 Found", 0),
        ("399", 0),
        ("400 Bad Request", 1),
        ("404 Not Found", 1),
        ("500 Internal Server Error", 1),
        ("503 Service Unavailable", 1),
        ("100 Continue", 1),
    ],
)
def test_status(place: Place, answering: Callable[..., Answerer], status: str, code: int) -> None:
    """A status from 200 to 399 is healthy, and no other."""
    service = answering(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    env = {"ROCKET_PORT": str(service.port)}
    for arguments in (["health"], ["health", "--path", "/x?y=1"]):
        done = place.run(*arguments, env=env)
        assert done.returncode == code
        text = done.stderr if code else done.stdout
        assert text.startswith("Error: unhealthy: " if code else "healthy: ")
        assert text.endswith(f" answered {status}\n")
    assert service.requests[1].startswith(b"GET /x?y=1 HTTP/1.1\r\n")


def test_health_port(place: Place, answering: Callable[..., Answerer]) -> None:
    """Probes are requested where they are answered: at `health.port` where that is set."""
    probes, service = answering(FINE), answering(FINE)
    place.write("Rocket.toml", f"[default]\nport = {service.port}\nhealth.port = {probes.port}\n")
    assert place.run("health").returncode == 0
    assert place.run("health", "--path", "/readyz").returncode == 0
    assert (len(probes.requests), len(service.requests)) == (2, 0)
    assert place.run("health", "--path", "/mine").returncode == 0
    assert service.requests[0].startswith(b"GET /mine ")


@pytest.mark.parametrize(
    ("health", "words"),
    [
        ("false", "`health` is off, so the service has no /healthz: name a path"),
        ("{ port = 0 }", "`health.port` is 0, which means any free port"),
    ],
)
def test_no_probe(place: Place, health: str, words: str) -> None:
    """Where there is no probe to request, the error says what to do."""
    place.write("Rocket.toml", f"[default]\nhealth = {health}\n")
    done = place.run("health")
    assert done.returncode == 1
    assert words in done.stderr


def test_nobody(place: Place) -> None:
    """A port where nothing listens is unhealthy, in one line."""
    port = free_port()
    done = place.run("health", env={"ROCKET_PORT": str(port)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: unhealthy: http://127.0.0.1:{port}/healthz: Connection refused\n"
    )


def test_too_slow(place: Place, answering: Callable[..., Answerer]) -> None:
    """A service that does not answer in time is unhealthy."""
    port = answering(None).port
    done = place.run("health", "--timeout", "0.2", env={"ROCKET_PORT": str(port)})
    assert done.returncode == 1
    assert done.stderr.endswith("/healthz did not answer within 0.2 s\n")


@pytest.mark.parametrize("answer", [b"SSH-2.0-x\r\n", b"", b"HTTP/1.1 fine\r\n\r\n"])
def test_no_http(place: Place, answering: Callable[..., Answerer], answer: bytes) -> None:
    """An answer that is not HTTP is unhealthy."""
    done = place.run("health", env={"ROCKET_PORT": str(answering(answer).port)})
    assert done.returncode == 1
    assert "which is not HTTP" in done.stderr


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "::1"])
def test_address(place: Place, answering: Callable[..., Answerer], address: str) -> None:
    """The configuration gives the address; a service on all interfaces is checked over loopback."""
    try:
        service = answering(FINE, "::1" if ":" in address else "127.0.0.1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    place.write("Rocket.toml", f"[release]\naddress = '{address}'\nport = {service.port}\n")
    done = place.run("health", env={"ROCKET_PROFILE": "release"})
    assert done.returncode == 0
    host = "[::1]" if ":" in address else "127.0.0.1"
    assert f"Host: {host}:{service.port}\r\n".encode() in service.requests[0]


def test_free_port(place: Place) -> None:
    """With `port = 0` the error says that the port is not known."""
    done = place.run("health", env={"ROCKET_PORT": "0"})
    assert done.returncode == 1
    assert "set `port`" in done.stderr


def test_bad_configuration(place: Place) -> None:
    """A configuration that cannot be used is reported as `launch` reports it."""
    place.write("Rocket.toml", "[default]\nport = 70000\n")
    done = place.run("health")
    assert done.returncode == 78
    assert "Rocket.toml:2:8" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--path", "x"), ("--path", "/a b"), ("--path", "/\r\n"), ("--timeout", "0"),
     ("--timeout", "x"), ("--timeout", "nan"), ("--timeout", "inf")],
)  # fmt: skip
def test_usage(place: Place, arguments: tuple[str, str]) -> None:
    """A wrong path and a wrong timeout are wrong usage."""
    assert place.run("health", *arguments).returncode == 2


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """Return a server's TLS context with a self-signed certificate."""
    key, cert = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    subject = ["-subj", "/CN=elsewhere", "-days", "1", "-nodes", "-keyout", key, "-out", cert]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run([*command, *subject], capture_output=True, check=True, timeout=SECONDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


TLS = "[default.tls]\ncerts = 'cert.pem'\nkey = 'key.pem'\n"


def test_tls(place: Place, answering: Callable[..., Answerer], context: ssl.SSLContext) -> None:
    """A service with TLS is checked over HTTPS; its certificate is not verified."""
    service = answering(FINE, tls=context)
    place.write("Rocket.toml", TLS)
    env = {"ROCKET_PORT": str(service.port)}
    done = place.run("health", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"healthy: https://127.0.0.1:{service.port}/healthz answered 200 OK\n"
    plain = answering(FINE)
    hasty = place.run("health", "--timeout", "0.3", env={"ROCKET_PORT": str(plain.port)})
    assert hasty.returncode == 1
    place.write("Rocket.toml", f"{TLS}ciphers = []\n")  # which turns TLS off
    assert place.run("health", env={"ROCKET_PORT": str(plain.port)}).returncode == 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_mutual_tls(
    place: Place,
    answering: Callable[..., Answerer],
    context: ssl.SSLContext,
    version: ssl.TLSVersion,
) -> None:
    """A service that requires client certificates is healthy when its handshake requests one."""
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    service = answering(FINE, tls=context)
    mutual = "[default.tls.mutual]\nca_certs = 'ca.pem'\nmandatory = true\n"
    place.write("Rocket.toml", TLS + mutual)
    done = place.run("health", env={"ROCKET_PORT": str(service.port)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "requires a client certificate" in done.stdout


def test_the_demo(place: Place) -> None:
    """The demo is healthy while it runs, and unhealthy after it has ended."""
    place.write("app.py", (ROOT / "app.py").read_text(encoding="utf-8"))
    env = {"ROCKET_PORT": str(free_port())}
    service = place.start("launch", env=env)
    deadline = time.monotonic() + SECONDS
    while place.run("health", env=env).returncode:
        assert service.poll() is None
        assert time.monotonic() < deadline
    os.kill(service.pid, signal.SIGTERM)
    assert service.wait(SECONDS) == 0
    assert place.run("health", env=env).returncode == 1


def listening(place: Place, *entries: str) -> None:
    """Write the key `listen`."""
    place.write("Rocket.toml", f"[default]\nlisten = {[*entries]}\n")


def test_the_first_address_of_listen(place: Place, answering: Callable[..., Answerer]) -> None:
    """Where the service has several places, the first with an address is requested."""
    service = answering(FINE)
    listening(place, "fd:9", "unix:service.sock", f"127.0.0.1:{service.port}", "127.0.0.1:1")
    done = place.run("health")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"healthy: http://127.0.0.1:{service.port}/healthz answered 200 OK\n"


def test_unix_socket(place: Place, answering: Callable[..., Answerer]) -> None:
    """A service on a Unix socket alone is requested there; it is unhealthy if nothing listens."""
    listening(place, "unix:service.sock")
    path = place.folder / "service.sock"
    done = place.run("health")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: unhealthy: unix:{path}:/healthz: ")
    service = answering(FINE, host=str(path))
    done = place.run("health")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"healthy: unix:{path}:/healthz answered 200 OK\n"
    assert b"\r\nHost: localhost\r\n" in service.requests[0]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (["fd:9"], "`listen` has only open descriptors, whose address is not known here"),
        (["127.0.0.1:0"], "`listen` is 0, which means any free port"),
    ],
)
def test_an_unknown_address(place: Place, entries: list[str], words: str) -> None:
    """Where the configuration does not say the address, the error names the key."""
    listening(place, *entries)
    done = place.run("health")
    assert done.returncode == 1
    assert words in done.stderr


def test_names_that_an_application_uses_itself(
    place: Place, answering: Callable[..., Answerer]
) -> None:
    """`listen` and `health` may be keys of the application; then `port` is requested."""
    service = answering(FINE)
    place.write(
        "Rocket.toml",
        f'[default]\nport = {service.port}\nlisten = "jazz"\nhealth = "good"\n',
    )
    assert place.run("health").returncode == 0
    place.write("Rocket.toml", f"[default]\nport = {service.port}\nlisten = []\n")
    assert place.run("health").returncode == 0


def test_a_long_answer(place: Place, answering: Callable[..., Answerer]) -> None:
    """An answer without an end is read in part: its first line counts."""
    service = answering(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2 * health.LARGEST_ANSWER))
    assert place.run("health", env={"ROCKET_PORT": str(service.port)}).returncode == 0


def test_no_time_is_left(answering: Callable[..., Answerer]) -> None:
    """A check whose time has passed before it connects ends as one that waited in vain."""
    service = health.Target("127.0.0.1", answering(FINE).port, None)
    with pytest.raises(health.HealthError, match="did not answer within 0 s"):
        health.probe(service, "/healthz", 0)


def test_a_build_without_tls(place: Place, answering: Callable[..., Answerer]) -> None:
    """Where Python has no ssl, a service with TLS cannot be checked, and the error says so."""
    place.write("Rocket.toml", TLS)
    place.write("ssl.py", "raise ImportError('no ssl')\n")
    done = place.run("health", env={"ROCKET_PORT": str(answering(FINE).port)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: unhealthy: the configuration has `tls`, which this build does not support\n"
    )


def test_a_handshake_that_is_refused(place: Place, answering: Callable[..., Answerer]) -> None:
    """What closes the connection in the handshake is no service with client certificates."""
    service = answering(b"nonsense")
    mutual = "[default.tls.mutual]\nca_certs = 'ca.pem'\nmandatory = true\n"
    place.write("Rocket.toml", TLS + mutual)
    done = place.run("health", "--timeout", "5", env={"ROCKET_PORT": str(service.port)})
    assert (done.returncode, done.stdout) == (1, "")
