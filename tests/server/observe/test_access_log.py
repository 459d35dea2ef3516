"""The log of requests: Rocket's lines, or JSON; no secrets in it."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import falcon
import falcon.testing
import pytest

import rocketpy
from rocketpy.common.environ import printable_uri
from rocketpy.common.log import Log, LogErrorStream
from rocketpy.server.observe.access_log import AccessLog
from rocketpy.server.observe.instrument import instrument
from rocketpy.server.observe.instrumented_app import InstrumentedApp
from rocketpy.server.observe.service_status import ServiceStatus
from tests.support import SECONDS

if TYPE_CHECKING:
    from tests.support import Place


class Index:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.text = request.get_header("X-Request-Id")

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        response.media = request.media


class Stream:
    def on_get(self, request: falcon.Request, response: falcon.Response, name: str) -> None:
        response.stream = (b"12345" for _ in range(3))


class Failing:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        raise RuntimeError("the application failed")


class Logged:
    """An application whose log can be read."""

    def __init__(self, *, as_json: bool = False, level: str = "normal") -> None:
        self.stream = io.StringIO()
        log = Log(level, colors=False, as_json=as_json, stream=self.stream)
        app = rocketpy.App()
        app.add_route("/", Index())
        app.add_route("/stream/{name}", Stream())
        app.add_route("/fail", Failing())
        app.record_routes()
        served = InstrumentedApp(app, log, None, AccessLog(log, as_json=as_json))

        def as_the_engine_calls_it(environ: Any, start_response: Any) -> Any:
            environ["wsgi.errors"] = LogErrorStream(log)
            return served(environ, start_response)

        self.client = falcon.testing.TestClient(as_the_engine_calls_it)

    def __call__(self, path: str, method: str = "GET", **rest: Any) -> tuple[Any, str]:
        """Request a path; return the answer, and what was logged of it."""
        answer = self.client.simulate_request(method, path, **rest)
        text = self.stream.getvalue()
        self.stream.seek(0)
        self.stream.truncate()
        return answer, text


ID = {"X-Request-Id": "abc-1"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "lines"),
    [
        (
            "GET",
            "/?name=Ann",
            {"Accept": "text/html, */*"},
            [
                "GET /?name=Ann text/html:",
                "   >> Matched: (Index) GET /",
                "   >> Outcome: Success(200 OK)",
                "   >> Request-Id: abc-1",
                "   >> Response succeeded.",
            ],
        ),
        (
            "POST",
            "/",
            {"Accept": "text/html", "Content-Type": "application/json"},
            [
                "POST / application/json:",
                "   >> Matched: (Index) POST /",
                "   >> Outcome: Error(400 Bad Request)",
                "   >> Request-Id: abc-1",
                "   >> Response succeeded.",
            ],
        ),
        (
            "GET",
            "/nowhere",
            {},
            [
                "GET /nowhere:",
                "   >> No matching routes for GET /nowhere.",
                "   >> Outcome: Error(404 Not Found)",
                "   >> Request-Id: abc-1",
                "   >> Response succeeded.",
            ],
        ),
        (
            "GET",
            "/stream/x",
            {"Accept": "*/*"},
            [
                "GET /stream/x:",
                "   >> Matched: (Stream) GET /stream/{name}",
                "   >> Outcome: Success(200 OK)",
                "   >> Request-Id: abc-1",
                "   >> Response succeeded.",
            ],
        ),
    ],
)
def test_rockets_lines(
    place: Place, method: str, path: str, headers: dict[str, str], lines: list[str]
) -> None:
    """The lines are those of Rocket, and one more for the request's id."""
    _, text = Logged()(path, method, headers=headers | ID)
    assert text.splitlines() == lines


