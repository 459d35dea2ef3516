"""Thousands of connections, and floods on some: memory stays bounded, and others are served."""

from __future__ import annotations

import contextlib
import resource
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import descriptors, resident, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 10_000
SPARE = 300
"""Descriptors that the tests and the service need for other things."""
REQUEST = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
KIB_EACH = 3
"""Memory that an idle connection may cost."""


@pytest.fixture
def most() -> Iterator[int]:
    """Give the number of connections that may be open here, with the limit raised for them."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = before[1] if before[1] != resource.RLIM_INFINITY else MANY + SPARE
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MANY + SPARE), before[1]))
    yield min(MANY, hard - SPARE)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def wave(service: Any, stack: contextlib.ExitStack, size: int) -> list[socket.socket]:
    """Open connections; every other one has asked something before it falls idle."""
    opened = []
    for number in range(size):
        connection = stack.enter_context(service.connect())
        if number % 2:
            connection.sendall(REQUEST)
        opened.append(connection)
    for connection in opened[1::2]:
        assert connection.recv(1000).endswith(b"/a")
    return opened


def test_idle_connections_cost_little(start: Any, most: int) -> None:
    """Ten thousand are kept, others are served; when they leave, nothing of them stays."""
    service = start(keep_alive=3600)
    assert service.get("/a") == b"/a"
    files, memory = descriptors(service.pid), resident(service.pid)
    for _ in range(2):
        with contextlib.ExitStack() as stack:
            wave(service, stack, most)
            wait_for(lambda: descriptors(service.pid) >= files + most)
            assert service.get("/a") == b"/a"
            # The second wave may not cost more than the first.
            print(f"{(resident(service.pid) - memory) / most:.1f} KiB for each connection")
            assert resident(service.pid) - memory < most * KIB_EACH
        wait_for(lambda: descriptors(service.pid) <= files)


def test_idle_connections_are_let_go(start: Any) -> None:
    """All of them, after `keep_alive` seconds, though nobody asks anything any more."""
    service = start(keep_alive=1, channel={"FIRST_REQUEST_SECONDS": 1.0})
    service.get("/a")
    files = descriptors(service.pid)
    with contextlib.ExitStack() as stack:
        opened = wave(service, stack, 500)
        wait_for(lambda: descriptors(service.pid) <= files)
        assert [connection.recv(1) for connection in opened] == [b""] * len(opened)


def test_pipelined_requests_are_answered_in_order(start: Any) -> None:
    """Also where the first takes longest, and another is large."""
    paths = ["/sleep?seconds=0.3", "/a", "/b", "/big?bytes=100000", "/c"]
    asked = [f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths]
    asked += ["GET /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]
    answers = start().ask("".join(asked).encode()).split(b"HTTP/1.1 200 OK\r\n")[1:]
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert bodies == [b"slept", b"/a", b"/b", b"x" * 100_000, b"/c", b"/d"]


def test_a_flood_of_pipelined_requests(start: Any) -> None:
    """They are read as they are answered, and answered as the answers are taken."""
    service = start(keep_alive=3600)
    service.get("/a")
    memory = resident(service.pid)
    request = b"GET /big?bytes=100000 HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(service.connect())
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(1000):
                    connection.send(request * 100)
        for _ in range(20):
            assert service.get("/a") == b"/a"
        assert resident(service.pid) - memory < 8 * 32 * 1024


def test_a_flood_of_heads(start: Any) -> None:
    """Heads that never end take the memory that they may, and no more, until their time is up."""
    service = start(channel={"HEADER_SECONDS": 3.0})
    service.get("/a")
    files, memory = descriptors(service.pid), resident(service.pid)
    head = b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 2000) for n in range(95))
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(service.connect()).sendall(head)
        assert service.get("/a") == b"/a"
        assert resident(service.pid) - memory < 100 * 3 * len(head) // 1024
        wait_for(lambda: descriptors(service.pid) <= files)


def test_a_head_that_is_too_large_is_read_no_further(start: Any, wire: Any) -> None:
    """It is answered with 431, and what follows it is dropped."""
    service = start()
    with service.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 300_000)
        answer = wire.read_all(connection)
    assert answer.startswith(b"HTTP/1.0 431 ")  # waitress does not look at the version then
    assert answer.count(b"HTTP/1.") == 1
