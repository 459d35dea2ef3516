"""What h11 or llhttp refuses is not accepted here, and what all accept, all read alike."""

from __future__ import annotations

import os
from typing import Any

import h11
import httptools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.server.http.stream import Message, read

EXAMPLES = int(os.environ.get("EXAMPLES", "400"))
"""Streams that each law is tried with; `make fuzz` sets more."""

MUCH = settings(max_examples=EXAMPLES, deadline=None)


def by_h11(data: bytes) -> tuple[list[Message], bool]:
    """Return the requests that h11 reads, and whether it says nothing of the rest.

    It closes the connection after each request of HTTP/1.0, which may be kept, and refuses empty
    lines before a request, which RFC 9112, section 2.2, has a server ignore.
    """
    messages: list[Message] = []
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    try:
        connection.receive_data(data)
        while True:
            request, body = None, b""
            while type(event := connection.next_event()) is not h11.EndOfMessage:
                if type(event) is h11.Request:
                    request = event
                elif type(event) is h11.Data:
                    body += bytes(event.data)
                else:
                    return messages, False
            assert request is not None
            messages.append(Message(request.method.decode(), request.target.decode(), body))
            connection.send(h11.Response(status_code=204, headers=[]))
            connection.send(h11.EndOfMessage())
            if connection.our_state is not h11.DONE:
                return messages, request.http_version == b"1.0"
            connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return messages, str(error) == "no request line received"


class _Llhttp:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.target = b""
        self.body = b""
        self.parser: Any = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.target = self.body = b""

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        method = self.parser.get_method().decode()
        self.messages.append(Message(method, self.target.decode("latin-1"), self.body))


def by_llhttp(data: bytes) -> tuple[list[Message], bool]:
    """Return the requests that llhttp reads, and whether it says nothing of the rest.

    It knows the methods of a list, and no others.
    """
    reader = _Llhttp()
    try:
        reader.parser.feed_data(data)
    except httptools.HttpParserInvalidMethodError:
        return reader.messages, True
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return reader.messages, False
    return reader.messages, False


WORDS = [
    *(b" ", b"\t", b"\r\n", b"\n", b"\r", b"\0", b"\x0b", b"\x0c", b"\x7f", b"\x80", b"\xff"),
    *(b":", b",", b";", b"=", b"+", b"-", b"_", b"0", b"5", b"x", b"0x", b"\xa0", b'"', b"/", b"#"),
    *(b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Content-Length: 5, 5\r\n"),
    *(b"Content-Length:\r\n", b"Content-Length: +5\r\n", b"content-length: 05\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"transfer-encoding: Chunked\r\n", b"Host: y\r\n"),
    *(b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding:\r\n", b"Connection: close\r\n"),
    *(
        b"X: y\r\n",
        b" folded\r\n",
        b": x\r\n",
        b"X\r\n",
        b"X : y\r\n",
        b"0\r\n\r\n",
        b"5\r\nabcde\r\n",
    ),
    *(
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"HTTP/1.2",
        b"HTTP/2.0",
        b"HTTP/0.9",
        b"http/1.1",
        b"*",
        b"GET / ",
    ),
]
WHOLE = [
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://y/a?b HTTP/1.1\r\nHost: y\r\nAccept: */*\r\n\r\n",
    b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
    b"PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    (
        b"POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1;a=b\r\nf\r\n0\r\nA: b\r\n\r\n"
    ),
]
LAST = b"DELETE /last HTTP/1.1\r\nHost: x\r\n\r\n"


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Draw requests, with words taken out and others put in, and one request behind them."""
    data = b"".join(draw(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=2)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
        data = data[:start] + draw(st.sampled_from(WORDS) | st.just(b"")) + data[end:]
    return data + LAST


@MUCH
@given(streams(), st.sampled_from([0, 0, 1, 7]))
@example(b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nabcde" + LAST, 0)
@example(b"GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nabcde\r\n" + LAST, 0)
def test_no_other_reading(data: bytes, piece: int) -> None:
    """The requests that reach an application here are the first of those that each of them reads.

    So what one of them refuses is never accepted, and no body ends elsewhere.
    """
    ours = read(data, piece).messages
    for name, by_them in (("h11", by_h11), ("llhttp", by_llhttp)):
        theirs, is_silent = by_them(data)
        known = ours[: len(theirs)] if is_silent else ours
        assert theirs[: len(known)] == known, name


@MUCH
@given(streams(), st.integers(1, 60))
def test_pieces_make_no_difference(data: bytes, piece: int) -> None:
    """A stream means the same, however it arrives; but which of its faults is seen may differ."""
    whole, pieces = read(data), read(data, piece)
    assert whole.messages == pieces.messages
    assert bool(whole.refused) == bool(pieces.refused)


@pytest.mark.parametrize("data", WHOLE)
def test_all_read_what_is_whole(data: bytes) -> None:
    """The references read what a law above begins with, or it would say nothing."""
    ours = read(data + LAST).messages
    assert len(ours) == 2
    assert by_h11(data + LAST) == by_llhttp(data + LAST) == (ours, False)
