"""Files as answers: what is wrong with one ends its connection, and nothing else."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def get(kind: str) -> bytes:
    return f"GET /file?kind={kind} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize(("kind", "sent"), [("unreadable", b""), ("shorter", b"abc")], ids=str)
def test_a_file_that_cannot_be_read_to_its_end(start: Any, kind: str, sent: bytes) -> None:
    """The client is to notice: its connection is closed at once, and the log says why."""
    service = start()
    answer = service.ask(get(kind) + NEXT)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.partition(b"\r\n\r\n")[2] == sent
    code, _, log = service.stop()
    assert code == 0
    assert log.count("exception while serving GET /file") == 1


def test_a_file_that_reads_more_than_it_is_asked(lasting: Any) -> None:
    """Nothing goes out behind the Content-Length: the client would take it for the next answer."""
    first, _, rest = lasting.ask(get("longer") + NEXT).partition(b"\r\n\r\n")
    assert b"Content-Length: 3\r\n" in first
    assert rest.startswith(b"xxxHTTP/1.1 200 OK\r\n")
    assert rest.endswith(b"/next")


def test_a_client_that_resets_while_a_file_is_sent(start: Any, wire: Any) -> None:
    """That happens to networks, and is not worth a log line."""
    service = start()
    for _ in range(8):
        with service.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(get("large"))
            connection.recv(1)
    assert service.get("/next") == b"/next"
    code, _, log = service.stop()
    assert (code, log) == (0, "")
