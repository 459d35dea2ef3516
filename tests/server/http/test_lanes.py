"""Both lanes give the application the same environment, and the client the same bytes."""

from __future__ import annotations

import io
import json
import re
import wsgiref.validate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocketpy.server.http import fast_lane, lanes
from tests.server.http.channel import Channel, ask, read_general

HERE = Path(__file__).parent
CORPUS: list[str] = json.loads((HERE / "heads.json").read_text(encoding="utf-8"))
"""Heads as clients send them: browsers, curl, libraries, proxies, probes."""

DATE = re.compile(rb"\r\nDate: [^\r]*\r\n")


def body_of(head: bytes) -> bytes:
    """Return a body of the length that a head says."""
    length = re.search(rb"(?i)\r\ncontent-length:[ \t]*([0-9]+)", head)
    return b"x" * int(length[1]) if length else b""


def without_date(answer: bytes) -> bytes:
    return DATE.sub(b"\r\n", answer)


class Recorder:
    """An application that keeps its environment, and answers as it is told."""

    def __init__(
        self, status: str, headers: list[Any], make_body: Any, *, late: bool = False
    ) -> None:
        self.status, self.headers, self.make_body, self.late = status, headers, make_body, late
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.environ = dict(environ)
        self.environ["wsgi.input"] = environ["wsgi.input"].read()
        del self.environ["waitress.client_disconnected"]
        if self.late:
            return self._late(start_response)
        start_response(self.status, list(self.headers))
        return self.make_body()

    def _late(self, start_response: Any) -> Any:
        start_response(self.status, list(self.headers))
        yield from self.make_body()


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [environ["PATH_INFO"].encode("latin-1"), body]


def compare(app: Any, request: bytes, **settings: Any) -> None:
    fast, fast_keeps = ask(app, request, "fast", **settings)
    seen = getattr(app, "environ", None)
    general, general_keeps = ask(app, request, "general", **settings)
    assert without_date(fast) == without_date(general)
    assert fast_keeps == general_keeps
    assert seen == getattr(app, "environ", None)


@pytest.mark.parametrize("head", CORPUS)
def test_the_corpus_of_heads(head: str) -> None:
    """Every head that clients are known to send, by both lanes that can take it."""
    data = head.encode("latin-1")
    data += body_of(data)
    app = Recorder("200 OK", [("Content-Type", "text/plain")], lambda: [b"body"])
    channel = Channel(app)
    if lanes.read_plain(data, channel.host.adj) is None:
        assert read_general(data, channel.host.adj).error is None
        return
    compare(app, data)


def test_most_of_the_corpus_takes_the_fast_lane() -> None:
    """Or all this would be for nothing."""
    adj = Channel(echo).host.adj
    heads = [head.encode("latin-1") for head in CORPUS]
    plain = [head for head in heads if lanes.read_plain(head + body_of(head), adj)]
    assert len(plain) > 0.8 * len(heads)


# `*` is no path, and WSGI has no other place for it.
@pytest.mark.parametrize("head", [head for head in CORPUS if not head.startswith("OPTIONS *")])
@pytest.mark.parametrize("lane", ["fast", "general"])
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")  # wsgiref knows the old ones alone
def test_the_environment_is_valid(head: str, lane: str) -> None:
    """`wsgiref.validate` has nothing to say, in either lane."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read(0)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"valid"]

    data = head.encode("latin-1")
    data += body_of(data)
    if lane == "fast" and lanes.read_plain(data, Channel(app).host.adj) is None:
        pytest.skip("the fast lane does not take it")
    answer, _ = ask(Validated(app), data, lane)
    assert answer.startswith((b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n"))
    assert (b"valid" in answer) is not head.startswith("HEAD ")


class Validated:
    """`wsgiref.validate` around an application, that raises where it would only warn."""

    def __init__(self, app: Any) -> None:
        self._app = wsgiref.validate.validator(app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self._app(environ, start_response)


methods = st.sampled_from(["GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE"])
statuses = st.sampled_from(
    ["200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "702 "]
)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("content-type", "Content-Length", "DATE", "server", "Set-Cookie", "ETag"),
                *("x-request-id", "set-cookie", "Vary", "x", "www-authenticate"),
            ]
        ),
        st.sampled_from(["", "a", "\xfc", "7", "4", "text/plain; charset=utf-8"]),
    ),
    max_size=5,
)
parts = st.lists(st.sampled_from([b"", b"a", b"body", b"x" * 70_000]), max_size=3)
shapes = st.sampled_from([list, tuple, iter, lambda body: io.BytesIO(b"".join(body))])
requests = st.builds(
    lambda method, version, connection: (
        f"{method} /a HTTP/{version}\r\nHost: x\r\n"
        + (f"Connection: {connection}\r\n" if connection else "")
        + "\r\n"
    ).encode(),
    *(methods, st.sampled_from(["1.1", "1.1", "1.0"])),
    st.sampled_from(["", "close", "keep-alive", "TE, close"]),
)


@given(
    request=requests,
    status=statuses,
    fields=headers,
    body=parts,
    shape=shapes,
    late=st.booleans(),
    last=st.booleans(),
)
def test_any_answer(
    *,
    request: bytes,
    status: str,
    fields: list[Any],
    body: list[bytes],
    shape: Any,
    late: bool,
    last: bool,
) -> None:
    """Whatever the application answers: right or wrong, at once or late, as the last or not."""
    app = Recorder(status, fields, lambda: shape(body), late=late)
    compare(app, request, last=last)


@given(requests, statuses, headers, parts)
def test_no_body_where_none_belongs(
    request: bytes, status: str, fields: list[Any], body: list[bytes]
) -> None:
    """After HEAD, 204 and 304 the answer ends with its head."""
    app = Recorder(status, fields, lambda: iter(body))
    answer, _ = ask(app, request, "fast")
    head, _, rest = answer.partition(b"\r\n\r\n")
    if request.startswith(b"HEAD") or head.split(b" ")[1] in {b"204", b"304"}:
        assert rest == b""


def test_the_usual_answer_takes_the_fast_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never given to waitress's task."""
    monkeypatch.setattr(lanes, "_begin_task", lambda reply: pytest.fail("the general lane"))
    for body in ([b"body"], (b"body",), [], [b"x" * fast_lane.MOST_JOINED]):
        app = Recorder("200 OK", [("Content-Type", "text/plain")], lambda body=body: body)
        answer, keeps = ask(app, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "fast")
        assert answer.endswith(b"\r\n\r\n" + b"".join(body))
        assert keeps