def test_json(place: Place) -> None:
    """On request each request is one line of JSON."""
    _, text = Logged(as_json=True, level="critical")("/stream/x?a=1", headers=ID)
    found = json.loads(text)
    assert text.count("\n") == 1
    assert found.pop("seconds") >= 0
    time = found.pop("time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds()) < SECONDS
    assert found == {
        "level": "info",
        "message": "GET /stream/x?a=1: 200 OK",
        "id": "abc-1",
        "peer": None,
        "method": "GET",
        "uri": "/stream/x?a=1",
        "route": "/stream/{name}",
        "status": 200,
        "bytes": 15,
        "answered": True,
    }


def test_json_without_a_route(place: Place) -> None:
    """A request that no route matched is logged with none, and answered as without the log."""
    answer, text = Logged(as_json=True)("/nowhere")
    found = json.loads(text)
    assert (answer.status_code, found["status"], found["route"]) == (404, 404, None)


@pytest.mark.parametrize(
    ("keys", "is_logged"),
    [
        ('log_level = "normal"', True),
        ('log_level = "critical"', False),
        ('log_level = "off"', False),
        ('log_level = "normal"\naccess_log = false', False),
        ('log_level = "critical"\naccess_log = "rocket"', True),
        ('log_level = "critical"\naccess_log = "json"', True),
        ('log_level = "off"\naccess_log = "json"', False),
    ],
)
def test_level(place: Place, keys: str, *, is_logged: bool) -> None:
    """`access_log` decides, except at the level `off`; where it is not given, the level does."""
    place.write("Rocket.toml", f"[default]\n{keys}")
    app = rocketpy.App()
    log = Log.of(app.config, io.StringIO())
    served: Any = instrument(app, app.config, log, ServiceStatus(), reloaded=False)
    assert (served is not app) == is_logged


@pytest.mark.parametrize("sane", ["a", "1-2_3.4:5/6+7=8@9", "x" * 128])
def test_sane_id_is_taken(place: Place, sane: str) -> None:
    """An id that came with the request is the request's: handler, answer and log have it."""
    answer, text = Logged()("/", headers={"X-Request-Id": sane})
    assert answer.text == answer.headers["X-Request-Id"] == sane
    assert f"Request-Id: {sane}\n" in text


@pytest.mark.parametrize("odd", ["", "a b", "x" * 129, "\x1b[31m", '{"a":1}', "é"])
def test_odd_id_is_replaced(place: Place, odd: str) -> None:
    """Anything else is replaced."""
    answer, _ = Logged()("/", headers={"X-Request-Id": odd})
    assert answer.text == answer.headers["X-Request-Id"] != odd
    assert len(answer.text) == 32


def test_ids_differ(place: Place) -> None:
    """Every request has an id of its own."""
    logged = Logged()
    assert len({logged("/")[0].text for _ in range(10)}) == 10


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("/a?token=hunter2&b=1", "/a?token=[redacted]&b=1"),
        ("/a?b=1&Api%5FKey=hunter2", "/a?b=1&Api%5FKey=[redacted]"),
        ("/a?code=hunter2&state=hunter2", "/a?code=[redacted]&state=[redacted]"),
        ("/a?sig=&zip-code=1", "/a?sig=&zip-code=1"),
        ("http://ann:hunter2@x/a", "http://ann:[redacted]@x/a"),
        ("/\x1b[31m\n\xff", "/%1B[31m%0A%FF"),
    ],
)
def test_no_secrets(asked: str, printed: str) -> None:
    """Secrets in a query are blotted out, and what a terminal would obey is spelled out."""
    assert printable_uri({"REQUEST_URI": asked}) == printed


def test_failure(place: Place) -> None:
    """A failing handler is logged with its traceback, and without the query's secrets."""
    answer, text = Logged()("/fail?token=hunter2", headers={"Cookie": "a=hunter2"})
    assert answer.status_code == 500
    assert text.startswith("Error: GET /fail?token=[redacted] failed\nTraceback (most recent")
    assert "RuntimeError: the application failed\n" in text
    assert "Outcome: Error(500 Internal Server Error)" in text
    assert "hunter2" not in text


