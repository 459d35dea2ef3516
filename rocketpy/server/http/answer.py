"""An answer: what the application said of it, checked, and the head that follows (RFC 9112, 6).

Both lanes write their heads here, so a client cannot see which one its request took. An error in
what the application said is an `ApplicationError`: a 500 with a line in the log, and no byte of it
on the wire.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import re
import time
from typing import TYPE_CHECKING, Any

from waitress.utilities import build_http_date

from rocketpy.server.http.request_rules import MOST_DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST_ANSWER_NAMES = 512
"""Names of headers whose form is remembered."""

MOST_ANSWERS = 256
MOST_ANSWER_LETTERS = 1024
"""Answers, and how long their headers may be, that are remembered; then all are forgotten."""

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
        *("_begin_task", "_said", "context", "ident", "is_sent", "keeps"),
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
        self._said: _Said
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
        if type(headers) is not list:
            headers = list(headers)
        try:
            said = _known.get((status, *headers))
        except TypeError:  # a part that cannot be a key, so that it is no string
            said = None
        if said is None:
            said = _read(status, headers)
            _remember(said, status, headers)
        self._said = said
        self.length = said.length
        self.status = said.status
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

    def latest_head(self, length: int) -> bytes | None:
        """Return the head that the same answer had this second, if it is the usual one.

        Args:
            length: Bytes of the body.
        """
        said = self._said
        if (
            length == said.length == self.length
            and self.keeps
            and self.version == "1.1"
            and self.method != "HEAD"
        ):
            second, ident, head = said.latest
            if second == int(time.time()) and ident == self.ident:
                return head
        return None

    def head(self) -> tuple[bytes, Framing]:
        """Write status line and headers; return them, and how the body ends.

        `keeps` is false afterwards where only the close of the connection ends the body.
        """
        status, version, length, said = self.status, self.version, self.length, self._said
        second = int(time.time())
        if self.has_body:
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
        own = _own_lines(second, self.ident, said.has_date, said.has_server)
        text = f"HTTP/{version} {status}\r\n{said.lines}{end}{own}\r\n"
        data = text.encode("latin-1")
        if self.keeps and framing is Framing.LENGTH and version == "1.1" and length == said.length:
            said.latest = second, self.ident, data
        return data, framing


class _Said:
    """What an application said of an answer, checked.

    Any thread may read and write `latest`, which is replaced as a whole.

    Attributes:
        status: The status line's end.
        lines: The headers, without Content-Length.
        length: The Content-Length, if there is one.
        has_date: Whether there is a Date.
        has_server: Whether there is a Server.
        latest: The head of an answer that has the body and the length that were said, on a
            connection of HTTP/1.1 that is kept; before it, the second and the ident it is for.
    """

    __slots__ = ("has_date", "has_server", "latest", "length", "lines", "status")

    def __init__(
        self, status: str, lines: str, length: int | None, specials: Collection[str]
    ) -> None:
        self.status = status
        self.lines = lines
        self.length = length
        self.has_date = "date" in specials
        self.has_server = "server" in specials
        self.latest: tuple[int, str | None, bytes] = 0, None, b""


_known: dict[tuple[Any, ...], _Said] = {}
"""What applications said lately: most say the same again and again. Any thread may change it, by
single operations, which are atomic."""


def _read(status: str, headers: list[tuple[str, str]]) -> _Said:
    """Check what an application says.

    Raises:
        ApplicationError: It is no HTTP.
    """
    status = _checked_status(status)
    length = None
    lines = []
    specials = set()
    for name, given in headers:
        try:
            begin, special = _begin_line(name)
        except TypeError:
            raise ApplicationError(f"the header name {name!r} is no string") from None
        if type(given) is str and given.isascii() and given.isprintable():
            value = given
        else:
            value = _checked_value(name, given)
        if special == "length":
            length = _checked_length(value, length)
            continue
        if special is not None:
            specials.add(special)
        lines.append(f"{begin}{value}\r\n")
    status = status if len(status) > len("200") else f"{status} "
    return _Said(status, "".join(lines), length, specials)


def _remember(said: _Said, status: str, headers: list[tuple[str, str]]) -> None:
    """Remember what an application said, if it is short."""
    if len(said.lines) > MOST_ANSWER_LETTERS:
        return
    if len(_known) >= MOST_ANSWERS:
        _known.clear()
    with contextlib.suppress(TypeError):  # lists in the place of tuples
        _known[status, *headers] = said


@functools.lru_cache(maxsize=8)
def _own_lines(second: int, ident: str | None, has_date: bool, has_server: bool) -> str:  # noqa: FBT001
    """Write the headers that the server adds."""
    if has_server:
        lines = f"Via: {ident or 'waitress'}\r\n"
    else:
        lines = f"Server: {ident}\r\n" if ident else ""
    return lines if has_date else f"{lines}Date: {build_http_date(second)}\r\n"


@functools.lru_cache(maxsize=MOST_ANSWER_NAMES)
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


# What is of a subclass of str, a member of an enum for instance, may be written as something else
# than what it is: its characters count.


def _checked_status(status: object) -> str:
    if not isinstance(status, str) or _STATUS.fullmatch(status) is None:
        raise ApplicationError(f"{status!r} is no final status of HTTP")
    return str.__str__(status)


def _checked_value(name: str, value: object) -> str:
    if not isinstance(value, str) or _VALUE.fullmatch(value) is None:
        raise ApplicationError(f"{value!r} is no value of a header ({name})")
    return str.__str__(value)


def _checked_length(value: str, before: int | None) -> int:
    if len(value) > MOST_DIGITS or _LENGTH.fullmatch(value) is None:
        raise ApplicationError(f"{value!r} is no Content-Length")
    length = int(value)
    if before not in (None, length):
        raise ApplicationError(f"Content-Length is {before}, and it is {length}")
    return length
