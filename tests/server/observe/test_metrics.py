"""The figures of a service, in Prometheus's form."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from rocketpy.common.log import Log
from rocketpy.server.observe.instrumented_app import InstrumentedApp
from rocketpy.server.observe.metrics import Metrics
from rocketpy.server.observe.service_status import ServiceStatus
from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support import Place

LINE = re.compile(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (\S+)')
APP = """
import os
import time
import rocketpy

class Index:
    def on_get(self, request, response):
        response.text = str(os.getpid())

class Die:
    def on_get(self, request, response):
        os.kill(os.getpid(), 9)

app = rocketpy.App()
app.add_route("/", Index())
app.add_route("/die", Die())
"""


def figures(text: str) -> dict[str, float]:
    """Read Prometheus's text form, strictly."""
    found = {}
    known = set()
    for line in text.splitlines():
        if line.startswith("#"):
            mark, word, name, rest = line.split(" ", 3)
            assert (mark, word in {"HELP", "TYPE"}, bool(rest)) == ("#", True, True)
            known.add(name)
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert match[1] in known or match[1].rpartition("_")[0] in known
        found[match[1] + (match[2] or "")] = float(match[3])
    return found


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response(environ["PATH_INFO"], [])
    if environ["PATH_INFO"].startswith("500"):
        raise RuntimeError
    return iter([b"x"]) if environ["QUERY_STRING"] else [b"x"]


def send(app: InstrumentedApp, method: str, status: str, query: str = "") -> None:
    def start(*_: Any) -> Any:
        return None

    environ = {"REQUEST_METHOD": method, "PATH_INFO": status, "QUERY_STRING": query}
    body = app(environ, start)
    for _ in body:
        pass
    if hasattr(body, "close"):
        body.close()


def test_counts() -> None:
    """Requests are counted by method and class of status, however they end."""
    metrics = Metrics(1, {"profile": 'a"b', "hash": "0"}, ServiceStatus().loop_gauges)
    app = InstrumentedApp(application, Log("off", colors=False), metrics, None)
    for _ in range(3):
        send(app, "GET", "200 OK")
    send(app, "GET", "204 No Content", "stream")
    send(app, "POST", "404 Not Found")
    send(app, "BREW", "302 Found")
    send(app, "GET", "702 Unknown")
    send(app, "GET", "99 Too Small")
    send(app, "DELETE", "none at all")
    with pytest.raises(RuntimeError):
        send(app, "PUT", "500 Internal Server Error")
    text = metrics.answer()[2]
    assert r'profile="a\"b"' in text
    found = figures(text.replace(r"\"", ""))
    assert {name: value for name, value in found.items() if "requests_total" in name} == {
        'rocketpy_requests_total{method="GET",status="2xx"}': 4,
        'rocketpy_requests_total{method="POST",status="4xx"}': 1,
        'rocketpy_requests_total{method="other",status="3xx"}': 1,
        'rocketpy_requests_total{method="GET",status="other"}': 2,
        'rocketpy_requests_total{method="DELETE",status="other"}': 1,
        'rocketpy_requests_total{method="PUT",status="5xx"}': 1,
    }
    assert found['rocketpy_request_seconds_bucket{le="+Inf"}'] == 10
    assert found["rocketpy_request_seconds_count"] == 10
    assert found["rocketpy_in_flight"] == 0


def test_in_flight() -> None:
    """A request is in flight until its answer is made."""
    metrics = Metrics(1, {"profile": "debug"}, ServiceStatus().loop_gauges)
    metrics.begin()
    assert figures(metrics.answer()[2])["rocketpy_in_flight"] == 1
    metrics.end(0.1, "GET", 200)
    assert figures(metrics.answer()[2])["rocketpy_in_flight"] == 0


def test_dropped_records() -> None:
    """Records of the log that were dropped are counted, also by a process that has ended."""
    dropped = 3
    metrics = Metrics(1, {"profile": "debug"}, ServiceStatus().loop_gauges, lambda: dropped)
    metrics.begin()
    assert figures(metrics.answer()[2])["rocketpy_log_dropped_total"] == 3
    metrics._row[0] = 2**22 + 1  # the number of no process
    metrics.begin_anew()
    dropped = 2
    assert figures(metrics.answer()[2])["rocketpy_log_dropped_total"] == 5


def test_buckets() -> None:
    """A bucket has what took at most its bound, and so has every later one."""
    metrics = Metrics(1, {"profile": "debug"}, ServiceStatus().loop_gauges)
    for seconds in (0.0005, 0.003, 0.3, 100.0):
        metrics.begin()
        metrics.end(seconds, "GET", 200)
    found = figures(metrics.answer()[2])
    assert found['rocketpy_request_seconds_bucket{le="10.0"}'] == 3
    assert found['rocketpy_request_seconds_bucket{le="+Inf"}'] == 4
    assert found["rocketpy_request_seconds_sum"] == pytest.approx(100.3035)


def start(place: Place, **variables: str) -> tuple[Any, int]:
    place.write("app.py", APP)
    port = free_port()
    environment = {"ROCKET_PORT": str(port), "ROCKET_ACCESS_LOG": "off"} | variables
    return place.start("launch", env=environment), port


def test_sum_over_workers(place: Place) -> None:
    """Each worker reports the figures of all, also of those that have ended."""
    service, port = start(place, ROCKET_WORKERS="2", ROCKET_METRICS="true")
    url = f"http://127.0.0.1:{port}"
    workers = {get(f"{url}/")[2]}
    asked = 1
    deadline = time.monotonic() + SECONDS
    while len(workers) < 2 and time.monotonic() < deadline:
        workers.add(get(f"{url}/")[2])
        asked += 1
    os.kill(int(workers.pop()), signal.SIGKILL)
    for _ in range(10):
        get(f"{url}/")
    # `get` repeats a request whose connection ended with the killed worker.
    for _ in range(3):
        text = get(f"{url}/metrics")[2]
        total = figures(text)['rocketpy_requests_total{method="GET",status="2xx"}']
        assert total >= asked + 10
        assert figures(text)["rocketpy_workers"] == 2
    os.kill(service.pid, signal.SIGTERM)
    service.communicate(timeout=SECONDS)


def test_health_port(place: Place) -> None:
    """With a health port the figures are there, and not on the service's."""
    watch = free_port()
    service, port = start(
        place, ROCKET_WORKERS="1", ROCKET_METRICS="true", ROCKET_HEALTH=f"{{port={watch}}}"
    )
    assert get(f"http://127.0.0.1:{port}/")[0] == 200
    assert get(f"http://127.0.0.1:{port}/metrics")[0] == 404
    with urlopen(f"http://127.0.0.1:{watch}/metrics", timeout=SECONDS) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        found = figures(answer.read().decode())
    assert found['rocketpy_requests_total{method="GET",status="4xx"}'] == 1
    assert "rocketpy_threads" in found
    os.kill(service.pid, signal.SIGTERM)
    service.communicate(timeout=SECONDS)


def test_off(place: Place) -> None:
    """There are no metrics unless the configuration turns them on."""
    _, port = start(place, ROCKET_WORKERS="1")
    assert get(f"http://127.0.0.1:{port}/metrics")[0] == 404
