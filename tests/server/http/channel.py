"""A channel without a socket, for the tests of both lanes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from waitress.adjustments import Adjustments

from rocketpy.common.body_limits import Bodies
from rocketpy.server.http import environ, lanes
from rocketpy.server.http.request_parser import Parser

ADDRESS = ("127.0.0.1", 8000)


class Channel:
    """Takes what an answer writes."""

    own_environ = None

    def __init__(self, app: Any, *, ident: str | None = "Rocket", last: bool = False) -> None:
        adj = Adjustments(ident=ident)
        adj.bodies = Bodies({})
        self.refused: list[tuple[str, ...]] = []
        observer = SimpleNamespace(refused=lambda *facts: self.refused.append(facts))
        self.host: Any = SimpleNamespace(app=app, adj=adj, observer=observer, last_answers=last)
        self.listener: Any = SimpleNamespace(
            environ=environ.of_listener(ADDRESS, scheme="http", ident=ident)
        )
        self.peer = environ.of_peer(("10.0.0.1", 4711))
        self.data = b""

    def is_disconnected(self) -> bool:
        return False

    def write_whole(self, data: bytes) -> None:
        self.data += data

    def write(self, data: Any) -> None:
        """Take a part, or a file as a connection would read it."""
        self.data += data if isinstance(data, bytes) else data.get(len(data))


def read_general(data: bytes, adj: Any) -> Parser:
    """Read a request in the general lane."""
    parser = Parser(adj)
    while data and not parser.completed:
        data = data[parser.received(data) :]
    return parser


def ask(app: Any, request: bytes, lane: str, **settings: Any) -> tuple[bytes, bool]:
    """Answer a request in one of the lanes; return the bytes, and whether it keeps."""
    channel = Channel(app, **settings)
    read: Any
    if lane == "fast":
        read = lanes.read_plain(request, channel.host.adj)
        assert read is not None
    else:
        read = read_general(request, channel.host.adj)
    keeps = lanes.answer(read, channel)
    return channel.data, keeps
