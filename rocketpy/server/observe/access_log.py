"""The access log: for each request a few lines as Rocket prints them, or one line of JSON.

Of a request's headers and body it prints the media type alone. In a query, the values of
parameters that have a secret's name are redacted.
"""

from __future__ import annotations

import functools
import re
import time
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING

from rocketpy.common.environ import ROUTE, printable, printable_uri
from rocketpy.common.log import timestamp

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from rocketpy.common.log import Log
    from rocketpy.server.observe.request_record import RequestRecord

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
FIRST_ERROR = 400
FIRST_FAILURE = 500
NOT_FOUND = 404

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


class AccessLog:
    """Prints requests that have ended.

    Args:
        log: where to.
        as_json: whether each is one line of JSON, instead of Rocket's lines.
    """

    def __init__(self, log: Log, *, as_json: bool) -> None:
        self._log = log
        self._write = log.writer.write
        self._form = json_line if as_json else self._lines

    def write(self, request: RequestRecord) -> None:
        """Print a request that has ended."""
        self._write(self._form(request))

    def _lines(self, request: RequestRecord) -> str:
        log, environ = self._log, request.environ
        method = log.paint(printable(environ["REQUEST_METHOD"]), "green")
        asked = f"{method} {log.paint(printable_uri(environ), 'blue')}{_media_type(environ)}"
        item = f"\n   {log.bold('>>')} "
        route = environ.get(ROUTE)
        text = f"{asked}:"
        if route:
            text += f"{item}Matched: ({route[0]}) {method} {log.paint(route[1], 'blue')}"
        elif ROUTE in environ and request.code == NOT_FOUND:
            text += f"{item}{log.paint(f'No matching routes for {asked}.', 'red')}"
        outcome = log.paint("Success", "green")
        if request.code >= FIRST_ERROR:
            outcome = log.paint("Error", "red")
        text += f"{item}{log.bold('Outcome:')} {outcome}({_status(request.status)})"
        if request.id:
            text += f"{item}Request-Id: {request.id}"
        if request.is_answered:
            return f"{text}{item}{log.paint('Response succeeded.', 'green')}\n"
        return f"{text}{item}{log.paint('Failed to write response.', 'yellow')}\n"


def json_line(request: RequestRecord) -> str:
    """Return a request as one line of JSON.

    PERF: written by hand, since `json.dumps` takes three times as long.
    """
    environ = request.environ
    method, asked = environ["REQUEST_METHOD"], quoted(printable_uri(environ))
    peer = environ.get("REMOTE_ADDR")
    route = environ.get(ROUTE)
    size = request.size
    return (
        f'{{"time": "{timestamp(time.time())}"'
        f', "level": "{"error" if request.code >= FIRST_FAILURE else "info"}"'
        f', "message": "{_quoted_inside(method)} {asked[1:-1]}: {_quoted_inside(request.status)}"'
        f', "id": {quoted(request.id) if request.id else "null"}'
        f', "peer": {quoted(peer) if peer else "null"}'
        f', "method": {quoted(method)}'
        f', "uri": {asked}'
        f', "route": {quoted(route[1]) if route and route[1] else "null"}'
        f', "status": {request.code}'
        f', "bytes": {"null" if size is None else size}'
        f', "seconds": {request.seconds:.6f}'
        f', "answered": {"true" if request.is_answered else "false"}}}\n'
    )


@functools.lru_cache(maxsize=64)
def _quoted_inside(text: str) -> str:
    """Return a method or a status line as it stands within a text of JSON."""
    return quoted(_status(text))[1:-1]


@functools.lru_cache(maxsize=64)
def _status(line: str) -> str:
    """Return a status line, printable: the spaces between code and reason remain."""
    return " ".join(map(printable, line.split(" ")))


def _media_type(environ: WSGIEnvironment) -> str:
    """Return the media type that a request brings, or prefers, as Rocket prints it."""
    header = "CONTENT_TYPE" if environ["REQUEST_METHOD"] in WITH_BODY else "HTTP_ACCEPT"
    found = _MEDIA_TYPE.match(environ.get(header, ""))
    return f" {found[0]}" if found else ""
