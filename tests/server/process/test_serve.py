"""What a client and an application see of the server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

KEEP = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def test_importing_the_room_does_not_import_waitress() -> None:
    """The start of a command that serves nothing does not pay for waitress."""
    code = "import sys, rocketpy.server; sys.exit('waitress' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_keep_alive_serves_many_requests_on_one_connection(start: Any, wire: Any) -> None:
    """A connection is kept for the next request."""
    service = start()
    with service.connect() as connection:
        for _ in range(5):
            connection.sendall(KEEP)
            head, body = wire.read_answer(connection)
            assert body == b"/a"
            assert b"connection" not in head.lower()


def test_keep_alive_zero_closes_each_connection(start: Any) -> None:
    """`keep_alive = 0` says so in the answer and closes."""
    answer = start(keep_alive=0).ask(KEEP)
    assert b"Connection: close" in answer
    assert answer.endswith(b"/a")


def test_keep_alive_zero_holds_for_http_1_0(start: Any) -> None:
    """A client of HTTP/1.0 that requests keep-alive gets `Connection: close`."""
    answer = start(keep_alive=0).ask(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert b"Keep-Alive" not in answer
    assert b"Connection: close" in answer


def test_idle_connection_is_closed_after_keep_alive(start: Any, wire: Any) -> None:
    """A connection without a further request is closed, without an answer."""
    service = start(keep_alive=1)
    with service.connect() as connection:
        connection.sendall(KEEP)
        wire.read_answer(connection)
        assert wire.read_all(connection) == b""


@pytest.mark.parametrize(("ident", "header"), [("Rocket", b"\r\nServer: Rocket\r\n"), (None, None)])
def test_ident(start: Any, ident: str | None, header: bytes | None) -> None:
    """`ident` is the Server header; without it there is none."""
    answer = start(ident=ident).ask(b"GET / HTTP/1.0\r\n\r\n")
    if header:
        assert header in answer
    else:
        assert b"server:" not in answer.lower()


def test_environ_is_wsgi_whatever_ident_is(start: Any) -> None:
    """Every CGI variable is a string, and the client's headers reach the application unchanged."""
    service = start(ident=None)
    answer = service.ask(
        b"GET /environ HTTP/1.1\r\nHost: h:81\r\nX-Forwarded-For: 192.0.2.7\r\n"
        b"X-Forwarded-Proto: https\r\nForwarded: for=192.0.2.8\r\nConnection: close\r\n\r\n"
    )
    environ = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert environ["SERVER_SOFTWARE"] == "rocketpy"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.7"
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert environ["HTTP_FORWARDED"] == "for=192.0.2.8"
    assert environ["HTTP_HOST"] == "h:81"


def test_bodies_both_ways(start: Any) -> None:
    """A body is read whole, by length and in chunks, and comes back whole."""
    service = start()
    body = bytes(range(256)) * 8192
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = service.ask(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.partition(b"\r\n\r\n")[2] == body
    answer = service.ask(
        head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
    )
    assert answer.endswith(b"\r\n\r\nabcd")


def test_a_failing_application_is_answered_with_500(start: Any) -> None:
    """An exception of the application is answered, logged, and ends nothing else."""
    service = start()
    answer = service.ask(b"GET /fail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert service.get("/a") == b"/a"
    code, _, log = service.stop()
    assert code == 0
    assert "the application failed" in log


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\ntransfer-encoding: identity",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked\r\n , chunked",
        b"Transfer-Encoding:\r\n\tchunked",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"TRANSFER-ENCODING:chunked\r\ncontent-length:0",
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Transfer-Encoding : chunked",
    ],
)
def test_a_body_whose_end_is_stated_twice_is_refused(start: Any, framing: bytes) -> None:
    """What a proxy may read in another way is answered with 400, and nothing after it is read."""
    request = b"POST /echo HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n0\r\n\r\n" + SMUGGLED
    answer = start().ask(request)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")), answer
    assert b"smuggled" not in answer
    assert len(re.findall(rb"HTTP/1\.[01] ", answer)) == 1


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0"])
def test_transfer_encoding_is_http_1_1_alone(start: Any, version: bytes) -> None:
    """A request of a version without Transfer-Encoding may not have one."""
    request = b"POST /echo " + version + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    answer = start().ask(request + SMUGGLED)
    assert answer.split()[1] == (b"400" if version == b"HTTP/1.0" else b"505")
    assert b"smuggled" not in answer


def test_a_chunked_body_is_still_taken(start: Any) -> None:
    """The refusals above cost an honest client nothing."""
    answer = start().ask(
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:  Chunked \r\n"
        b"Connection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert answer.endswith(b"\r\n\r\nabc")