def test_failure_as_json(place: Place) -> None:
    """In JSON the traceback is a field, and every line has time, level and message."""
    answer, text = Logged(as_json=True)("/fail?token=hunter2", headers=ID)
    assert answer.status_code == 500
    failure, request = map(json.loads, text.splitlines())
    assert (failure["level"], failure["message"]) == ("error", "GET /fail?token=[redacted] failed")
    assert failure["traceback"].endswith("RuntimeError: the application failed\n")
    assert (request["level"], request["status"]) == ("error", 500)
    assert "hunter2" not in text


@pytest.mark.parametrize("body", [["text"], [b"a", "b"], (7,), [None]])
def test_body_that_is_no_bytes(body: Any) -> None:
    """The server answers it with 500, so this is what is logged."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return body

    stream = io.StringIO()
    log = Log("normal", colors=False, as_json=True, stream=stream)
    instrumented = InstrumentedApp(app, log, None, AccessLog(log, as_json=True))
    assert instrumented(falcon.testing.create_environ(), lambda *_: bytearray().extend) is body
    assert json.loads(stream.getvalue())["status"] == 500


class FailingLog(AccessLog):
    """A log that fails at each request."""

    def write(self, request: Any) -> None:
        raise RuntimeError("the log failed")


def test_failing_log(place: Place) -> None:
    """No failure of the log reaches an answer; it is logged itself."""
    stream = io.StringIO()
    log = Log("normal", colors=False, stream=stream)
    app = rocketpy.App()
    app.add_route("/", Index())
    failing = FailingLog(log, as_json=True)
    client = falcon.testing.TestClient(InstrumentedApp(app, log, None, failing))
    assert client.simulate_get("/", headers=ID).text == "abc-1"
    assert client.simulate_get("/nowhere").status_code == 404
    assert stream.getvalue().count("RuntimeError: the log failed") == 2


SERVICE = """
import rocketpy
app = rocketpy.App()

class Index:
    def on_get(self, request, response):
        response.set_cookie("a", "hunter2")
        response.text = "index"

app.add_route("/", Index())
"""


def serve_one(place: Place, path: str, body: bytes | None = None, **variables: str) -> str:
    """Start a service, request one path, end it; return what it printed after its launch."""
    place.write("app.py", SERVICE)
    service = place.start("launch", env={"ROCKET_PORT": "0", "ROCKET_WORKERS": "1"} | variables)
    assert service.stdout is not None
    while "launched from" not in (line := service.stdout.readline()):
        assert line
    found = re.search(r"http://[\d.:]+", line)
    assert found
    url = found[0]
    headers = {"Cookie": "b=hunter2", "Authorization": "Bearer hunter2"}
    request = urllib.request.Request(f"{url}{path}", body, headers)  # noqa: S310  (our own http)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as refused:
        refused.close()
    os.kill(service.pid, signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)
    assert "hunter2" not in out + err
    return out


def test_debug_logs(place: Place) -> None:
    """In `debug` requests are logged, as in Rocket."""
    out = serve_one(place, "/?token=hunter2")
    assert out.startswith("GET /?token=[redacted]")
    assert "Matched: (Index) GET /" in out


def test_release_does_not(place: Place) -> None:
    """In `release`, where `log_level` is `critical`, they are not."""
    assert "GET" not in serve_one(place, "/", ROCKET_PROFILE="release", ROCKET_LOG_LEVEL="critical")


def test_json_in_release(place: Place) -> None:
    """`access_log` says what `log_level` does not decide."""
    out = serve_one(place, "/", ROCKET_LOG_LEVEL="critical", ROCKET_ACCESS_LOG="json")
    assert json.loads(out.splitlines()[0])["route"] == "/"


def test_off(place: Place) -> None:
    """`access_log = false` keeps the launch lines, and logs no request."""
    assert "GET" not in serve_one(place, "/", ROCKET_ACCESS_LOG="false")


def test_refused_by_the_server(place: Place) -> None:
    """A request that does not reach the application is in the log too."""
    out = serve_one(place, "/", b"x" * 40_000)
    assert "POST /:\n   >> Outcome: Error(413 Content Too Large)" in out
