"""Answers of the server's own: to requests that it refuses, and for applications that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from waitress.utilities import Error, InternalServerError

from rocketpy.common.error_pages import TEXT, error_page, preferred_form
from rocketpy.config.keys.limits import display_size
from rocketpy.server.http.answer import Answer

if TYPE_CHECKING:
    from rocketpy.common.body_limits import Limit

FAILED_TEXT = "The server encountered an unexpected internal server error"

NOT_READ = "-"
"""Stands for the method and the target of a request that is no HTTP."""


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
    form = preferred_form(accept)
    if form != TEXT:
        content_type, body = error_page(form, str(status), str(error.body))
        headers = [("Content-Type", content_type)]
    answer = Answer(method, "1.1" if version == "1.1" else "1.0", ident, _no_task, keeps=False)
    answer.start(status, headers)
    answer.length = len(body)
    head = answer.head()[0]
    return status, head if method == "HEAD" else head + body


def _no_task(_: Answer) -> None:
    """Give the answer nothing to write parts with: it is whole."""
