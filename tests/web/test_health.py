"""The routes by which probes ask how the service is."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import falcon
import falcon.testing
import pytest

import rocketpy
from rocketpy.server.observe.probes import Probes
from rocketpy.server.observe.service_status import ServiceStatus
from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
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


class Mine:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.text = "mine"


def ask(app: rocketpy.App, path: str) -> tuple[int, str]:
    answer = falcon.testing.TestClient(app).simulate_get(path)
    return answer.status_code, answer.text


def test_routes(place: Place) -> None:
    """An application has the two routes, and its list of routes has not."""
    app = rocketpy.App()
    assert ask(app, "/healthz") == (200, "alive\n")
    assert ask(app, "/readyz") == (200, "ready\n")
    assert list(app.routes()) == []
    status = ServiceStatus()
    app.add_own_route("/readyz", Probes(status).ready)
    assert ask(app, "/readyz") == (200, "ready\n")
    status.drain()
    assert ask(app, "/healthz") == (200, "alive\n")
    assert ask(app, "/readyz") == (503, "draining\n")


def test_own_route(place: Place) -> None:
    """The application's own route of such a path is the one that answers."""
    app = rocketpy.App()
    app.add_route("/healthz", Mine())
    app.add_own_route("/healthz", Probes(ServiceStatus()).alive)  # as a launch does
    assert ask(app, "/healthz") == (200, "mine")
    assert list(app.routes()) == [("Mine", "GET", "/healthz")]


@pytest.mark.parametrize("health", ["false", "{ enabled = false }", "{ port = 9000 }"])
def test_not_here(place: Place, health: str) -> None:
    """The service's own port has none when they are off, or elsewhere."""
    place.write("Rocket.toml", f"[default]\nhealth = {health}\n")
    app = rocketpy.App()
    assert ask(app, "/healthz")[0] == ask(app, "/readyz")[0] == 404


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
