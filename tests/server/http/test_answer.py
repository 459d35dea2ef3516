"""What an application answers is checked before a byte of it is sent."""

from __future__ import annotations

import array
import io
import re
from typing import Any

import pytest

from rocketpy.server.http.answer import Answer, ApplicationError, Framing
from tests.server.http.channel import Channel, ask

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
LANES = pytest.mark.parametrize("lane", ["fast", "general"])


def answer_to(method: str = "GET", version: str = "1.1", *, keeps: bool = True) -> Answer:
    return Answer(method, version, "Rocket", lambda _: None, keeps)


def said(*headers: tuple[Any, Any], status: Any = "200 OK", body: Any = (b"",)) -> Any:
    """Return an application that answers this."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response(status, list(headers))
        return body

    return app


WRONG = {
    "a negative length": said(("Content-Length", "-5")),
    "a length with an underscore": said(("Content-Length", "1_0")),
    "a length with a sign": said(("Content-Length", "+5")),
    "a length with blanks": said(("Content-Length", " 5")),
    "a length of other digits": said(("Content-Length", "\u0665")),
    "no length": said(("Content-Length", "")),
    "a list of lengths": said(("Content-Length", "5, 5")),
    "a length of too many digits": said(("Content-Length", "9" * 19)),
    "two lengths": said(("Content-Length", "5"), ("content-length", "6")),
    "a number for a length": said(("Content-Length", 5)),
    "a blank in a name": said(("X Y", "a")),
    "a colon in a name": said(("X:", "a")),
    "a blank after a name": said(("X ", "a")),
    "an empty name": said(("", "a")),
    "a name of bytes": said((b"X", "a")),
    "a name that is no ASCII": said(("X\xfc", "a")),
    "a line feed in a name": said(("X\nY", "a")),
    "NUL in a value": said(("X", "a\0b")),
    "a line feed in a value": said(("X", "a\nb")),
    "a carriage return in a value": said(("X", "a\rb")),
    "a vertical tab in a value": said(("X", "a\vb")),
    "DEL in a value": said(("X", "a\x7f")),
    "a value beyond latin-1": said(("X", "\u20ac")),
    "a value of bytes": said(("X", b"a")),
    "no value": said(("X", None)),
    "a hop-by-hop header": said(("Connection", "close")),
    "a transfer coding": said(("Transfer-Encoding", "chunked")),
    "an upgrade": said(("Upgrade", "h2c")),
    "a status without a code": said(status="OK"),
    "a status of two digits": said(status="20 OK"),
    "a status of four digits": said(status="2000 OK"),
    "an informational status": said(status="103 Early Hints"),
    "a status with a line feed": said(status="200 OK\nX: a"),
    "a status with a NUL": said(status="200 \0"),
    "a status of bytes": said(status=b"200 OK"),
    "a number for a status": said(status=200),
    "a status beyond latin-1": said(status="200 \u20ac"),
    "a str for a body": said(body="text"),
    "a str in the body": said(body=["text"]),
    "a str behind bytes in a list": said(body=[b"a", "text"]),
    "a str in a generator": said(body=(part for part in ["text"])),
    "a number in the body": said(body=[5]),
    "nothing for a body": said(body=None),
}


@LANES
@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_answer_is_a_500(lane: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """With a line in the log, and nothing of what the application said on the wire."""
    if kind == "a str in a generator":
        WRONG[kind] = said(body=(part for part in ["text"]))
    answer, keeps = ask(WRONG[kind], GET, lane)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert int(re.findall(rb"Content-Length: (\d+)", head)[0]) == len(body)
    assert b"\r\nConnection: close\r\n" in head
    assert not keeps
    assert len(caplog.records) == 1
    assert "exception while serving GET /a" in caplog.text


class Word(str):
    """What formats as something else than it is, as a member of an enum may."""

    __slots__ = ()

    def __format__(self, _form: str) -> str:
        return "Word.NAME\r\nX: y"


@LANES
def test_subclasses_of_str(lane: str) -> None:
    """They format as they like; their characters are sent."""
    headers = ("Content-Type", Word("text/x-word")), ("Content-Length", Word("3"))
    answer, keeps = ask(said(*headers, status=Word("201 Made"), body=[b"abc"]), GET, lane)
    assert answer.startswith(b"HTTP/1.1 201 Made\r\nContent-Type: text/x-word\r\n")
    assert b"Word" not in answer
    assert keeps


WIDE = array.array("I", [1, 2, 3])


@LANES
@pytest.mark.parametrize(
    ("part", "sent"),
    [
        (bytearray(b"abc"), b"abc"),
        (memoryview(b"abc"), b"abc"),
        (memoryview(b"abcdef")[::2], b"ace"),
        (memoryview(WIDE), WIDE.tobytes()),
        (WIDE, WIDE.tobytes()),
    ],
    ids=["bytearray", "view", "view with gaps", "view of wide items", "array"],
)
@pytest.mark.parametrize("way", ["list", "generator", "write", "length"])
def test_parts_with_a_buffer(lane: str, way: str, part: Any, sent: bytes) -> None:
    """They are sent byte by byte as they are, and counted in bytes."""

    def app(_environ: Any, start_response: Any) -> Any:
        headers = [("Content-Length", str(len(sent)))] if way == "length" else []
        write = start_response("200 OK", headers)
        if way == "write":
            write(part)
            return []
        return (each for each in [part]) if way == "generator" else [part]

    answer, keeps = ask(app, GET, lane)
    body = answer.partition(b"\r\n\r\n")[2]
    if way != "length":
        sent = b"%X\r\n%s\r\n0\r\n\r\n" % (len(sent), sent)
    assert body == sent
    assert keeps


@LANES
@pytest.mark.parametrize("part", [5, None, [1, 2], object(), "text"])
@pytest.mark.parametrize("way", ["list", "generator", "write", "length"])
def test_parts_without_bytes(
    lane: str, way: str, part: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """They are a 500 with one line, as long as nothing is sent."""

    def app(_environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [("Content-Length", "2")] if way == "length" else [])
        if way == "write":
            write(part)
        return (each for each in [part]) if way == "generator" else [part]

    answer, keeps = ask(app, GET, lane)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert not keeps
    assert [record.exc_info for record in caplog.records] == [None]
    assert f"a {type(part).__name__} in it, where bytes belong" in caplog.text


def raising(error: BaseException) -> Any:
    def app(_environ: Any, _start_response: Any) -> Any:
        raise error

    return app


def raising_late(error: BaseException) -> Any:
    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "5")])
        yield b""
        raise error

    return app


def silent(_environ: Any, _start_response: Any) -> Any:
    return [b"a body without a head"]


@LANES
@pytest.mark.parametrize(
    "app",
    [
        *(raising(kind("x")) for kind in (ValueError, SystemExit, KeyboardInterrupt, OSError)),
        *(raising_late(kind("x")) for kind in (ValueError, SystemExit, GeneratorExit)),
        silent,
    ],
)
def test_an_application_that_fails_is_a_500(
    lane: str, app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it raises, before a byte is sent; SystemExit too."""
    answer, keeps = ask(app, GET, lane)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert not keeps
    assert "exception while serving GET /a" in caplog.text


