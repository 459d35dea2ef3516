"""Request bodies: their limits, and where large ones go."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from rocketpy.common.body_limits import Bodies

MEBIBYTE = 1 << 20


class Given:
    def __init__(self, **limits: int) -> None:
        self.limits = {name.replace("_", "/"): size for name, size in limits.items()}


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("application/json", "json"),
        ("Application/JSON ; charset=utf-8", "json"),
        ("application/problem+json", "json"),
        ("application/msgpack", "msgpack"),
        ("application/x-msgpack", "msgpack"),
        ("application/x-www-form-urlencoded", "form"),
        ("multipart/form-data; boundary=x", "data-form"),
        ("text/plain", "string"),
        ("text/x-unheard-of", "string"),
        ("image/png", "file"),
        ("application/pdf", "file"),
        ("application/octet-stream", "bytes"),
        ("application/x-unheard-of", "bytes"),
        ("", "bytes"),
        ("nonsense", "bytes"),
    ],
)
def test_content_type_decides(content_type: str, name: str) -> None:
    """Each Content-Type stands under the limit that docs/web.md says."""
    assert Bodies(Given().limits).limit(content_type).name == name


@pytest.mark.parametrize("content_type", ["image/jpeg", "IMAGE/JPEG; q=1"])
@pytest.mark.parametrize("extension", ["jpg", "JPEG"])
def test_file_extension(content_type: str, extension: str) -> None:
    """`file/EXT` is for the media types of that extension, under any of its names."""
    bodies = Bodies(Given(**{f"file_{extension}": 7}).limits)
    assert bodies.limit(content_type).size == 7
    assert bodies.limit("image/png").size == MEBIBYTE


def test_file_extension_of_text() -> None:
    """`file/csv` comes before `string`."""
    bodies = Bodies(Given(file_csv=7).limits)
    assert bodies.limit("text/csv").size == 7
    assert bodies.limit("text/css").size == 8192


def post(length: int, content_type: str = "application/json", more: str = "") -> bytes:
    return (
        f"POST /length HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n{more}"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


CHUNKED = (
    b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def test_refused_before_the_body_is_sent(start: Any) -> None:
    """A Content-Length beyond the limit is answered with 413, which names the limit."""
    answer = start(limits={"json": 1000}).ask(post(1001))
    assert answer.startswith(b"HTTP/1.1 413 Content Too Large\r\n")
    assert answer.endswith(b"The limit `json` of a request's body is 1kB.\n")
    assert b"\r\nConnection: close\r\n" in answer


def test_at_the_limit(start: Any, wire: Any) -> None:
    """A body of just the limit's size is taken, and the connection serves on."""
    with start(limits={"json": 1000}).connect() as connection:
        for _ in range(2):
            connection.sendall(post(1000) + b"x" * 1000)
            assert wire.read_answer(connection)[1] == b"1000"


def test_no_continue_for_what_is_refused(start: Any) -> None:
    """A client that asks first is told 413, and not to go on."""
    answer = start(limits={"json": 10}).ask(post(11, more="Expect: 100-continue\r\n"))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_client_that_sends_on_gets_its_answer(start: Any, wire: Any) -> None:
    """What a refused client goes on sending does not cost it the answer."""
    with start(limits={"json": 10}).connect() as connection:
        connection.sendall(post(8 * MEBIBYTE) + b"x" * (8 * MEBIBYTE))
        connection.shutdown(socket.SHUT_WR)
        assert wire.read_all(connection).startswith(b"HTTP/1.1 413 ")


def test_chunks_beyond_the_limit(start: Any, wire: Any) -> None:
    """A body of unknown length is cut when it passes the limit."""
    with start(limits={"json": 1000}).connect() as connection:
        connection.sendall(CHUNKED + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n")
        assert wire.read_all(connection).startswith(b"HTTP/1.1 413 ")


def test_chunks_at_the_limit(start: Any, wire: Any) -> None:
    """The framing of the chunks does not count."""
    with start(limits={"json": 1000}).connect() as connection:
        connection.sendall(CHUNKED + b"1\r\nx\r\n" * 1000 + b"0\r\n\r\n")
        assert wire.read_answer(connection)[1] == b"1000"


def test_chunk_without_an_end(start: Any, wire: Any) -> None:
    """A chunk's size that never ends is refused before it fills the memory."""
    with start().connect() as connection:
        connection.sendall(CHUNKED + b"1;" + b"x" * 20_000)
        assert wire.read_all(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("folder", ["", "/nowhere/to/be/found", "/proc"])
def test_large_body(start: Any, wire: Any, tmp_path: Any, folder: str) -> None:
    """A body too large for memory goes to `temp_dir`; where none can be written, to a memfd."""
    service = start(limits={"json": 64 * MEBIBYTE}, temp_dir=folder or str(tmp_path))
    with service.connect() as connection:
        connection.sendall(post(4 * MEBIBYTE))
        connection.sendall(b"x" * (3 * MEBIBYTE))
        wanted = str(tmp_path) if not folder else "/memfd:rocketpy-body"
        _wait_for_open_file(service.pid, wanted)
        connection.sendall(b"x" * MEBIBYTE)
        assert wire.read_answer(connection)[1] == str(4 * MEBIBYTE).encode()
    assert not list(tmp_path.iterdir())


def test_large_answer_without_temporary_folder(start: Any, wire: Any) -> None:
    """An answer that the client takes late needs no folder either."""
    service = start(temp_dir="/nowhere/to/be/found")
    with service.connect() as connection:
        connection.sendall(
            f"GET /big?bytes={8 * MEBIBYTE} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        )
        _wait_for_open_file(service.pid, "/memfd:rocketpy-body")
        assert len(wire.read_answer(connection)[1]) == 8 * MEBIBYTE


def _wait_for_open_file(process: int, beginning: str) -> None:
    import time

    folder = f"/proc/{process}/fd"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for name in os.listdir(folder):
            try:
                if os.readlink(f"{folder}/{name}").startswith(beginning):
                    return
            except OSError:
                continue
        time.sleep(0.01)
    pytest.fail(f"no file of {beginning} was opened")
