"""What an application is told of its server and of its client, by a service that was launched."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import wait_for
from tests.support import SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from pathlib import Path

APP = """\
import json, os, time

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    if environ["PATH_INFO"] == "/wait":
        open("waits", "w").close()
        is_disconnected = environ["waitress.client_disconnected"]
        answers = [is_disconnected()]
        end = time.monotonic() + 20
        while time.monotonic() < end and not answers[-1]:
            time.sleep(0.01)
            answers.append(is_disconnected())
        with open("answers.new", "w") as file:
            json.dump([answers[0], answers[-1]], file)
        os.rename("answers.new", "answers")
    return [json.dumps({name: repr(value) for name, value in environ.items()}).encode()]
"""


def launch(place: Place, *listen: str, workers: int = 1) -> None:
    place.write("app.py", APP)
    entries = ", ".join(f'"{entry}"' for entry in listen)
    place.write("Rocket.toml", f'[default]\nlisten = [{entries}]\nlog_level = "off"\n')
    place.start("launch", "app:app", env={"ROCKET_WORKERS": str(workers)})


def environ_of(url: str) -> dict[str, str]:
    answer: dict[str, str] = json.loads(get(url)[2])
    return answer


def environ_at(path: Path) -> dict[str, str]:
    """Return what a service on a Unix socket gives its application."""
    client = http.client.HTTPConnection("localhost")
    with socket.socket(socket.AF_UNIX) as client.sock:
        client.sock.settimeout(SECONDS)
        client.sock.connect(str(path))
        client.request("GET", "/")
        answer: dict[str, str] = json.loads(client.getresponse().read())
        return answer


def test_the_name_is_the_listeners(place: Place) -> None:
    """Each of several listeners says its own address and port, whatever Host a client sends."""
    ports = free_port(), free_port()
    launch(place, *(f"127.0.0.1:{port}" for port in ports), f"unix:{place.folder}/socket")
    for port in ports:
        environ = environ_of(f"http://127.0.0.1:{port}/")
        assert environ["SERVER_NAME"] == "'127.0.0.1'"
        assert environ["SERVER_PORT"] == repr(str(port))
        assert environ["REMOTE_ADDR"] == "'127.0.0.1'"
    environ = environ_at(place.folder / "socket")
    assert environ["SERVER_NAME"] == "'localhost'"
    assert environ["SERVER_PORT"] == "'80'"
    assert "REMOTE_ADDR" not in environ


@pytest.mark.parametrize(("workers", "several"), [(1, "False"), (2, "True")])
def test_several_processes(place: Place, workers: int, several: str) -> None:
    """`wsgi.multiprocess` says whether another process may answer the next request."""
    port = free_port()
    launch(place, f"127.0.0.1:{port}", workers=workers)
    environ = environ_of(f"http://127.0.0.1:{port}/")
    assert environ["wsgi.multiprocess"] == several
    assert environ["wsgi.multithread"] == "True"


@pytest.mark.parametrize(
    "request_", [b"GET /wait HTTP/1.1\r\n", b"GET /wait HTTP/1.1\r\nExpect: 100-continue\r\n"]
)
@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_is_gone(place: Place, request_: bytes, *, reset: bool) -> None:
    """`waitress.client_disconnected` becomes true, in either lane, by an end or by a reset."""
    port = free_port()
    launch(place, f"127.0.0.1:{port}")
    environ_of(f"http://127.0.0.1:{port}/")
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(request_ + b"Host: x\r\n\r\n")
        wait_for((place.folder / "waits").exists)
        time.sleep(0.1)  # the first answer is given while the client is still there
        if reset:
            no_linger: Any = b"\1\0\0\0\0\0\0\0"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    wait_for((place.folder / "answers").exists)
    assert json.loads((place.folder / "answers").read_text("utf-8")) == [False, True]
