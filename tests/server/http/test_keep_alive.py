"""How long a connection is kept: `keep_alive` seconds after its last answer, no less."""

from __future__ import annotations

import time
from typing import Any

import pytest

REQUEST = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("seconds", [1, 3])
def test_an_idle_connection_has_its_time(start: Any, wire: Any, seconds: int) -> None:
    """It is closed, without a word, and not before its time."""
    with start(keep_alive=seconds).connect() as connection:
        connection.sendall(REQUEST)
        wire.read_answer(connection)
        answered = time.monotonic()
        assert wire.read_all(connection) == b""
        assert time.monotonic() - answered > seconds - 0.2


def test_each_answer_renews_it(start: Any, wire: Any) -> None:
    """A connection that is used goes on for longer than `keep_alive`, be its handlers slow."""
    with start(keep_alive=1).connect() as connection:
        for _ in range(4):
            connection.sendall(REQUEST)
            assert wire.read_answer(connection)[1] == b"/a"
            time.sleep(0.4)
        connection.sendall(REQUEST.replace(b"/a", b"/sleep?seconds=1.5"))
        assert wire.read_answer(connection)[1] == b"slept"
        connection.sendall(REQUEST)
        assert wire.read_answer(connection)[1] == b"/a"


def test_http_1_0_is_kept_on_request(start: Any, wire: Any) -> None:
    """A client that asks for it is told so, and may ask again; another is told of the close."""
    service = start(keep_alive=5)
    with service.connect() as connection:
        for words in (b"keep-alive", b"Keep-Alive"):
            connection.sendall(b"GET /a HTTP/1.0\r\nConnection: " + words + b"\r\n\r\n")
            head, body = wire.read_answer(connection)
            assert b"\r\nConnection: Keep-Alive\r\n" in head + b"\r\n"
            assert body == b"/a"
        connection.sendall(b"GET /a HTTP/1.0\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in wire.read_all(connection)


@pytest.mark.parametrize("connection", [b"close", b"Close", b"close, TE", b"TE ,close"])
def test_a_client_that_wants_no_more(start: Any, connection: bytes) -> None:
    """Is told of the close and closed at once, however long others are kept."""
    request = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: " + connection + b"\r\n\r\n"
    answer = start(keep_alive=3600).ask(request)
    assert b"\r\nConnection: close\r\n" in answer
