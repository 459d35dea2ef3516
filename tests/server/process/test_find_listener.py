"""The process that listens where a configuration says, found in the kernel's tables."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

import rocketpy
from rocketpy.server.process import find_listener
from tests.support import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support import Place


@pytest.fixture
def port() -> Iterator[int]:
    """Listen on a port of 127.0.0.1 in this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def listening(place: Place, *entries: str) -> rocketpy.Config:
    """Return a configuration with the key `listen`."""
    place.write("Rocket.toml", f"[default]\nlisten = {[*entries]}\n")
    return rocketpy.Config()


@pytest.fixture(autouse=True)
def current_folder(place: Place, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Read the configuration of the test."""
    monkeypatch.chdir(place.folder)
    return place.folder


def test_address_and_port(place: Place, port: int) -> None:
    """Without `listen` the address and the port count."""
    place.env(ROCKET_PORT=str(port))
    config = rocketpy.Config()
    assert find_listener.find_service(config) == os.getpid()
    assert find_listener.places_of(config) == [f"127.0.0.1:{port}"]
    place.env(ROCKET_PORT=str(free_port()))
    assert find_listener.find_service(rocketpy.Config()) is None


def test_any_place_of_listen(place: Place, port: int) -> None:
    """A service is found by each of its places; descriptors say nothing, and `port` is not read."""
    places = ["fd:9", f"127.0.0.1:{free_port()}", f"127.0.0.1:{port}"]
    config = listening(place, *places)
    assert find_listener.find_service(config) == os.getpid()
    assert find_listener.places_of(config) == places
    place.env(ROCKET_PORT=str(port))
    assert find_listener.find_service(listening(place, "fd:9")) is None


def test_a_unix_socket(place: Place, current_folder: Path) -> None:
    """A Unix socket is found while it listens, not where its file alone is left."""
    path = current_folder / "a b.sock"
    config = listening(place, "unix:a b.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert find_listener.find_service(config) is None
        listener.listen()
        assert find_listener.find_service(config) == os.getpid()
    assert path.exists()
    assert find_listener.find_service(config) is None


def test_a_process_that_has_ended() -> None:
    """What is no process handles no signal."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert not find_listener.handles(child, signal.SIGHUP)
