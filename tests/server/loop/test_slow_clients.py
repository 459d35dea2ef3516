"""Clients that are slow, on purpose or not: they are let go in time, and cost others nothing."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import descriptors, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = {
    "FIRST_REQUEST_SECONDS": 0.5,
    "HEADER_SECONDS": 1.0,
    "SILENCE_SECONDS": 1.0,
    "LINGER_SECONDS": 0.5,
}
HEAD = b"POST /length HTTP/1.1\r\nHost: x\r\n"
MEBIBYTE = 1 << 20


def endless() -> Iterator[bytes]:
    return itertools.chain([b"GET /a HTTP/1.1\r\n"], itertools.repeat(b"A"))


def long_body() -> Iterator[bytes]:
    return itertools.chain(
        [HEAD + b"Content-Length: 8000\r\n\r\n"], (bytes([65 + i % 26]) for i in range(8000))
    )


def chunks() -> Iterator[bytes]:
    return itertools.chain(
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\na\r\n")
    )


def blanks() -> Iterator[bytes]:
    return itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;"], itertools.repeat(b"a"))


@pytest.mark.parametrize("parts", [endless, long_body, chunks, blanks])
@pytest.mark.parametrize("stops", [False, True], ids=["trickles", "stops"])
@pytest.mark.parametrize("keep_alive", [1, 3600])
def test_a_request_that_never_ends(start: Any, parts: Any, stops: bool, keep_alive: int) -> None:  # noqa: FBT001  (a table's column)
    """Its connection is closed, however long idle ones are kept; others are answered meanwhile."""
    service = start(keep_alive=keep_alive, channel=QUICK)
    with service.connect() as connection:
        stream = parts()
        connection.sendall(next(stream))
        connection.settimeout(0.02)
        deadline = time.monotonic() + 30
        while True:
            assert time.monotonic() < deadline, "still open"
            assert service.get("/a") == b"/a"
            try:
                if not stops:
                    connection.sendall(next(stream))
                assert connection.recv(100) == b""
            except TimeoutError:
                continue
            except ConnectionError:  # something was on the way when it was closed
                pass
            break


def test_a_client_that_says_nothing(start: Any, wire: Any) -> None:
    """A connection on which nothing was ever asked is closed."""
    with start(keep_alive=1, channel=QUICK).connect() as connection:
        assert wire.read_all(connection) == b""


def test_clients_that_take_nothing(start: Any, wire: Any) -> None:
    """They hold their handlers only for a while, and others get their turn."""
    service = start(max_blocking=2, channel=QUICK)
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            connection = stack.enter_context(service.connect())
            connection.sendall(b"GET /stream?chunks=4000 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert service.get("/a") == b"/a"
        wait_for(lambda: service.get("/threads") <= b"6")


def test_pipelined_answers_that_nobody_takes(start: Any) -> None:
    """The same, where no single answer is large."""
    service = start(max_blocking=1, channel=QUICK)
    with service.connect() as connection:
        connection.sendall(b"GET /big?bytes=8000000 HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        assert service.get("/a") == b"/a"


def test_a_client_that_takes_its_time(start: Any) -> None:
    """Who reads slowly but steadily gets all, though the kernel reports long pauses."""
    service = start(channel=QUICK)
    size = 12 * MEBIBYTE
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        connection.connect(("127.0.0.1", service.port))
        connection.settimeout(30)
        connection.sendall(b"GET /big?bytes=%d HTTP/1.0\r\n\r\n" % size)
        received = 0
        while part := connection.recv(65536):
            received += len(part)
            time.sleep(len(part) / (2 * MEBIBYTE))
    assert received > size


def test_requests_after_the_last_answer(start: Any) -> None:
    """What comes after the answer that closes the connection does not take that answer away."""
    service = start(keep_alive=0, channel=QUICK)
    answer = service.ask(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" * 50_000)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"\r\n\r\n/a")


@pytest.mark.parametrize("path", ["/a", "/sleep?seconds=0.3", "/big?bytes=8000000"])
def test_a_client_that_sends_no_more(start: Any, wire: Any, path: str) -> None:
    """A client that closes its side after its requests gets all answers."""
    service = start()
    with service.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3)
        connection.shutdown(socket.SHUT_WR)
        assert wire.read_all(connection).count(b"HTTP/1.1 200 OK") == 3


PARTS = [
    b"",
    b"GET /a HT",
    b"GET /a HTTP/1.1\r\nHos",
    HEAD + b"Content-Length: 8\r\n\r\nabc",
    HEAD + b"Content-Length: 800000\r\n\r\n" + b"x" * 600_000,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
    HEAD + b"Expect: 100-continue\r\nContent-Length: 8\r\n\r\n",
]
WHOLE = [
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /sleep?seconds=0.2 HTTP/1.1\r\nHost: x\r\n\r\n" * 2,
    b"GET /big?bytes=8000000 HTTP/1.1\r\nHost: x\r\n\r\n" * 2,
    b"GET /stream?chunks=500 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"nonsense\r\n\r\n" + b"x" * 100_000,
]


@pytest.mark.parametrize("part", PARTS)
def test_a_client_that_ends_half_way(start: Any, wire: Any, part: bytes) -> None:
    """It is let go at once, and no handler sees its request."""
    service = start(keep_alive=3600)
    with service.connect() as connection:
        connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        assert wire.read_all(connection) in {b"", b"HTTP/1.1 100 Continue\r\n\r\n"}


@pytest.mark.parametrize("how", ["close", "reset"])
def test_clients_that_vanish(start: Any, how: str) -> None:
    """Whenever they do, nothing stays of them: no descriptor, no word in the log."""
    service = start(keep_alive=3600, max_blocking=100)
    service.get("/a")
    before = descriptors(service.pid)
    for request, pause in itertools.product(PARTS + WHOLE, [0, 0.05]):
        for _ in range(3):
            with service.connect() as connection:
                connection.sendall(request)
                time.sleep(pause)
                if how == "reset":
                    linger = b"\1\0\0\0\0\0\0\0"  # on, for no time: closing sends a reset
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    assert service.get("/a") == b"/a"
    wait_for(lambda: descriptors(service.pid) <= before)
    code, _, log = service.stop()
    assert (code, log) == (0, "")
