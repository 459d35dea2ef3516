"""Heads that are read in one pass are read as waitress's own way reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]

from rocketpy.server.http import plain_heads
from rocketpy.server.http.request_parser import Parser

ADJUSTMENTS = Adjustments()
FACTS = (
    *("command", "request_uri", "path", "query", "version", "headers", "proxy_scheme"),
    *("proxy_netloc", "fragment", "url_scheme", "connection_close", "content_length", "chunked"),
    *("completed", "empty", "expect_continue", "error"),
)

methods = st.sampled_from([b"GET", b"POST", b"M-SEARCH", b"get", b"G T", b""])
characters = st.sampled_from([bytes([code]) for code in range(256)])
often = st.sampled_from([b"/", b"a", b"?", b"#", b"%", b"41", b":", b";", b" ", b"//", b"http://h"])
targets = st.lists(st.one_of(often, characters), max_size=8).map(b"".join)
versions = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2", b"http/1.1", b""])
names = st.one_of(
    st.sampled_from([b"Host", b"Connection", b"Content-Length", b"X-A", b"x_a", b"x-a", b"Expect"]),
    st.lists(characters, max_size=4).map(b"".join),
)
values = st.one_of(
    st.sampled_from([b" close", b"keep-alive ", b"7", b"+7", b"0", b"00", b"\t a \t b", b""]),
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


class Thorough(Parser):
    """A parser that takes nothing in one pass."""

    def _take(self, head: plain_heads.Head) -> bool:
        return False


def facts(parser: Any, head: bytes) -> dict[str, Any]:
    parser.received(head)
    found = {name: getattr(parser, name, None) for name in FACTS}
    found["error"] = str(parser.error.body) if parser.error else None
    found["body"] = type(parser.body_rcv).__name__
    parser.close()
    return found


@given(heads)
@example(b"GET /%c3%bc%zz?a=%41 HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"GET //x/y HTTP/1.1\r\n\r\n")
@example(b"GET /a//x:80/y HTTP/1.1\r\n\r\n")
@example(b"POST / HTTP/1.0\r\nContent-Length: 007\r\nconnection: Keep-Alive\r\n\r\n")
@example(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nX-A: 1\r\nx_a: 2\r\n\r\n")
@example(b"GET /;a=b:c HTTP/1.1\r\nX: \xe4\r\n\r\n")
def test_both_ways_say_the_same(head: bytes) -> None:
    """All that is known of a request afterwards, errors included."""
    assert facts(Parser(ADJUSTMENTS), head) == facts(Thorough(ADJUSTMENTS), head)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"DELETE /a/b%20c?d=%20&e HTTP/1.0\r\nHost: x\r\nX-Y:z \r\nEmpty:\r\n\r\n",
        b'GET /~a/b(c)!*\',;=:@&$+|^`{}"<>?q=/?{}"<> HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
)
def test_what_clients_send_is_plain(head: bytes) -> None:
    """The quick way is the one that is taken."""
    assert plain_heads.read(head) is not None


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a#b HTTP/1.1\r\n\r\n",
        b"GET http://x/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\nY: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\r\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nX : a\r\n\r\n",
        b"GET / HTTP/1.1\r\n: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: \x00\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\nX: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\r\n",
    ],
)
def test_what_is_odd_is_not(head: bytes) -> None:
    """The parser of waitress decides on it."""
    assert plain_heads.read(head) is None


def test_memory_is_bounded() -> None:
    """Whoever sends ever other names cannot fill the memory."""
    for number in range(2 * plain_heads.MOST_NAMES):
        head = plain_heads.read(b"GET / HTTP/1.1\r\nX-%d: a\r\n\r\n" % number)
        assert head is not None
        assert head.headers == {f"X_{number}": "a"}
    assert len(plain_heads._names) <= plain_heads.MOST_NAMES
