"""What a stream of bytes means to a connection, without a socket or a thread."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, NamedTuple

from waitress.adjustments import Adjustments

from rocketpy.common.body_limits import Bodies
from rocketpy.server.http import environ as environs
from rocketpy.server.loop.connection import Connection
from rocketpy.server.loop.states import Event, State

_STATUS = re.compile(rb"^HTTP/1\.[01] ([2-9][0-9]{2}) ", re.MULTILINE)


class Message(NamedTuple):
    """A request as an application sees it."""

    method: str
    target: str
    body: bytes


class Reading(NamedTuple):
    """What became of a stream.

    Attributes:
        messages: The requests that reached the application.
        refused: The status that the stream was refused with; None if it was not.
    """

    messages: list[Message]
    refused: int | None


class _Socket:
    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.sent = b""

    def fileno(self) -> int:
        return -1

    def recv(self, _size: int, flags: int = 0) -> bytes:
        if flags:
            raise BlockingIOError
        return self.parts.pop(0) if self.parts else b""

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def shutdown(self, _how: int) -> None:
        """Send no more."""

    def close(self) -> None:
        """Do nothing: there is no descriptor."""


def read(data: bytes, piece: int = 0) -> Reading:
    """Read a stream as a connection does, until its end or until the connection closes.

    Args:
        data: The stream.
        piece: Bytes that come at a time; 0 for all at once.
    """
    messages: list[Message] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        messages.append(Message(environ["REQUEST_METHOD"], environ["REQUEST_URI"], body))
        start_response("204 No Content", [])
        return []

    adj = Adjustments(ident=None)
    adj.bodies = Bodies({})
    settings = SimpleNamespace(keep_alive=5)
    host: Any = SimpleNamespace(
        app=app, adj=adj, settings=settings, observer=None, last_answers=False, arm=lambda _: None
    )
    listener: Any = SimpleNamespace(
        scheme="http",
        environ=environs.of_listener(("127.0.0.1", 8000), scheme="http", ident=None),
    )
    step = piece or max(1, len(data))
    sock = _Socket([data[start : start + step] for start in range(0, len(data), step)])
    connection = Connection(sock, ("127.0.0.1", 4711), listener, host, 0.0)
    while connection.receive(0.0) and connection.state is not State.LINGERING:
        if connection.is_unanswered:
            connection.answer()
            connection.happens(Event.ANSWERED)
            if not connection.go_on():
                break
    connection.close()
    refusals = [int(status) for status in _STATUS.findall(sock.sent) if status != b"204"]
    assert len(refusals) <= 1
    return Reading(messages, refusals[0] if refusals else None)
