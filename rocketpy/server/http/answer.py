"""An answer: what the application said of it, checked, and the head that follows (RFC 9112, 6).

Both lanes write their heads here, so a client cannot tell which one its request took. An error in
what the application said is an `ApplicationError`: a 500 with a line in the log, and no byte of it
on the wire.
"""

from __future__ import annotations

import enum
import functools
import re
import time
from typing import TYPE_CHECKING, Any

from waitress.utilities import build_http_date  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DIGITS = 18
"""Digits of a Content-Length; a longer number is no length of anything."""

MOST_NAMES = 512
"""Names of headers whose form is remembered."""

_STATUS = re.compile(r"([2-9][0-9]{2})(?: [\t -~\x80-\xff]*)?")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]+")
_HOP_BY_HOP = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *("trailer", "trailers", "transfer-encoding", "upgrade"),
    )
)
"""What the server says itself (PEP 3333, "Other HTTP Features"; RFC 9110, section 7.6.1)."""

_SPECIAL = {"content-length": "length", "date": "date", "server": "server"}

_BODILESS = ("204", "304")


class ApplicationError(Exception):
    """What the application answered is no HTTP, or no WSGI."""


class Framing(enum.Enum):
    """How the client finds the end of the body."""

    NONE = enum.auto()
    """There is no body."""

    LENGTH = enum.auto()
    """Content-Length says it."""

    CHUNKED = enum.auto()
    """The last chunk is empty."""

    CLOSE = enum.auto()
    """The connection is closed behind it."""


