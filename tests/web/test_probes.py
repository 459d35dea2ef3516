"""The probes that an application answers on the service's own port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import falcon
import falcon.testing
import pytest

import rocketpy
from rocketpy.common.probes import alive
from rocketpy.server.observe.service_status import ServiceStatus

if TYPE_CHECKING:
    from tests.support import Place


class Mine:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.text = "mine"


class Any:
    def on_get(self, request: falcon.Request, response: falcon.Response, name: str) -> None:
        response.text = name


def send(app: rocketpy.App, path: str) -> tuple[int, str]:
    answer = falcon.testing.TestClient(app).simulate_get(path)
    return answer.status_code, answer.text


def test_answers(place: Place) -> None:
    """An application answers both, and has no routes for them."""
    app = rocketpy.App()
    assert send(app, "/healthz") == (200, "alive\n")
    assert send(app, "/readyz") == (200, "ready\n")
    assert list(app.routes()) == []
    assert falcon.inspect.inspect_routes(app) == []


def test_state_of_the_service(place: Place) -> None:
    """A server that serves the application says when it drains."""
    app = rocketpy.App()
    status = ServiceStatus()
    app.answer_probes({"/healthz": alive, "/readyz": status.ready})
    assert send(app, "/readyz") == (200, "ready\n")
    status.drain()
    assert send(app, "/healthz") == (200, "alive\n")
    assert send(app, "/readyz") == (503, "draining\n")


def test_own_route(place: Place) -> None:
    """The application's own route of such a path is the one that answers."""
    app = rocketpy.App()
    app.add_route("/healthz", Mine())
    app.answer_probes({"/healthz": alive})
    assert send(app, "/healthz") == (200, "mine")
    assert list(app.routes()) == [("Mine", "GET", "/healthz")]


def test_route_with_a_variable(place: Place) -> None:
    """A route that matches any path leaves the probes theirs, as a route with a name would."""
    app = rocketpy.App()
    app.add_route("/{name}", Any())
    assert send(app, "/readyz") == (200, "ready\n")
    assert send(app, "/x") == (200, "x")


@pytest.mark.parametrize("health", ["false", "{ enabled = false }", "{ port = 9000 }"])
def test_not_here(place: Place, health: str) -> None:
    """The service's own port has none when they are off, or on a port of their own."""
    place.write("Rocket.toml", f"[default]\nhealth = {health}\n")
    app = rocketpy.App()
    assert send(app, "/healthz")[0] == send(app, "/readyz")[0] == 404


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("OPTIONS", 405)])
def test_methods(place: Place, method: str, status: int) -> None:
    """A probe is read by GET and HEAD; other methods are not allowed."""
    answer = falcon.testing.TestClient(rocketpy.App()).simulate_request(method, "/healthz")
    assert (answer.status_code, bool(answer.text)) == (status, status == 405)
    assert answer.headers.get("Allow") == ("GET, HEAD" if status == 405 else None)
