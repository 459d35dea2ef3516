"""One request and its answer, from the lane that reads it to the lane that writes it.

The fast lane reads a plain head whose body has come with it, and writes a short answer in one
piece. The general lane reads and writes all the rest. They meet twice: a request that either has
read is given to the application with the same environment, and an answer that is not short is
handed over to the general lane after the application has begun it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Protocol

from rocketpy.server.http import environ as environs
from rocketpy.server.http import plain_heads, refusals
from rocketpy.server.http.answer import Answer
from rocketpy.server.http.fast_lane import whole
from rocketpy.server.http.wsgi_task import Task, TaskChannel, report, serve

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from waitress.adjustments import Adjustments

    from rocketpy.server.http.request_parser import Parser
    from rocketpy.server.protocols import Observer


class Site(Protocol):
    """What is the same for all connections of an engine."""

    app: WSGIApplication
    adj: Adjustments
    observer: Observer | None
    last_answers: bool


class Arrival(Protocol):
    """What is the same for all requests that come through one listener."""

    environ: dict[str, Any]


class Channel(Protocol):
    """Where a request came from, and where its answer goes."""

    @property
    def host(self) -> Site:
        """The engine's part."""

    @property
    def listener(self) -> Arrival:
        """The listener's part."""

    @property
    def peer(self) -> environs.Peer:
        """The client's end of the connection."""

    @property
    def own_environ(self) -> WSGIEnvironment | None:
        """What the connection adds to the environment, if anything."""

    def is_disconnected(self) -> bool:
        """Return whether the client has closed the connection."""

    def write_whole(self, data: bytes) -> None:
        """Send an answer that is whole; it must not raise."""

    def write(self, data: Any) -> None:
        """Send bytes or a file.

        Raises:
            ClientDisconnected: The client is gone.
            OSError: There is no room for what the client does not take at once.
        """


def read_plain(data: bytes, adj: Adjustments) -> plain_heads.Request | None:
    """Read a request for the fast lane; return None if the general lane is to read it.

    Args:
        data: What the client has sent; it may begin the next request too.
        adj: waitress's settings, with `bodies`, which says what bodies may have.
    """
    end = data.find(b"\r\n\r\n")
    if end <= 0:
        return None
    request = plain_heads.read(data, end)
    if request is None or not request.length:
        return request
    bodies = getattr(adj, "bodies", None)
    if bodies is not None and request.length > bodies.limit(request.content_type).size:
        return None
    return request.with_body(data)


def route_of(request: plain_heads.Request | Parser | None) -> tuple[str, str]:
    """Return a request's method and path, as far as they could be read."""
    if isinstance(request, plain_heads.Request):
        return request.method, request.path
    return getattr(request, "command", ""), getattr(request, "path", "")


def answer(request: plain_heads.Request | Parser, channel: Channel) -> bool:
    """Answer a request, whatever the application does; return whether to keep the connection."""
    if isinstance(request, plain_heads.Request):
        environ = {
            **channel.listener.environ,
            **channel.peer.environ,
            **request.environ,
            "wsgi.input": io.BytesIO(request.body),
            "waitress.client_disconnected": channel.is_disconnected,
        }
        reply = Answer(
            request.method, request.version, channel.host.adj.ident, _begin_task, request.keeps
        )
        _run(reply, environ, channel)
        return reply.keeps
    try:
        if request.error is not None:
            _refuse(request, channel)
            return False
        environ = {
            **channel.listener.environ,
            **environs.of_parsed(request),
            **channel.peer.environ,
            "wsgi.input": request.get_body_stream(),
            "waitress.client_disconnected": channel.is_disconnected,
        }
        reply = Answer(
            request.command, request.version, channel.host.adj.ident, _begin_task, request.keeps
        )
        _run(reply, environ, channel)
        return reply.keeps
    finally:
        request.close()


def _run(reply: Answer, environ: WSGIEnvironment, channel: Channel) -> None:
    """Call the application, and write what it answers."""
    own_environ = channel.own_environ
    if own_environ is not None:
        environ.update(own_environ)
    reply.context = environ, channel
    site = channel.host
    try:
        body = site.app(environ, reply.start)
        if site.last_answers:
            reply.keeps = False
        data = whole(reply, body)
    except BaseException as error:  # noqa: BLE001  (SystemExit too: no handler ends the service)
        report(environ, error)
        reply.keeps = False
        if not reply.is_sent:
            _fail(reply, environ, channel)
    else:
        if data is not None:
            channel.write_whole(data)
        else:
            task = reply.task or _begin_task(reply)
            task.go_on_with(body)
            if not serve(task):
                _fail(reply, environ, channel)
    reply.end()


def _begin_task(reply: Answer) -> Task:
    """Have the general lane go on with an answer."""
    environ, channel = reply.context
    if channel.host.last_answers:
        reply.keeps = False
    return Task(TaskChannel(channel.host.adj, channel.write), reply, environ, channel.host.app)


def _fail(reply: Answer, environ: WSGIEnvironment, channel: Channel) -> None:
    """Answer 500, of which the log says more."""
    accept = str(environ.get("HTTP_ACCEPT", ""))  # the application may have changed it
    channel.write_whole(refusals.fail(reply.method, reply.version, accept, reply.ident))


def _refuse(request: Parser, channel: Channel) -> None:
    """Answer a request with what is wrong with it, and report it."""
    site = channel.host
    refused = refusals.refuse(request, site.adj.ident)
    channel.write_whole(refused.data)
    if site.observer is not None:
        site.observer.refused(refused.method, refused.target, channel.peer.address, refused.status)