class Answer:
    """The answer to one request; one thread at a time touches it.

    Args:
        method: The request's.
        version: The request's, `1.0` or `1.1`.
        ident: The Server header, if there is one.
        begin_task: Called when the application writes a part of the body before it has returned;
            returns what writes it.
        keeps: Whether the connection is to be kept after the answer.

    Attributes:
        status: The status line's end, `200 OK`; empty until the application has said it.
        length: The Content-Length, if the application said one, or who writes the body knows it.
        keeps: Whether the connection is kept; the head can decide against it.
        is_sent: Whether the head is on its way: nothing can be said otherwise any more.
        task: What writes the body part by part, once there is such.
        context: What `begin_task` needs.
        on_start: Called when the application has called `start_response`.
    """

    __slots__ = (
        *("_begin_task", "_date", "_lines", "_server", "context", "ident", "is_sent", "keeps"),
        *("length", "method", "on_start", "status", "task", "version"),
    )

    def __init__(
        self,
        method: str,
        version: str,
        ident: str | None,
        begin_task: Callable[[Answer], Any],
        keeps: bool,  # noqa: FBT001  (made once for each request: keywords cost time)
    ) -> None:
        self.method = method
        self.version = version
        self.ident = ident
        self.keeps: bool = keeps
        self.status: str = ""
        self.length: int | None = None
        self.is_sent: bool = False
        self.task: Any = None
        self.context: Any = None
        self._begin_task = begin_task
        self.on_start: Callable[[], None] | None = None

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Take what the application says: this is its `start_response`.

        Raises:
            ApplicationError: It says it twice, or it is no HTTP.
        """
        if exc_info:
            try:
                if self.is_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the traceback has this frame: a circle
        elif self.status:
            raise ApplicationError("start_response is called again, and without exc_info")
        _check_status(status)
        self._date = self._server = False
        length = None
        lines = []
        for name, value in headers:
            try:
                begin, special = _begin_line(name)
            except TypeError:
                raise ApplicationError(f"the header name {name!r} is no string") from None
            if type(value) is not str or not (value.isascii() and value.isprintable()):
                _check_value(name, value)
            if special is None:
                lines.append(f"{begin}{value}\r\n")
            elif special == "length":
                length = _checked_length(value, length)
            else:
                if special == "date":
                    self._date = True
                else:
                    self._server = True
                lines.append(f"{begin}{value}\r\n")
        self._lines = lines
        self.length = length
        self.status = status if len(status) > len("200") else f"{status} "
        if self.on_start is not None:
            self.on_start()
        return self.write

    def write(self, data: bytes) -> None:
        """Write a part of the body: this is the `write` that `start_response` returns.

        Raises:
            ApplicationError: The answer is complete.
        """
        if self.task is None:
            if self.is_sent:
                raise ApplicationError("write is called after the answer")
            self.task = self._begin_task(self)
        self.task.write(data)

    def end(self) -> None:
        """Refuse what the application writes from now on."""
        self.is_sent = True
        self.task = self.context = None

    @property
    def has_body(self) -> bool:
        """Whether an answer with this status to this method has a body."""
        return self.method != "HEAD" and not self.status.startswith(_BODILESS)

    def head(self) -> tuple[bytes, Framing]:
        """Write status line and headers; return them, and how the body ends.

        `keeps` is false afterwards where only the close of the connection ends the body.
        """
        status, version, length = self.status, self.version, self.length
        if self.method != "HEAD" and not status.startswith(_BODILESS):
            if length is not None:
                framing, end = Framing.LENGTH, f"Content-Length: {length}\r\n"
            elif version == "1.1":
                framing, end = Framing.CHUNKED, "Transfer-Encoding: chunked\r\n"
            else:
                framing, end = Framing.CLOSE, ""
                self.keeps = False
        else:
            framing = Framing.NONE
            says_length = length is not None and not status.startswith(_BODILESS)
            end = f"Content-Length: {length}\r\n" if says_length else ""
        if not self.keeps:
            end += "Connection: close\r\n"
        elif version == "1.0":
            end += "Connection: Keep-Alive\r\n"
        if self._date or self._server:
            own = self._own_lines()
        else:
            own = _both_lines(int(time.time()), self.ident)
        text = f"HTTP/{version} {status}\r\n{''.join(self._lines)}{end}{own}\r\n"
        return text.encode("latin-1"), framing

    def _own_lines(self) -> str:
        if self._server:
            lines = f"Via: {self.ident or 'waitress'}\r\n"
        else:
            lines = f"Server: {self.ident}\r\n" if self.ident else ""
        return lines if self._date else f"{lines}Date: {build_http_date(time.time())}\r\n"


@functools.lru_cache(maxsize=4)
def _both_lines(second: int, ident: str | None) -> str:
    server = f"Server: {ident}\r\n" if ident else ""
    return f"{server}Date: {build_http_date(second)}\r\n"


@functools.lru_cache(maxsize=MOST_NAMES)
def _begin_line(name: str) -> tuple[str, str | None]:
    """Return the beginning of a header's line, and what the header is to this module.

    Raises:
        ApplicationError: It is no name, or not one for an application.
        TypeError: It is no string.
    """
    if _NAME.fullmatch(name) is None:
        raise ApplicationError(f"{name!r} is no name of a header")
    lower = name.lower()
    if lower in _HOP_BY_HOP:
        raise ApplicationError(f"{name} is a hop-by-hop header, which an application may not send")
    canonical = "-".join([part.capitalize() for part in name.split("-")])
    return f"{canonical}: ", _SPECIAL.get(lower)


def _check_status(status: object) -> None:
    if not isinstance(status, str) or _STATUS.fullmatch(status) is None:
        raise ApplicationError(f"{status!r} is no final status of HTTP")


def _check_value(name: str, value: object) -> None:
    if not isinstance(value, str) or _VALUE.fullmatch(value) is None:
        raise ApplicationError(f"{value!r} is no value of a header ({name})")


def _checked_length(value: str, before: int | None) -> int:
    if len(value) > MOST_DIGITS or _LENGTH.fullmatch(value) is None:
        raise ApplicationError(f"{value!r} is no Content-Length")
    length = int(value)
    if before not in (None, length):
        raise ApplicationError(f"Content-Length is {before}, and it is {length}")
    return length
