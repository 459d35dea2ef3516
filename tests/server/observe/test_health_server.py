"""The health port: probes and metrics on a listener of their own."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from rocketpy.common.probes import ProbeAnswer, alive
from rocketpy.server.observe import health_server
from rocketpy.server.observe.health_server import HealthServer
from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support import Place

APP = """
import os
import time
import rocketpy

class Slow:
    def on_get(self, request, response):
        until = time.monotonic() + 60
        while not os.path.exists("go") and time.monotonic() < until:
            time.sleep(0.01)
        response.text = "slept"

app = rocketpy.App()
app.add_route("/slow", Slow())
"""


def wait_for(url: str, answer: tuple[int, str]) -> None:
    deadline = time.monotonic() + SECONDS
    while (found := get(url)[::2]) != answer:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


@pytest.mark.parametrize("workers", [1, 2])
def test_drain(place: Place, workers: int) -> None:
    """On a port of its own `/readyz` says 503 while requests in flight are answered."""
    place.write("app.py", APP)
    port, watch = free_port(), free_port()
    place.write(
        "Rocket.toml", f"[default]\nport = {port}\nworkers = {workers}\nshutdown.grace = 60"
    )
    service = place.start("launch", env={"ROCKET_HEALTH": f"{{port={watch}}}"})
    wait_for(f"http://127.0.0.1:{watch}/readyz", (200, "ready\n"))
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        # The request is on its way; what the drain finds in the kernel's buffer is answered too.
        os.kill(service.pid, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS
        while get_once(watch) != "503":
            assert time.monotonic() < deadline
        place.write("go", "")
        answer = b""
        while part := client.recv(4096):
            answer += part
        assert answer.endswith(b"slept")
    assert service.wait(SECONDS) == 0


def get_once(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        return client.recv(4096).decode()[9:12]


def test_busy_service_is_alive(place: Place) -> None:
    """The port of its own answers while every handler is taken."""
    place.write("app.py", APP)
    port, watch = free_port(), free_port()
    place.write("Rocket.toml", f"[default]\nport = {port}\nworkers = 1\nmax_blocking = 1\n")
    place.start("launch", env={"ROCKET_HEALTH": f"{{port={watch}}}"})
    wait_for(f"http://127.0.0.1:{watch}/readyz", (200, "ready\n"))
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(20):
            assert get(f"http://127.0.0.1:{watch}/healthz")[::2] == (200, "alive\n")
        assert get(f"http://127.0.0.1:{watch}/")[0] == 404


def test_reload(place: Place) -> None:
    """After a reload the new processes answer on that port, and the old ones no more."""
    place.write("app.py", APP)
    port, watch = free_port(), free_port()
    place.write("Rocket.toml", f"[default]\nport = {port}\nworkers = 1\nhealth.port = {watch}\n")
    service = place.start("launch")
    wait_for(f"http://127.0.0.1:{watch}/readyz", (200, "ready\n"))
    os.kill(service.pid, signal.SIGHUP)
    assert service.stdout is not None
    while "reloaded at" not in (line := service.stdout.readline()):
        assert line
    for _ in range(20):
        assert get_once(watch) == "200"
    os.kill(service.pid, signal.SIGTERM)
    assert service.wait(SECONDS) == 0


def test_port_is_taken(place: Place) -> None:
    """A health port that another program has is one clear error."""
    place.write("app.py", APP)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = place.run("launch", env={"ROCKET_HEALTH": f"{{port={port}}}", "ROCKET_PORT": "0"})
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Start health servers in this process; they are closed after the test."""
    servers = []

    def start(**answers: Callable[[], ProbeAnswer]) -> int:
        paths = {f"/{name}": make for name, make in answers.items()}
        server = HealthServer(ipaddress.ip_address("127.0.0.1"), 0, paths, shared=False)
        server.begin()
        servers.append(server)
        return server.port

    yield start
    for server in servers:
        server.close()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


QUESTION = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def test_slow_clients_hold_up_nobody(serve: Callable[..., int]) -> None:
    """Clients that send nothing, or byte by byte, are many; others are answered meanwhile."""
    port = serve(healthz=alive)
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(port)) for _ in range(20)]
        for client in slow:
            client.sendall(QUESTION[:10])
        for _ in range(5):
            assert get(f"http://127.0.0.1:{port}/healthz")[::2] == (200, "alive\n")
        for client in slow:
            client.sendall(QUESTION[10:])
            assert client.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_deadline(serve: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that goes on sending byte by byte is disconnected at its deadline."""
    monkeypatch.setattr(health_server, "EXCHANGE_SECONDS", 0.3)
    port = serve(healthz=alive)
    with connect(port) as client:
        deadline = time.monotonic() + SECONDS
        with contextlib.suppress(ConnectionError):
            while True:
                client.sendall(b"x")
                assert time.monotonic() < deadline
                time.sleep(0.02)


def test_most_clients(serve: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """One more client than there may be at once takes the oldest one's place."""
    monkeypatch.setattr(health_server, "MOST_CLIENTS", 3)
    port = serve(healthz=alive)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(4)]
        assert clients[0].recv(1) == b""
        clients[3].sendall(QUESTION)
        assert clients[3].recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_failing_probe(serve: Callable[..., int], caplog: pytest.LogCaptureFixture) -> None:
    """A probe that fails is answered with 500 and logged; the next one is answered as ever."""

    def fail() -> ProbeAnswer:
        raise RuntimeError("no figures")

    port = serve(metrics=fail, healthz=alive)
    assert get(f"http://127.0.0.1:{port}/metrics")[0] == 500
    assert "no figures" in caplog.text
    assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200


@pytest.mark.parametrize(
    ("question", "status"),
    [
        (b"HEAD /healthz HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /healthz?x=1 HTTP/1.1\r\n\r\n", b"200"),
        (b"POST /healthz HTTP/1.1\r\n\r\n", b"405"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404"),
        (b"\r\n\r\n", b"404"),
        (b"x" * 10_000, b"404"),
    ],
)
def test_questions(serve: Callable[..., int], question: bytes, status: bytes) -> None:
    """Every request is answered, and its connection closed."""
    with connect(serve(healthz=alive)) as client:
        client.sendall(question)
        answer = b""
        while part := client.recv(4096):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert (body == b"") == question.startswith(b"HEAD")
    assert (b"\r\nAllow: GET, HEAD\r\n" in head) == (status == b"405")
