"""The log of a whole service: every line is JSON, and a reader that stops delays no request."""

from __future__ import annotations

import json
import os
import signal
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
    import subprocess

    from tests.support import Place

APP = """
import logging, threading, warnings
import rocketpy

logger = logging.getLogger("shop")

class Index:
    def on_get(self, request, response):
        response.text = "x"

class Noisy:
    def on_get(self, request, response):
        logger.info("one %s", "order", extra={"order": 7, "password": "hunter2"})
        warnings.warn("old")
        thread = threading.Thread(target=lambda: 1 / 0, name="mine")
        thread.start()
        thread.join()
        request.env["wsgi.errors"].write("a message\\n")
        raise RuntimeError("it failed")

app = rocketpy.App()
app.add_route("/", Index())
app.add_route("/noisy", Noisy())
"""

LEVELS = {"debug", "info", "warning", "error", "critical"}


def start(place: Place, app: str = APP, **env: str) -> tuple[subprocess.Popen[str], int]:
    place.write("app.py", app)
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_ACCESS_LOG": "json", "ROCKET_WORKERS": "1"} | env
    return place.start("launch", env=env), port


def parsed(text: str) -> list[dict[str, Any]]:
    """Return the records of a log, each of whose fields must be valid."""
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        at = datetime.fromisoformat(record["time"])
        assert record["time"].endswith("Z")
        assert abs((datetime.now(UTC) - at).total_seconds()) < 10 * SECONDS
        assert record["level"] in LEVELS
        assert isinstance(record["message"], str)
        if "status" in record:
            assert 100 <= record["status"] <= 599
            assert record["seconds"] >= 0
            assert isinstance(record["bytes"], int | None)
            assert record["answered"] in {True, False}
            for name in ("method", "uri"):
                assert isinstance(record[name], str)
            for name in ("id", "peer", "route"):
                assert isinstance(record[name], str | None)
    return records


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_line_is_json(place: Place, workers: str) -> None:
    """Launch lines, warnings, tracebacks, records of `logging`, requests, the end."""
    service, port = start(place, ROCKET_WORKERS=workers)
    url = f"http://127.0.0.1:{port}"
    assert get(f"{url}/noisy")[0] == 500
    assert get(f"{url}/nowhere")[0] == 404
    assert get(f"{url}/healthz")[0] == 200
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall(b"no HTTP\r\n\r\n")
        client.recv(4096)
    os.kill(service.pid, signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)
    assert (service.returncode, err) == (0, "")
    assert "hunter2" not in out
    by_message = {record["message"]: record for record in parsed(out)}
    assert by_message["one order"]["order"] == 7
    assert by_message["a message"]["level"] == "error"
    assert "ZeroDivisionError" in by_message["uncaught exception in thread mine"]["traceback"]
    assert "RuntimeError" in by_message["GET /noisy failed"]["traceback"]
    assert by_message["GET /nowhere: 404 Not Found"]["route"] is None
    assert by_message["GET /noisy: 500 Internal Server Error"]["route"] == "/noisy"
    assert by_message["Graceful shutdown completed successfully."]["level"] == "info"
    assert any("UserWarning: old" in message for message in by_message)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_nobody_reads(place: Place, workers: str) -> None:
    """All requests are answered while the log's reader sleeps; the log says how much is missing."""
    service, port = start(place, ROCKET_WORKERS=workers, ROCKET_METRICS="true")
    assert get(f"http://127.0.0.1:{port}/")[0] == 200
    batch = b"GET /?" + b"x" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    size = 50
    count = 0
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        dropped = 0
        while not dropped:  # a thousand records of 2 KB fill any buffer
            assert count < 20_000
            client.sendall(batch * size)
            answers = b""
            while answers.count(b"HTTP/1.1 200 OK\r\n") < size:
                part = client.recv(1 << 20)
                assert part
                answers += part
            count += size
            _, _, figures = get(f"http://127.0.0.1:{port}/metrics")
            line = figures.partition("\nrocketpy_log_dropped_total ")[2].partition("\n")[0]
            dropped = int(line)
    os.kill(service.pid, signal.SIGTERM)
    out, _ = service.communicate(timeout=SECONDS)  # the reader goes on
    assert service.returncode == 0
    reported = sum(record.get("dropped", 0) for record in parsed(out))
    assert reported >= dropped


def test_nobody_reads_at_the_end(place: Place) -> None:
    """A reader that never goes on does not keep the service from ending."""
    service, port = start(place)
    get(f"http://127.0.0.1:{port}/")
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall((b"GET /?" + b"x" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") * 100)
        answers = b""
        while answers.count(b"HTTP/1.1 200 OK\r\n") < 100:
            answers += client.recv(1 << 20)
    os.kill(service.pid, signal.SIGTERM)
    assert service.wait(SECONDS) == 0


OWN = (
    """
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="mine %(name)s %(message)s")
"""
    + APP
)


def test_own_configuration_of_logging(place: Place) -> None:
    """An application's own configuration of `logging` counts for its records."""
    service, port = start(place, OWN, ROCKET_ACCESS_LOG="off")
    get(f"http://127.0.0.1:{port}/noisy")
    os.kill(service.pid, signal.SIGTERM)
    out, _ = service.communicate(timeout=SECONDS)
    assert "mine shop one order\n" in out
    assert "\none order\n" not in out


def test_closed_output(place: Place) -> None:
    """Without a standard output the log goes to standard error."""
    place.write("app.py", APP)
    port = free_port()
    service = place.start(
        "launch", env={"ROCKET_PORT": str(port)}, prefix=("sh", "-c", 'exec "$@" >&-', "sh")
    )
    assert get(f"http://127.0.0.1:{port}/")[0] == 200
    os.kill(service.pid, signal.SIGTERM)
    _, err = service.communicate(timeout=SECONDS)
    assert service.returncode == 0
    assert "Rocket has launched from" in err
    assert "GET /" in err


@pytest.mark.parametrize("level", ["critical", "off"])
def test_failing_handler_without_an_access_log(place: Place, level: str) -> None:
    """Tracebacks and what is written to `wsgi.errors` are in the log, as `log_level` says."""
    service, port = start(place, ROCKET_ACCESS_LOG="off", ROCKET_LOG_LEVEL=level)
    assert get(f"http://127.0.0.1:{port}/noisy?token=hunter2")[0] == 500
    os.kill(service.pid, signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)
    assert not err
    is_shown = level != "off"
    assert ("Error: GET /noisy?token=[redacted] failed\nTraceback (most" in out) == is_shown
    assert ("Error: a message\n" in out) == is_shown
