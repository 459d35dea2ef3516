"""waitress's request parser, less what lets a request be smuggled or cost more than it should.

When two servers in a row disagree on where a request ends, the second takes part of one client's
body for another client's request (RFC 9112, section 11.2). And some of waitress's regular
expressions take time that grows with the square of a line: minutes for one request.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

from waitress.buffers import OverflowableBuffer  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.receiver import FixedStreamReceiver  # type: ignore[import-untyped]
from waitress.utilities import (  # type: ignore[import-untyped]
    BadRequest,
    Error,
    RequestHeaderFieldsTooLarge,
)

from rocketpy.common.body_limits import Limit
from rocketpy.server.http import plain_heads
from rocketpy.server.http.chunked_body import Chunks
from rocketpy.server.http.refusals import ContentTooLargeError, NoRoomError, RefusalError

MOST_HEADERS = 100
"""Headers that a request may have. This and the next are what Rocket, by hyper, allows."""

MOST_URI = 65_534
"""Bytes of a request's target."""

_REQUEST_LINE = re.compile(rb"[!-~]+ ([!-~\x80-\xff]+) HTTP/([0-9])\.[0-9]")
_CLOSE = re.compile(r"(?:^|,)[ \t]*close[ \t]*(?:,|$)", re.IGNORECASE)
_LONG_BLANK = re.compile(rb":[ \t]{32}")

MOST_DIGITS = 18
"""Digits of a Content-Length; what has more is no length of anything."""

_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:([^\r\n]*)", re.MULTILINE)
_CONTENT_LENGTH = re.compile(rb"^content-length[ \t]*:", re.MULTILINE)
_HOPELESS = re.compile(rb"[^\t\r\n -~\x80-\xff]|\n\r?\n")
"""What no head can have before its end: TLS on a plain port, or lines that end in LF alone."""


class UriTooLongError(RefusalError):
    """The request's target is beyond `MOST_URI`."""

    code = 414
    reason = "URI Too Long"


