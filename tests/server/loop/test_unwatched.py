"""The system watches no more descriptors: `epoll_ctl` fails, while `accept` does not."""

from __future__ import annotations

import errno
import select
import socket
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy import Config
from rocketpy.server.loop import acceptor
from rocketpy.server.loop.accept_balance import Counts
from rocketpy.server.loop.acceptor import NEVER, Acceptor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Place


class Epoll:
    """An epoll that may have no room for more."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.is_full = False
        self.watched: set[int] = set()

    def register(self, descriptor: int, events: int) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._epoll.register(descriptor, events)
        self.watched.add(descriptor)

    def unregister(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        self.watched.remove(descriptor)

    def close(self) -> None:
        self._epoll.close()


class World:
    """An acceptor at a real listener."""

    def __init__(self) -> None:
        self.epoll = Epoll()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.descriptor = self.listener.fileno()
        self.entered: list[socket.socket] = []
        self.clients: list[socket.socket] = []
        epoll: Any = self.epoll
        self.acceptor = Acceptor(
            [self.listener], Config(), epoll, 100, self.entered.__len__, self.enter
        )

    def enter(self, connection: socket.socket, *_: object) -> None:
        self.epoll.register(connection.fileno(), select.EPOLLIN)
        self.entered.append(connection)

    def connect(self) -> socket.socket:
        """Have a client connect, and the acceptor accept."""
        client = socket.create_connection(self.listener.getsockname(), timeout=10)
        self.clients.append(client)
        self.acceptor.accept(self.descriptor)
        return client

    def end_rest(self) -> None:
        """Have the time of a rest pass."""
        assert self.acceptor.next_timer() != NEVER
        self.acceptor.run_timers(self.acceptor.next_timer())

    def close(self) -> None:
        for each in (*self.clients, *self.entered, self.listener):
            each.close()
        self.epoll.close()


@pytest.fixture
def world(place: Place) -> Iterator[World]:
    world = World()
    yield world
    world.close()


def test_a_connection_that_cannot_be_watched(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It is closed, with a warning, and the next one is served."""
    world.epoll.is_full = True
    client = world.connect()
    assert client.recv(1) == b""
    assert world.entered == []
    assert "no connection can be watched (No space left on device); it is closed" in caplog.text
    world.epoll.is_full = False
    world.connect()
    assert len(world.entered) == 1


def test_a_listener_that_cannot_be_watched_again(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker among others rests, as often as it takes; connections wait in the kernel."""
    world.acceptor.join(Counts(2).share(0))
    monkeypatch.setattr(world.acceptor, "_enter", lambda one, *_: world.entered.append(one))
    world.epoll.is_full = True
    world.connect()
    assert len(world.entered) == 1
    assert "no listener can be watched (No space left on device); connections wait" in caplog.text
    for _ in range(2):
        assert world.epoll.watched == set()
        world.end_rest()
    world.epoll.is_full = False
    world.end_rest()
    assert world.epoll.watched == {world.descriptor}
    assert world.acceptor.next_timer() == NEVER
    world.connect()
    assert len(world.entered) == 2


def test_a_rest_ends_in_the_drain(world: World) -> None:
    """A listener that nothing watches is closed as any other is."""
    world.epoll.is_full = True
    world.acceptor._back_off(acceptor.BACK_OFF_SECONDS)
    world.end_rest()
    world.acceptor.close()
    assert world.acceptor.is_closed
    assert world.listener.fileno() == -1
