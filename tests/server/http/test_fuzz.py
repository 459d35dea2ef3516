"""Whatever bytes a client sends, in whatever pieces: the next client is served."""

from __future__ import annotations

import contextlib
import errno
import re
import socket
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.processes import descriptors, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = st.sampled_from(
    [
        *(bytes([byte]) for byte in b"\0\t\n\r ,:;=/%#?[]\x16\x7f\x80\xff0159afGX"),
        *(b"\r\n", b"\r\n\r\n", b"\n\n", b"\r\n ", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0"),
        *(b"GET ", b"POST ", b"HEAD ", b"/echo", b"http://y/a", b"*", b"Host: x", b"Connection: "),
        *(b"close", b"keep-alive", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        *(b"Expect: 100-continue", b"5\r\nabcde\r\n", b"0\r\n\r\n", b"f" * 16, b"9" * 5000),
        *(b"a" * 9000, b" " * 9000, b"A: b\r\n" * 200),
    ]
)
WHOLE = [
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n",
    b"HEAD /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde",
    (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5;a=b\r\nabcde\r\n1\r\nf\r\n0\r\nA: b\r\n\r\n"
    ),
]
ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
MUCH = settings(max_examples=1000, deadline=None)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw valid requests, one after another, with some bytes taken out and others put in."""
    data = b"".join(draw(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 8))
        data = data[:start] + draw(PIECES | st.just(b"")) + data[end:]
    return data


def tell(service: Any, data: bytes, cut: int) -> bytes:
    """Send bytes in two pieces, and no more after that; return all that is answered."""
    answer = b""
    with service.connect() as connection:
        with closed_meanwhile():
            connection.sendall(data[:cut])
            connection.sendall(data[cut:])
            connection.shutdown(socket.SHUT_WR)
        with closed_meanwhile():
            while part := connection.recv(65536):
                answer += part
    return answer


@contextlib.contextmanager
def closed_meanwhile() -> Iterator[None]:
    """Let the server close the connection; but a silence is no close."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOTCONN, errno.ECONNRESET, errno.EPIPE}:
            raise


def check(service: Any, data: bytes, cut: int) -> None:
    """Check that there is an end, with nothing after a refusal, and that others are served."""
    statuses = [int(status) for status in ANSWER.findall(tell(service, data, cut))]
    refusals = [status for status in statuses if status >= 400]
    assert len(refusals) <= 1
    assert refusals == statuses[len(statuses) - len(refusals) :]
    assert 500 not in refusals
    assert service.get("/a") == b"/a"


@MUCH
@given(st.lists(PIECES | st.binary(max_size=20), max_size=20).map(b"".join), st.integers(0, 200))
def test_any_bytes(lasting: Any, data: bytes, cut: int) -> None:
    """Words of HTTP, and other bytes, in any order."""
    check(lasting, data, cut)


@MUCH
@given(mutated(), st.integers(0, 200))
def test_requests_with_faults_in_them(lasting: Any, data: bytes, cut: int) -> None:
    """Requests that were valid before some bytes were lost, doubled or changed."""
    check(lasting, data, cut)


@MUCH
@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=6), st.integers(0, 600))
def test_requests_without_faults(lasting: Any, requests: list[bytes], cut: int) -> None:
    """However valid requests are cut up, each is answered until one closes."""
    answer = tell(lasting, b"".join(requests), cut)
    closing = [number for number, request in enumerate(requests, 1) if b"close" in request]
    wanted = closing[0] if closing else len(requests)
    statuses = [status for status in ANSWER.findall(answer) if status != b"100"]
    assert statuses == [b"200"] * wanted


def test_nothing_stays(lasting: Any) -> None:
    """A connection that was closed has given back its descriptor."""
    lasting.get("/a")
    before = descriptors(lasting.pid)
    for data in (
        *WHOLE,
        b"\0",
        b"GET",
        b"",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    ):
        tell(lasting, data, 3)
    wait_for(lambda: descriptors(lasting.pid) <= before)
