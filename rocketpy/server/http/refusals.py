"""Answers of the server's own: to requests that it refuses, and for applications that failed."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, NamedTuple, Protocol

from waitress.utilities import Error, InternalServerError  # type: ignore[import-untyped]

from rocketpy.config.keys.limits import display_size
from rocketpy.server.http.answer import Answer

if TYPE_CHECKING:
    from rocketpy.common.body_limits import Limit

FAILED_TEXT = "The server encountered an unexpected internal server error"

NOT_READ = "-"
"""Stands for the method and the target of a request that is no HTTP."""

_TEXT = "text/plain"
_HTML = "text/html"
_JSON = "application/json"

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{description}</p></body>
</html>
"""


class Unread(Protocol):
    """A request that is refused, as far as it was read: `command` and `request_uri` may be missing.

    Attributes:
        error: What is wrong with it.
    """

    error: Error | None
    headers: dict[str, str]
    version: str


class RefusalError(Error):  # type: ignore[misc]  # waitress has no types
    """An answer to a request that is not read to its end."""

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        status = f"{self.code} {self.reason}"
        text = f"{status}\n\n{self.body}\n"
        return status, [("Content-Type", "text/plain; charset=utf-8")], text.encode()


class ContentTooLargeError(RefusalError):
    """The body is larger than its limit."""

    code = 413
    reason = "Content Too Large"

    def __init__(self, limit: Limit) -> None:
        size = display_size(limit.size)
        super().__init__(f"The limit `{limit.name}` of a request's body is {size}.")


class NoRoomError(RefusalError):
    """The body cannot be written to the folder of `temp_dir`, which is full."""

    code = 507
    reason = "Insufficient Storage"

    def __init__(self) -> None:
        super().__init__("There is no room for the request's body now. Try again later.")


class UriTooLongError(RefusalError):
    """The request's target is beyond `MOST_URI`."""

    code = 414
    reason = "URI Too Long"


class VersionError(RefusalError):
    """The request is not of HTTP/1.0 or 1.1: the first line of a client that expects HTTP/2."""

    code = 505
    reason = "HTTP Version Not Supported"


class Refused(NamedTuple):
    """A refusal: its bytes, and what to report of it.

    Attributes:
        data: The answer; the connection is closed behind it.
        method: The request's method, or `NOT_READ`.
        target: Its target, or `NOT_READ`.
        status: The status line's end: `413 Content Too Large`.
    """

    data: bytes
    method: str
    target: str
    status: str


def refuse(request: Unread, ident: str | None) -> Refused:
    """Return the answer to a request whose `error` says what is wrong with it."""
    method = getattr(request, "command", NOT_READ)
    target = getattr(request, "request_uri", NOT_READ)
    accept = request.headers.get("ACCEPT", "")
    status, data = _write(request.error, method, request.version, accept, ident)
    return Refused(data, method, target, status)


def fail(method: str, version: str, accept: str, ident: str | None) -> bytes:
    """Return the answer 500 for an application that failed; the connection is closed behind it."""
    return _write(InternalServerError(FAILED_TEXT), method, version, accept, ident)[1]


def _write(
    error: Error, method: str, version: str, accept: str, ident: str | None
) -> tuple[str, bytes]:
    status, headers, body = error.to_response(ident)
    form = preferred(accept)
    if form != _TEXT:
        body = _PAGES[form](str(status), str(error.body)).encode()
        headers = [("Content-Type", f"{form}; charset=utf-8" if form == _HTML else form)]
    answer = Answer(method, "1.1" if version == "1.1" else "1.0", ident, _no_task, keeps=False)
    answer.start(status, headers)
    answer.length = len(body)
    head = answer.head()[0]
    return status, head if method == "HEAD" else head + body


def _no_task(_: Answer) -> None:
    """Give the answer nothing to write parts with: it is whole."""


def _html(title: str, description: str) -> str:
    return _PAGE.format(title=escape(title), description=escape(description))


def _json(title: str, description: str) -> str:
    return json.dumps({"title": title, "description": description})


_PAGES = {_HTML: _html, _JSON: _json}


def preferred(accept: str) -> str:
    """Return which of text, HTML and JSON a client prefers, by its Accept (RFC 9110, 12.5.1).

    It is text, where it does not say or accepts any; text too where it accepts none of them: an
    error in a form that it did not ask for is better than none.

    >>> preferred("text/html,application/xml;q=0.9,*/*;q=0.8"), preferred("*/*"), preferred("")
    ('text/html', 'text/plain', 'text/plain')
    >>> preferred("text/plain;q=0.5, application/json")
    'application/json'
    """
    best, wanted = _TEXT, 0.0
    for form in (_TEXT, _HTML, _JSON):
        quality = _quality(accept, form)
        if quality > wanted:
            best, wanted = form, quality
    return best


def _quality(accept: str, form: str) -> float:
    """Return how much a client wants a media type: that of the range that fits it most closely."""
    fits = {form: 2, form.partition("/")[0] + "/*": 1, "*/*": 0}
    closest, quality = -1, 0.0
    for part in accept.split(","):
        media_range, *parameters = (piece.strip(" \t") for piece in part.split(";"))
        fit = fits.get(media_range.lower(), -1)
        if fit <= closest:
            continue
        closest, quality = fit, 1.0
        for parameter in parameters:
            if parameter[:2].lower() == "q=":
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
    return quality
