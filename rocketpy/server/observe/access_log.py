"""The access log: a few lines for each request as Rocket has them, or one of JSON.

Nothing of a request's headers or body is in it but the types of data; in a query, what bears the
name of a secret is blotted out.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote_plus

from rocketpy.config.secrets import is_secret_name, without_password
from rocketpy.figment.kind import REDACTED

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from rocketpy.common.log import Log

ROUTE = "rocketpy.route"
"""In the environment: the resource's name and the path's template of the route that matched."""

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
FIRST_ERROR = "4"
"""What the statuses of 400 and above do not sort before."""

_SECRETS = re.compile("auth|code|jwt|key|pin|pwd|session|sid|sig|signature|state", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[^!-~]")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


class Seen(Protocol):
    """A request as the log needs it, see `Observed`."""

    environ: WSGIEnvironment
    began: float
    status: str
    size: int | None
    id: str


class AccessLog:
    """Writes what requests were.

    Args:
        log: Where to.
        as_json: One line of JSON for each, instead of Rocket's lines.
        always: Whether `log_level` does not matter, but for `off`.
    """

    def __init__(self, log: Log, *, as_json: bool, always: bool) -> None:
        self._log = log
        self._as_json = as_json
        self._always = always

    def write(self, seen: Seen, *, answered: bool) -> None:
        """Write of a request that has ended; `answered`: whether all of the answer was made."""
        text = self._json(seen, answered=answered) if self._as_json else self._lines(seen, answered)
        self._log.plain(text, always=self._always)

    def _json(self, seen: Seen, *, answered: bool) -> str:
        environ = seen.environ
        fields = {
            "time": timestamp(time.time()),
            "id": seen.id or None,
            "peer": environ.get("REMOTE_ADDR"),
            "method": environ["REQUEST_METHOD"],
            "uri": uri(environ),
            "route": (environ.get(ROUTE) or (None, None))[1],
            "status": int(seen.status[:3]),
            "bytes": seen.size,
            "seconds": round(time.perf_counter() - seen.began, 6),
            "answered": answered,
        }
        return json.dumps(fields)

    def _lines(self, seen: Seen, answered: bool) -> str:  # noqa: FBT001  (as `write` has it)
        log, environ = self._log, seen.environ
        method = log.paint(_printable(environ["REQUEST_METHOD"]), "green")
        request = f"{method} {log.paint(uri(environ), 'blue')}{_format(environ)}"
        item = f"\n   {log.bold('>>')} "
        route = environ.get(ROUTE)
        if route:
            text = f"{request}:{item}Matched: ({route[0]}) {method} {log.paint(route[1], 'blue')}"
        elif ROUTE in environ and seen.status.startswith("404"):
            text = f"{request}:{item}{log.paint(f'No matching routes for {request}.', 'red')}"
        else:
            text = f"{request}:"
        outcome = log.paint("Success", "green")
        if seen.status >= FIRST_ERROR:
            outcome = log.paint("Error", "red")
        text += f"{item}{log.bold('Outcome:')} {outcome}({_line(seen.status)})"
        if seen.id:
            text += f"{item}Request-Id: {seen.id}"
        if answered:
            return f"{text}{item}{log.paint('Response succeeded.', 'green')}"
        return f"{text}{item}{log.paint('Failed to write response.', 'yellow')}"


def timestamp(seconds: float) -> str:
    """Write a time of `time.time`'s clock as RFC 3339 does, in UTC and to the millisecond.

    >>> timestamp(1_700_000_000.0879)
    '2023-11-14T22:13:20.087Z'
    """
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{milliseconds:03d}Z"


def uri(environ: WSGIEnvironment) -> str:
    """Return what was asked for, fit to be printed, without secrets.

    >>> uri({"REQUEST_URI": "/a?name=Ann&api_key=s3cret&token"})
    '/a?name=Ann&api_key=[redacted]&token'
    """
    asked: str | None = environ.get("REQUEST_URI")  # which servers need not give
    if asked is None:
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        mark = "?" if query else ""
    else:
        path, mark, query = asked.partition("?")
    if mark:
        query = "&".join(map(_parameter, query.split("&")))
    if "@" in path:
        path = without_password(path)
    return _printable(f"{path}{mark}{query}")


def _parameter(text: str) -> str:
    name, equals, value = text.partition("=")
    plain = unquote_plus(name)
    secret = value and (is_secret_name(plain) or _SECRETS.fullmatch(plain))
    return f"{name}{equals}{REDACTED}" if secret else text


def _printable(text: str) -> str:
    """Leave a terminal nothing to obey, and a line no end but its own."""
    return _UNPRINTABLE.sub(lambda found: f"%{ord(found[0]) & 0xFF:02X}", text)


def _line(status: str) -> str:
    return " ".join(map(_printable, status.split(" ")))


def _format(environ: WSGIEnvironment) -> str:
    """Return the type of data that a request brings, or wants most, as Rocket shows it."""
    header = "CONTENT_TYPE" if environ["REQUEST_METHOD"] in WITH_BODY else "HTTP_ACCEPT"
    found = _MEDIA_TYPE.match(environ.get(header, ""))
    return f" {found[0]}" if found else ""
