"""No HTTP, or HTTP that can be read in two ways: one answer, and nothing after it is read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def get(*headers: bytes) -> bytes:
    return b"\r\n".join([b"GET /a HTTP/1.1", b"Host: x", *headers]) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        # Request lines.
        (b"GET /a\r\n\r\n", 400),  # HTTP/0.9
        (b"GET\r\n\r\n", 400),
        (b"GET  /a HTTP/1.1\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n\r\n", 400),
        (b"GET /a HTTP/1.1 \r\n\r\n", 400),
        (b"GET /a HTTP/1.10\r\n\r\n", 400),
        (b"GET /a http/1.1\r\n\r\n", 400),
        (b"get /a HTTP/1.1\r\n\r\n", 400),
        (b"G\0T /a HTTP/1.1\r\n\r\n", 400),
        (b"GET /a\0b HTTP/1.1\r\n\r\n", 400),
        (b"GET /a\x7f HTTP/1.1\r\n\r\n", 400),
        (b"GET /a\tb HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[::1 HTTP/1.1\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET /a HTTP/2.0\r\n\r\n", 505),
        (b"GET /a HTTP/0.9\r\n\r\n", 505),
        (b"GET /" + b"a" * 65_534 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /a HTTP/1.2\r\nHost: x\r\n\r\n", 505),
        (b"GET /a HTTP/1.9\r\nHost: x\r\n\r\n", 505),
        (b"GET /a HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        # Before the request line.
        *[(begin + get(), 400) for begin in (b" ", b"\t", b"\v", b"\f", b"\r", b"\n", b"\0")],
        *[(b"\r\n" + begin + get(), 400) for begin in (b" ", b"\n", b"\r", b"\r\r\n", b"\f\r\n")],
        (b"\r\n" * 9 + get(), 400),
        # Targets.
        *[
            (method + b" " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400)
            for method, target in (
                *((b"GET", b"admin/x"), (b"GET", b"foo"), (b"GET", b"*"), (b"POST", b"*")),
                *((b"GET", b"x:443"), (b"CONNECT", b"x:443"), (b"CONNECT", b"/a")),
                *((b"GET", b"file:///etc/passwd"), (b"GET", b"ftp://y/a"), (b"GET", b"http:/a")),
                *((b"GET", b"http:///a"), (b"GET", b"http://?a"), (b"GET", b"http://:80/a")),
                *(
                    (b"GET", b"http://y\\@z/"),
                    (b"GET", b"http://a@b@c/"),
                    (b"GET", b"http://y z/"),
                    (b"GET", b"http://y,z/"),
                    (b"GET", b"javascript:a"),
                ),
                *((b"GET", b"/a#b"), (b"GET", b"http://y/a#b"), (b"GET", b"/#"), (b"GET", b"#")),
                *((b"OPTIONS", b"*a"), (b"OPTIONS", b"**"), (b"GET", b"?a"), (b"GET", b"http://")),
                *((b"GET", b"/\xff"), (b"GET", b"//\xff"), (b"GET", b"http://\xff/")),
            )
        ],
        # Hosts.
        (b"GET /a HTTP/1.1\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nAccept: */*\r\n\r\n", 400),
        (b"GET http://y/a HTTP/1.1\r\n\r\n", 400),
        *[
            (b"GET /a HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", 400)
            for host in (
                *(b"a, b", b"a,b", b"a b", b"a/b", b"a?b", b"a#b", b"u@a", b"http://a", b"a:b"),
                *(b"a:80:81", b"[::1", b"::1", b"[a]b", b"a\\b", b"a%2", b"<a>", b"\xe9", b"a\tb"),
            )
        ],
        (b"GET /a HTTP/1.0\r\nHost: a, b\r\n\r\n", 400),
        (b"GET /a HTTP/1.1\r\nHost: a, b\r\nExpect: 100-continue\r\n\r\n", 400),
        # Lines' ends.
        (b"GET /a HTTP/1.1\nHost: x\n\n", 400),
        (b"GET /a HTTP/1.1\r\nHost: x\n\r\n", 400),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400),
        (b"GET /a HTTP/1.1\nHost: x\r\n\r\n", 400),
        # Headers.
        (get(b"A : b"), 400),
        (get(b" A: b"), 400),
        (get(b"A: b", b" c"), 400),
        (get(b"A: b", b"\tc"), 400),
        (get(b"A: b\0c"), 400),
        (get(b"A\0: b"), 400),
        (get(b"A"), 400),
        (get(b": b"), 400),
        (get(b"A\xe9: b"), 400),
        (get(b"A:" + b" " * 32 + b"b"), 400),
        (get(b"Host: y"), 400),
        (get(b"Host: x"), 400),
        (get(*[b"A: b"] * 100), 431),
        (get(b"A: " + b"b" * 262_144), 431),
        (get(b"Transfer-Encoding: gzip"), 501),
        (get(b"Transfer-Encoding: identity"), 501),
        *[
            (get(b"Transfer-Encoding:" + coding), 400)
            for coding in (
                *(b"", b" ", b"\t ", b" ,", b" chunked,", b" ,chunked", b" chunked, chunked"),
                *(b" gzip, chunked", b" chunked, identity", b' "chunked"', b" chunked;q=1"),
                *(
                    b" chunked chunked",
                    b" \x0bchunked",
                    b" chunked\0",
                    b" \xffchunked",
                    b" ch unked",
                ),
            )
        ],
        (get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400),
        (get(b"Transfer-Encoding:", b"Transfer-Encoding: chunked"), 400),
        (get(b"Transfer-Encoding: chunked", b"Content-Length: 0"), 400),
        (get(b"Content-Length: 0", b"Transfer-Encoding:"), 400),
        (get(b"TRANSFER-ENCODING :chunked"), 400),
        (get(b"Transfer-Encoding\t: chunked"), 400),
        (b"POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /a HTTP/1.0\r\nTransfer-Encoding:\r\n\r\n", 400),
        (get(b"Expect: 100-continue", b"Content-Length: no"), 400),
        # Lengths.
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length: +5\r\n\r\n", 400),
        (POST + b"Content-Length: 0x5\r\n\r\n", 400),
        (POST + b"Content-Length: 5 5\r\n\r\n", 400),
        (POST + b"Content-Length: 5, 5\r\n\r\n", 400),
        (POST + b"Content-Length: \xb2\r\n\r\n", 400),
        (POST + b"Content-Length:\r\n\r\n", 400),
        (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
        (POST + b"Content-Length: " + b"9" * 20 + b"\r\n\r\n", 413),
        (POST + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\n", 413),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
        # Chunks.
        (CHUNKED + b"0x5\r\nabcde\r\n0\r\n\r\n", 400),
        (CHUNKED + b"-1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"+1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b" 1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1 \r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1_0\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"g\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"\r\n1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\n\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1;a\n\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1;\0\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\nab\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\na0\r\n\r\n", 400),
        (CHUNKED + b"1\r\na\n0\r\n\r\n", 400),
        (CHUNKED + b"f" * 17 + b"\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1;" + b"a" * 8192 + b"\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0\r\nA: b\n\r\n\r\n", 400),
        (CHUNKED + b"0\r\nno trailer\r\n\r\n", 400),
        (CHUNKED + b"0\r\n" + b"A: b\r\n" * 2000 + b"\r\n", 400),
        # Other protocols.
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 32, 400),
        (b"\0" * 100, 400),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
        (b"\x05\x01\x00", 400),  # SOCKS
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else None,
)
def test_refused(lasting: Any, request_: bytes, status: int) -> None:
    """Each gets its answer at once, just one, and the connection is closed."""
    answer = lasting.ask(request_ + SMUGGLED)
    assert statuses(answer) == [status]
    assert b"\r\nConnection: close\r\n" in answer
    assert b"smuggled" not in answer


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (b"\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"/a"),
        (b"\r\n" * 8 + b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"/a"),
        (b"GET /a HTTP/1.1\r\nHost:\r\n\r\n", b"/a"),
        *[
            (b"GET /a HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", b"/a")
            for host in (b"a:", b"a_b.example:80", b"[::1]:8000", b"127.0.0.1", b"a%20b", b"a.")
        ],
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"*"),
        (b"GET http://y:81/a?b HTTP/1.1\r\nHost: x\r\n\r\n", b"/a"),
        (b"GET HTTPS://y/a HTTP/1.1\r\nHost: x\r\n\r\n", b"/a"),
        (b"GET http://y HTTP/1.1\r\nHost: x\r\n\r\n", b"/"),
        (b"GET http://[::1]:8000/a HTTP/1.1\r\nHost: x\r\n\r\n", b"/a"),
        (b"GET /%C3%A9 HTTP/1.1\r\nHost: x\r\n\r\n", b"/\xc3\xa9"),
        (b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"/\0"),
        (b"GET //x/../y HTTP/1.1\r\nHost: x\r\n\r\n", b"/x/../y"),
        (b"GET /" + b"a" * 65_533 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"/" + b"a" * 65_533),
        (get(*[b"A: b"] * 99), b"/a"),
        (get(b"A: " + b"b" * 200_000), b"/a"),
        (get(b"A:\tb \t", b"B:", b"C: \xe9"), b"/a"),
        (get(b"Expect: 100-continue"), b"/a"),  # there is nothing to go on with
        (POST + b"Content-Length: 005\r\n\r\nabcde", b"abcde"),
        (CHUNKED + b"0\r\n\r\n", b""),
        (
            CHUNKED + b'3\r\n\r\nx\r\n000A;a=b;c="d"\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
            b"\r\nx0\r\n\r\n0\r\n\r\n",
        ),
        (CHUNKED + b"1\r\na\r\n0\r\nA: b\r\nC:\r\n\r\n", b"a"),
    ],
    ids=lambda value: repr(value[:60]),
)
@pytest.mark.parametrize("step", [0, 1], ids=["whole", "byte by byte"])
def test_taken(lasting: Any, wire: Any, request_: bytes, body: bytes, step: int) -> None:
    """What is odd but clear gets its answer, and so does the next request on the connection."""
    if step and len(request_) > 1000:
        step = 1000
    with lasting.connect() as connection:
        for start in range(0, len(request_), step or len(request_)):
            connection.sendall(request_[start : start + (step or len(request_))])
        head, answered = wire.read_answer(connection)
        assert (head.split()[1], answered) == (b"200", body)
        connection.sendall(SMUGGLED)
        assert wire.read_answer(connection)[1] == b"/smuggled"


@pytest.mark.parametrize("target", [b"http://y:81/environ", b"http://user:word@y:81/environ"])
def test_a_target_with_a_host_overrides_the_header(lasting: Any, target: bytes) -> None:
    """As RFC 9112 wants it, so that a proxy and the application speak of the same host."""
    answer = lasting.ask(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["HTTP_HOST"] == "y:81"


def test_continue_is_said_once(lasting: Any, wire: Any) -> None:
    """A client that waits to be asked for its body is asked, and answered."""
    with lasting.connect() as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert wire.read_answer(connection)[1] == b"abc"


@pytest.mark.parametrize(
    "head",
    [
        b"GET a://" + b"9" * 60_000 + b" x",
        b"GET /a HTTP/1.1\r\nA:" + b" " * 200_000 + b"b",
        b"GET /a HTTP/1.1\r\nA:" + b"\t " * 100_000 + b"b",
        b"GET /a HTTP/1.1\r\nA:" + b"\r\n " * 80_000 + b"b",
        b"GET /a HTTP/1.1" + b"\r\nA:" * 60_000,
        b"GET /a HTTP/1.1\r\n" + b"A" * 200_000,
    ],
    ids=["target", "blanks", "tabs", "folds", "lines", "no colon"],
)
def test_no_head_takes_long_to_read(lasting: Any, head: bytes) -> None:
    """Heads that waitress's regular expressions would try minutes on (60 s, and this fails)."""
    assert statuses(lasting.ask(head + b"\r\n\r\n"))[0] in {400, 431}
