"""Heads that are read in one pass are read as the general lane reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments

from rocketpy.common.body_limits import Bodies
from rocketpy.server.http import environ as environs
from rocketpy.server.http import lanes, plain_heads
from rocketpy.server.http.request_parser import Parser
from tests.server.http.channel import ask

ADJUSTMENTS = Adjustments()
ADJUSTMENTS.bodies = Bodies({})

methods = st.sampled_from([b"GET", b"POST", b"M-SEARCH", b"get", b"G T", b"", b"CONNECT"])
characters = st.sampled_from([bytes([code]) for code in range(256)])
often = st.sampled_from([b"/", b"a", b"?", b"#", b"%", b"41", b":", b";", b" ", b"//", b"http://h"])
targets = st.lists(st.one_of(often, characters), max_size=8).map(b"".join)
versions = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2", b"http/1.1", b""])
names = st.one_of(
    st.sampled_from([b"Host", b"Connection", b"Content-Length", b"X-A", b"x_a", b"x-a", b"Expect"]),
    st.sampled_from([b"Transfer-Encoding", b"Content-Type", b"host"]),
    st.lists(characters, max_size=4).map(b"".join),
)
values = st.one_of(
    st.sampled_from([b" close", b"keep-alive ", b"7", b"+7", b"0", b"00", b"\t a \t b", b""]),
    st.sampled_from([b"chunked", b"100-continue", b"a, b", b"te, Close", b"text/plain", b"x:80"]),
    st.lists(characters, max_size=6).map(b"".join),
)
lines = st.tuples(names, st.sampled_from([b":", b": ", b" :", b""]), values).map(b"".join)
heads = st.builds(
    lambda method, target, version, fields, end: (
        b"%b /%b %b\r\n" % (method, target, version) + b"".join(f + end for f in fields) + b"\r\n"
    ),
    *(methods, targets, versions, st.lists(lines, max_size=4)),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\n "]),
)
hosted = heads.map(lambda head: head.replace(b"\r\n", b"\r\nHost: x\r\n", 1))


def general(data: bytes) -> Parser:
    """Read a request in the general lane."""
    parser = Parser(ADJUSTMENTS)
    while data and not parser.completed:
        data = data[parser.received(data) :]
    return parser


def facts_of_plain(plain: plain_heads.Request) -> dict[str, Any]:
    return {"environ": plain.environ, "keeps": plain.keeps, "length": plain.length}


def facts_of_general(parser: Parser) -> dict[str, Any]:
    environ = environs.of_parsed(parser)
    return {"environ": environ, "keeps": parser.keeps, "length": parser.content_length}


@given(heads | hosted)
@example(b"GET /%c3%bc%zz?a=%41 HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"GET //x/y HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"GET /%2Fx/y HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"GET /a//x:80/y HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"POST / HTTP/1.0\r\nContent-Length: 007\r\nconnection: Keep-Alive\r\n\r\n")
@example(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx_a: 2\r\n\r\n")
@example(b"GET /;a=b:c HTTP/1.1\r\nHost: x\r\nX: \xe4\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nHost: x\r\nX:" + b" " * 40 + b"a\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: te, close\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nHost: a, b\r\nExpect: 100-continue\r\n\r\n")
def test_both_lanes_read_the_same(head: bytes) -> None:
    """What the fast lane reads, the general lane reads too, and in the same way."""
    plain = lanes.read_plain(head, ADJUSTMENTS)
    if plain is not None:
        parser = general(head)
        assert parser.error is None
        assert facts_of_plain(plain) == facts_of_general(parser)
        parser.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"DELETE /a/b%20c?d=%20&e HTTP/1.0\r\nHost: x\r\nX-Y:z \r\nEmpty:\r\n\r\n",
        b'GET /~a/b(c)!*\',;=:@&$+|^`{}"<>?q=/?{}"<> HTTP/1.1\r\nHost: x\r\n\r\n',
        b"POST / HTTP/1.1\r\nHost: x:80\r\nContent-Length: 5\r\nConnection: TE, close\r\n\r\n",
    ],
)
def test_what_clients_send_is_plain(head: bytes) -> None:
    """The fast lane is the one that is taken."""
    assert plain_heads.read(head, head.find(b"\r\n\r\n")) is not None


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\nX: a\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n"
        + b"".join(b"A%d: b\r\n" % n for n in range(100))
        + b"\r\n",
    ],
)
def test_what_is_odd_is_not(head: bytes) -> None:
    """The general lane decides on it."""
    assert plain_heads.read(head, head.find(b"\r\n\r\n")) is None


def test_memory_is_bounded() -> None:
    """A client that sends ever other names cannot fill the memory."""
    for number in range(2 * plain_heads.MOST_NAMES):
        head = b"GET /%d HTTP/1.0\r\nX-%d: a\r\n\r\n" % (number, number)
        read = plain_heads.read(head, len(head) - 4)
        assert read is not None
        assert read.environ[f"HTTP_X_{number}"] == "a"
    assert len(plain_heads._names) <= plain_heads.MOST_NAMES
    for known in (plain_heads._read_known, plain_heads._read_known_fields):
        assert known.cache_info().currsize <= plain_heads.MOST_KNOWN


def test_what_is_remembered_is_not_changed() -> None:
    """Two requests with the same head have environments of their own."""
    seen = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append((environ["HTTP_HOST"], environ["wsgi.input"].read(), "added" in environ))
        environ["HTTP_HOST"] = "changed"
        environ["added"] = True
        start_response("200 OK", [])
        return [b""]

    head = b"POST /same HTTP/1.1\r\nHost: same\r\nContent-Length: 3\r\n\r\n"
    for body in (b"abc", b"def"):
        ask(app, head + body, "fast")
    assert seen == [("same", b"abc", False), ("same", b"def", False)]
