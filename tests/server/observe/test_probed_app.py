"""Probes of applications that are no rocketpy.App, and the instrumentation around any."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from rocketpy.common.probes import alive, ready
from rocketpy.server.observe.instrumented_app import ProbedApp
from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.support import Place

PROBES = {"/healthz": alive, "/readyz": ready}


class Application:
    """Answers each path as a table says, in one of the ways that WSGI allows."""

    def __init__(self, way: str) -> None:
        self._way = way
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        status, body = {
            "/": ("200 OK", b"index"),
            "/readyz": ("200 OK", b"mine"),
        }.get(path, ("404 Not Found", b"not here"))
        headers = [("Content-Type", "text/plain"), ("X-Mine", "yes")]
        if self._way == "generator":
            return Body(self, self._late(status, headers, body, start_response))
        write = start_response(status, headers)
        if self._way == "write":
            write(body)
            return Body(self, iter([]))
        return Body(self, iter([body]))

    def _late(self, status: str, headers: Any, body: bytes, start_response: Any) -> Iterator[bytes]:
        start_response(status, headers)
        yield body[:2]
        yield body[2:]


class Body:
    def __init__(self, application: Application, parts: Iterator[bytes]) -> None:
        self._application = application
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        self._application.closed += 1


def send(
    app: Callable[..., Any], path: str, method: str = "GET"
) -> tuple[str, dict[str, str], bytes]:
    """Call an application, and hold it and its server to PEP 3333."""
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ |= {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": ""}
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        started[:] = [status, headers]
        return parts.append

    parts: list[bytes] = []
    body: Any = validator(app)(environ, start_response)
    parts.extend(body)
    body.close()
    return started[0], dict(started[1]), b"".join(parts)


@pytest.mark.parametrize("way", ["list", "generator", "write"])
def test_probes(way: str) -> None:
    """Where the application has nothing the probe answers; its own route comes first."""
    application = Application(way)
    app = ProbedApp(application, PROBES)
    status, headers, body = send(app, "/healthz")
    assert (status, body) == ("200 OK", b"alive\n")
    assert "X-Mine" not in headers
    assert send(app, "/readyz")[2] == b"mine"
    assert send(app, "/readyz")[1]["X-Mine"] == "yes"
    assert send(app, "/")[2] == b"index"
    assert send(app, "/x")[0] == "404 Not Found"
    assert application.closed == 5


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_methods(method: str) -> None:
    """Other methods are the application's."""
    assert send(ProbedApp(Application("list"), PROBES), "/healthz", method)[2] == b"not here"


PLAIN = """
def app(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"nothing here"]
"""


def test_service(place: Place) -> None:
    """Any application that is launched is healthy, and has metrics where they are turned on."""
    place.write("app.py", PLAIN)
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_METRICS": "true"}
    service = place.start("launch", env=env)
    url = f"http://127.0.0.1:{port}"
    assert get(f"{url}/healthz")[::2] == (200, "alive\n")
    assert get(f"{url}/readyz")[::2] == (200, "ready\n")
    assert "rocketpy_requests_total" in get(f"{url}/metrics")[2]
    assert get(f"{url}/")[::2] == (404, "nothing here")
    assert place.run("health", env=env).returncode == 0
    os.kill(service.pid, signal.SIGTERM)
    service.communicate(timeout=SECONDS)