class VersionError(RefusalError):
    """The request is not of HTTP/1: the first line of a client that expects HTTP/2, for one."""

    code = 505
    reason = "HTTP Version Not Supported"


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Parses one request; what can be read in two ways is refused with 400.

    A body beyond its limit is refused with 413: before any of it is read, where Content-Length
    tells its size; else when the limit is passed.

    Attributes:
        limit: What the body may have.
    """

    limit: Limit | None = None
    error: Error | None
    body_rcv: Any
    path = ""  # which waitress's log asks for, be the request too odd to have one

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers.

        Raises:
            ParsingError: If they are not HTTP, or can be read in two ways.
        """
        if (b"  " in header_plus or b"\t" in header_plus) and _LONG_BLANK.search(header_plus):
            raise ParsingError("White space before a header's value")
        plain = plain_heads.read(header_plus)
        if plain is None or not self._take(plain):
            self._check_size(header_plus)
            if self.error is not None:
                return
            self._parse_any(header_plus)
        connection = self.headers.get("CONNECTION", "")
        if "," in connection and _CLOSE.search(connection):
            self.headers["CONNECTION"] = "close"  # waitress reads no lists here
        if self.body_rcv is not None:
            self._find_limit()

    def _take(self, head: plain_heads.Head) -> bool:
        """Take what a head says; tell whether that is all there is to do."""
        headers, version = head.headers, head.version
        if "TRANSFER_ENCODING" in headers or "EXPECT" in headers:
            return False
        if len(head.uri) > MOST_URI or len(headers) > MOST_HEADERS:
            return False
        length = headers.get("CONTENT_LENGTH", "0")
        if len(length) > MOST_DIGITS or not (length.isascii() and length.isdigit()):
            return False
        self.headers, self.version = headers, version
        self.command, self.request_uri = head.command, head.uri
        self.path, self.query = head.path, head.query
        self.proxy_scheme = self.proxy_netloc = self.fragment = ""
        self.url_scheme = self.adj.url_scheme
        connection = headers.get("CONNECTION", "").lower()
        if connection == "close" if version == "1.1" else connection != "keep-alive":
            self.connection_close = True
        if length != "0":
            self.content_length = int(length)
            if self.content_length:
                kept = OverflowableBuffer(self.adj.inbuf_overflow)
                self.body_rcv = FixedStreamReceiver(self.content_length, kept)
        return True

    def _parse_any(self, header_plus: bytes) -> None:
        if b"\r\n " in header_plus or b"\r\n\t" in header_plus:
            raise ParsingError("Folded header lines")
        head = header_plus.lower()
        if b"transfer-encoding" in head:  # rare enough that others need not pay for the search
            _refuse_two_ends(head)
        try:
            super().parse_header(header_plus)
        except ValueError:  # of Python's own: brackets in the target, a number of 5000 digits
            raise ParsingError("Neither a target nor a length") from None
        headers = self.headers
        if self.version != "1.1":
            if "TRANSFER_ENCODING" in headers:
                raise ParsingError("Transfer-Encoding belongs to HTTP/1.1 alone")
            if self.version[0] != "1":
                self._refuse(VersionError("This port speaks HTTP/1.1."))
                return
        if "," in headers.get("HOST", ""):
            raise ParsingError("Host is repeated")
        if self.proxy_scheme and self.proxy_netloc:  # it counts more (RFC 9112, section 3.2.2)
            headers["HOST"] = self.proxy_netloc.rpartition("@")[2]
        if self.body_rcv is not None:
            if self.chunked:
                self.body_rcv = Chunks(self.body_rcv.getbuf())
            self._find_limit()

    def received(self, data: bytes) -> int:
        """Take what arrived; return how many of the bytes belong to this request."""
        try:
            consumed: int = super().received(data)
        except OSError:  # a full disk: the body was to be kept there
            self._refuse(NoRoomError())
            self._drop_body()
            return len(data)
        if self.completed:
            # waitress would answer 100 and read on, into the next request.
            self.expect_continue = False
        elif self.body_rcv is None and _HOPELESS.search(self.header_plus[-len(data) - 2 :]):
            self._refuse(BadRequest("This is no HTTP/1.1"))
        limit = self.limit if self.chunked and self.error is None else None
        if limit is not None and len(self.body_rcv) > limit.size:
            self._refuse(ContentTooLargeError(limit))
        return consumed

    def close(self) -> None:
        """Give back what the body was kept in."""
        with contextlib.suppress(OSError):  # what could not be written to the disk still cannot
            super().close()

    def _check_size(self, header_plus: bytes) -> None:
        """Look at what waitress would take long to look at.

        Raises:
            ParsingError: If the request line is none.
        """
        first_line = header_plus.partition(b"\r\n")[0]
        found = _REQUEST_LINE.fullmatch(first_line)
        if found is None:
            raise ParsingError("Start line is invalid")
        if len(found[1]) > MOST_URI:
            self._refuse(UriTooLongError(f"A target may have {MOST_URI} bytes."))
        elif header_plus.count(b"\r\n") > MOST_HEADERS + 2:  # the lines at both ends
            self._refuse(RequestHeaderFieldsTooLarge(f"more than {MOST_HEADERS} headers"))

    def _find_limit(self) -> None:
        bodies = getattr(self.adj, "bodies", None)
        if bodies is not None:
            self.limit = limit = bodies.limit(self.headers.get("CONTENT_TYPE", ""))
            if self.content_length > limit.size:
                self._refuse(ContentTooLargeError(limit))

    def _refuse(self, error: Error) -> None:
        self.error = error
        self.completed = True
        self.expect_continue = False  # the client is not to send what nobody reads

    def _drop_body(self) -> None:
        """Give the room back at once; others need it."""
        self.close()
        self.body_rcv = None


def _refuse_two_ends(head: bytes) -> None:
    encodings = _TRANSFER_ENCODING.findall(head)
    if len(encodings) > 1 or any(b"," in encoding for encoding in encodings):
        raise ParsingError("Transfer-Encoding is repeated")
    if encodings and _CONTENT_LENGTH.search(head):
        raise ParsingError("Content-Length stands beside Transfer-Encoding")