@LANES
def test_a_failure_has_no_body_after_head(lane: str) -> None:
    """A 500 to HEAD ends with its head."""
    answer, _ = ask(raising(ValueError()), b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", lane)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert answer.endswith(b"\r\n\r\n")


def _fail(message: str) -> None:
    raise ValueError(message)


@LANES
def test_exc_info_replaces_what_was_said(lane: str) -> None:
    """Status, headers and length, as long as nothing is sent."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "500"), ("X-Old", "a")])
        try:
            _fail("what went before")
        except ValueError as error:
            start_response("503 Later", [("X-New", "b")], (type(error), error, None))
        return [b"later"]

    answer, keeps = ask(app, GET, lane)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Later\r\n")
    assert b"X-Old" not in head
    assert b"Content-Length: 5" in head
    assert b"500" not in head
    assert body == b"later"
    assert keeps


@LANES
def test_exc_info_after_the_head_is_raised(lane: str, caplog: pytest.LogCaptureFixture) -> None:
    """What is sent cannot be replaced; the connection is closed, so that the client notices."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "10")])
        yield b"half "
        try:
            _fail("in the middle")
        except ValueError as error:
            start_response("500 Oh", [], (type(error), error, error.__traceback__))

    answer, keeps = ask(app, GET, lane)
    assert answer.endswith(b"\r\n\r\nhalf ")
    assert not keeps
    assert "in the middle" in caplog.text


@LANES
def test_start_response_twice(lane: str) -> None:
    """Without exc_info it is an error."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        start_response("200 OK", [])
        return [b""]

    assert ask(app, GET, lane)[0].startswith(b"HTTP/1.1 500 ")


@LANES
def test_the_write_callable(lane: str) -> None:
    """What is written comes before what is returned."""

    def app(_environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [("Content-Length", "6")])
        write(b"one")
        return [b"two"]

    answer, keeps = ask(app, GET, lane)
    assert answer.endswith(b"\r\n\r\nonetwo")
    assert keeps


@LANES
@pytest.mark.parametrize("length", [None, 6])
def test_a_file_behind_what_is_written(lane: str, length: int | None) -> None:
    """It is framed as all of the body is, and counts for the length."""

    def app(environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [("Content-Length", str(length))] if length else [])
        write(b"one")
        return environ["wsgi.file_wrapper"](io.BytesIO(b"twothree" if length else b"two"))

    answer, keeps = ask(app, GET, lane)
    body = answer.partition(b"\r\n\r\n")[2]
    assert body == (b"onetwo" if length else b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    assert keeps


@LANES
def test_a_list_of_one_behind_what_is_written(lane: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its size is not taken for that of the whole body."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])(b"one")
        return [b"two"]

    answer, keeps = ask(app, GET, lane)
    assert answer.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    assert keeps
    assert not caplog.records


@LANES
def test_write_after_the_answer_is_refused(lane: str) -> None:
    """An application that keeps `write` cannot write into the next answer."""
    kept: list[Any] = []

    def app(_environ: Any, start_response: Any) -> Any:
        kept.append(start_response("200 OK", []))
        return [b"a"]

    ask(app, GET, lane)
    with pytest.raises(ApplicationError, match="after the answer"):
        kept[0](b"late")


@LANES
@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    ("method", "status", "body"),
    [
        ("GET", "204 No Content", []),
        ("GET", "304 Not Modified", []),
        ("HEAD", "200 OK", []),
        ("HEAD", "200 OK", [b"body"]),
        ("GET", "200 OK", []),
        ("GET", "200 OK", [b""]),
        ("GET", "204 No Content", [b"body"]),
    ],
)
def test_answers_without_a_body_keep_the_connection(
    lane: str, version: str, method: str, status: str, body: list[bytes]
) -> None:
    """Where it is asked for, in both versions."""
    connection = "keep-alive" if version == "1.0" else "TE"
    request = f"{method} /a HTTP/{version}\r\nHost: x\r\nConnection: {connection}\r\n\r\n".encode()
    answer, keeps = ask(said(status=status, body=body), request, lane)
    assert keeps
    assert answer.endswith(b"\r\n\r\n")
    assert b"Connection: close" not in answer
    assert (b"\r\nConnection: Keep-Alive\r\n" in answer) is (version == "1.0")


@LANES
def test_streams_of_unknown_length(lane: str) -> None:
    """They go out in chunks in HTTP/1.1 and keep the connection; in 1.0 its close ends them."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return (part for part in [b"one", b"", b"three"])

    answer, keeps = ask(app, GET, lane)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in answer
    assert answer.endswith(b"\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n")
    assert keeps
    request = b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    answer, keeps = ask(app, request, lane)
    assert answer.endswith(b"\r\nConnection: close\r\n" + answer.partition(b"close\r\n")[2])
    assert answer.endswith(b"\r\n\r\nonethree")
    assert not keeps


@LANES
@pytest.mark.parametrize("body", [[b"short"], [b"sh", b"ort"], (p for p in [b"short"])])
def test_too_few_bytes(lane: str, body: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An answer that is shorter than it said ends with the connection, or the client would wait."""
    body = [b"short"] if not isinstance(body, list) else body
    _, keeps = ask(said(("Content-Length", "6"), body=body), GET, lane)
    assert not keeps
    assert "too few bytes" in caplog.text


@LANES
def test_too_many_bytes(lane: str, caplog: pytest.LogCaptureFixture) -> None:
    """An answer that is longer than it said is cut, or the rest would be the next answer."""
    answer, _ = ask(said(("Content-Length", "4"), body=[b"too long"]), GET, lane)
    assert answer.endswith(b"\r\n\r\ntoo ")
    assert "exceeded" in caplog.text


@LANES
@pytest.mark.parametrize("ways", [[b"abc"], [b"a", b"bc"], iter, "write", "file"])
def test_a_body_where_none_was_promised(
    lane: str, ways: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """With a Content-Length of 0, the head goes out all the same, and nothing of the body."""

    def app(environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [("Content-Length", "0")])
        if ways == "write":
            write(b"abc")
            return []
        if ways == "file":
            return environ["wsgi.file_wrapper"](io.BytesIO(b"abc"))
        return iter([b"abc"]) if ways is iter else ways

    answer, _ = ask(app, GET, lane)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert "exceeded" in caplog.text


@LANES
def test_a_body_without_an_end(lane: str) -> None:
    """Nothing more of it is computed than fits the length that it said."""

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "5")])
        return iter(lambda: b"abc", b"")

    answer, keeps = ask(app, GET, lane)
    assert answer.endswith(b"\r\n\r\nabcab")
    assert keeps


@LANES
@pytest.mark.parametrize("late", ["", "late"], ids=["at once", "late"])
def test_an_application_that_empties_its_environment(
    lane: str, late: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its failure is answered and logged as any other."""

    def app(environ: Any, start_response: Any) -> Any:
        environ.clear()
        environ["HTTP_ACCEPT"] = 5
        if not late:
            raise ValueError
        start_response("200 OK", [])
        return raising_late(ValueError())(environ, lambda *_: None)

    assert ask(app, GET, lane)[0].startswith(b"HTTP/1.1 500 ")
    assert "ValueError" in caplog.text


def test_the_head_says_how_the_body_ends() -> None:
    """A table of the framings."""
    for method, version, status, length, framing in (
        ("GET", "1.1", "200 OK", 5, Framing.LENGTH),
        ("GET", "1.1", "200 OK", None, Framing.CHUNKED),
        ("GET", "1.0", "200 OK", 5, Framing.LENGTH),
        ("GET", "1.0", "200 OK", None, Framing.CLOSE),
        ("HEAD", "1.1", "200 OK", 5, Framing.NONE),
        ("GET", "1.1", "204 No Content", None, Framing.NONE),
        ("GET", "1.1", "304 Not Modified", 5, Framing.NONE),
    ):
        answer = answer_to(method, version)
        answer.start(status, [])
        answer.length = length
        head, found = answer.head()
        assert found is framing
        assert answer.keeps is (framing is not Framing.CLOSE)
        assert (b"Content-Length" in head) is (length is not None and status == "200 OK")


def test_the_server_speaks_for_itself_unless_told_otherwise() -> None:
    """Date and Server are added where the application says neither; Via where it says Server."""
    answer = answer_to()
    answer.start("200 OK", [("date", "then"), ("SERVER", "mine")])
    head, _ = answer.head()
    assert head.count(b"Date: ") == 1
    assert b"\r\nDate: then\r\nServer: mine\r\n" in head
    assert b"\r\nVia: Rocket\r\n" in head
    answer.start("200 OK", [("Date", "then")], (ValueError, ValueError(), None))
    assert b"\r\nServer: Rocket\r\n" in answer.head()[0]


def test_a_refusal_is_reported() -> None:
    """With what could be read of the request."""
    for request, facts in (
        (b"GET /a HTTP/1.1\r\n\r\n", ("GET", "/a", "10.0.0.1", "400 Bad Request")),
        (b"\0\0\r\n\r\n", ("-", "-", "10.0.0.1", "400 Bad Request")),
        (b"GET /a HTTP/1.2\r\n\r\n", ("-", "-", "10.0.0.1", "505 HTTP Version Not Supported")),
    ):
        channel = Channel(silent)
        from rocketpy.server.http import lanes
        from tests.server.http.channel import read_general

        assert not lanes.answer(read_general(request, channel.host.adj), channel)
        assert channel.refused == [facts]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", b"text/plain; charset=utf-8"),
        ("*/*", b"text/plain; charset=utf-8"),
        ("application/json", b"application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", b"text/html; charset=utf-8"),
        ("text/*;q=0.1, application/*;q=0.2", b"application/json"),
        ("text/plain;q=0, */*;q=0.5", b"text/html; charset=utf-8"),
        ("image/png", b"text/plain; charset=utf-8"),
        ("application/json;q=x", b"text/plain; charset=utf-8"),
    ],
)
def test_a_refusal_obeys_accept(accept: str, form: bytes) -> None:
    """A body that is too large is refused in the form that the client prefers."""
    request = (
        f"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\nAccept: {accept}\r\n\r\n"
    ).encode()
    answer, _ = ask(silent, request, "general")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nContent-Type: " + form + b"\r\n" in answer
    assert b"The limit `bytes` of a request&#x27;s body is" in answer or b"limit `bytes`" in answer
