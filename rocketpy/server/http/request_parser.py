"""The general lane's requests: waitress's parser, less what can be read in two ways.

When two servers in a row disagree on where a request ends, the second takes part of one client's
body for another client's request (RFC 9112, section 11.2). And some of waitress's regular
expressions take time that grows with the square of a line: minutes for one request.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import (
    BadRequest,
    Error,
    RequestHeaderFieldsTooLarge,
    ServerNotImplemented,
)

from rocketpy.common.body_limits import Limit
from rocketpy.server.http.chunked_body import Chunks
from rocketpy.server.http.refusals import (
    ContentTooLargeError,
    NoRoomError,
    UriTooLongError,
    VersionError,
)
from rocketpy.server.http.request_rules import (
    MOST_HEADERS,
    MOST_URI,
    VERSIONS,
    authority,
    has_long_blank,
    is_host,
    is_target,
    keeps_connection,
)

_REQUEST_LINE = re.compile(rb"([!-~]+) ([!-~]+) HTTP/([0-9]\.[0-9])")
_FIRST_BYTE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]")
_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:([^\r\n]*)", re.MULTILINE)
_CONTENT_LENGTH = re.compile(rb"^content-length[ \t]*:", re.MULTILINE)
_CODING = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_HOPELESS = re.compile(rb"[^\t\r\n -~\x80-\xff]|\n\r?\n")
"""What no head can have before its end: TLS on a plain port, or lines that end in LF alone."""


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Parses one request; what can be read in two ways is refused with 400.

    A body beyond its limit is refused with 413: before any of it is read, where Content-Length
    says its size; else when the limit is passed.

    Attributes:
        limit: What the body may have.
    """

    limit: Limit | None = None
    error: Error | None
    body_rcv: Any
    path: str = ""
    expect_continue: bool
    header_plus: bytes
    headers: dict[str, str]
    version: str

    @property
    def keeps(self) -> bool:
        """Whether the client keeps the connection after the answer."""
        return keeps_connection(self.version, self.headers.get("CONNECTION", ""))

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers.

        Raises:
            ParsingError: If they are not HTTP, or can be read in two ways.
        """
        if not self._may_be_parsed(header_plus):
            return
        try:
            super().parse_header(header_plus)
        except ValueError:  # of Python's own: brackets in the target, a number of 5000 digits
            raise ParsingError("Neither a target nor a length") from None
        self._check_target()
        if self.body_rcv is not None:
            if self.chunked:
                self.body_rcv = Chunks(self.body_rcv.getbuf())
            self._find_limit()

    def _may_be_parsed(self, header_plus: bytes) -> bool:
        """Look at what waitress reads wrongly, or takes long to look at.

        Raises:
            ParsingError: If it is not HTTP, or can be read in two ways.
        """
        first_line = header_plus.partition(b"\r\n")[0]
        found = _REQUEST_LINE.fullmatch(first_line)
        if found is None:
            raise ParsingError("Start line is invalid")
        version = found[3].decode()
        if version not in VERSIONS:
            self._refuse(VersionError("This port speaks HTTP/1.1."))
        elif len(found[2]) > MOST_URI:
            self._refuse(UriTooLongError(f"A target may have {MOST_URI} bytes."))
        elif header_plus.count(b"\r\n") > MOST_HEADERS + 2:  # the lines at both ends
            self._refuse(RequestHeaderFieldsTooLarge(f"more than {MOST_HEADERS} headers"))
        elif has_long_blank(header_plus):
            raise ParsingError("White space before a header's value")
        elif b"\r\n " in header_plus or b"\r\n\t" in header_plus:
            raise ParsingError("Folded header lines")
        else:
            self._check_coding(header_plus.lower(), version)
        return self.error is None

    def _check_coding(self, head: bytes, version: str) -> None:
        """Look at Transfer-Encoding: `chunked`, once, in HTTP/1.1, or none.

        Raises:
            ParsingError: If where the body ends can be read in two ways.
        """
        codings = [coding.strip(b" \t") for coding in _TRANSFER_ENCODING.findall(head)]
        if not codings:
            return
        if version != "1.1":
            raise ParsingError("Transfer-Encoding belongs to HTTP/1.1 alone")
        if len(codings) > 1 or b"," in codings[0]:
            raise ParsingError("Transfer-Encoding is repeated")
        if _CONTENT_LENGTH.search(head):
            raise ParsingError("Content-Length stands beside Transfer-Encoding")
        if _CODING.fullmatch(codings[0]) is None:
            raise ParsingError("Transfer-Encoding names no coding")
        if codings[0] != b"chunked":
            self._refuse(ServerNotImplemented("Transfer-Encoding requested is not supported."))

    def _check_target(self) -> None:
        """Look at the target and at Host (RFC 9112, section 3.2).

        Raises:
            ParsingError: If they name no resource, or two hosts.
        """
        if not is_target(self.command, self.request_uri):
            raise ParsingError("The target is none for this method")
        host = self.headers.get("HOST")
        if host is None:
            if self.version == "1.1":
                raise ParsingError("Host is missing")
        elif not is_host(host):
            raise ParsingError("Host is repeated, or names no host")
        if not self.request_uri.startswith(("/", "*")):
            # The target counts more than the header (RFC 9112, section 3.2.2).
            self.headers["HOST"] = authority(self.request_uri) or ""
            self.path = self.path or "/"

    def received(self, data: bytes) -> int:
        """Take what arrived; return how many of the bytes belong to this request."""
        if not self.header_plus and self.body_rcv is None and not _FIRST_BYTE.match(data):
            self._refuse(BadRequest("This is no HTTP/1.1"))
            return len(data)
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

    def _find_limit(self) -> None:
        bodies = getattr(self.adj, "bodies", None)
        if bodies is not None:
            self.limit = limit = bodies.limit(self.headers.get("CONTENT_TYPE", ""))
            if self.content_length > limit.size:
                self._refuse(ContentTooLargeError(limit))

    def _refuse(self, error: Error) -> None:
        self.error = error
        self.completed = True
        self.expect_continue = False  # the client is not to send what is not read

    def _drop_body(self) -> None:
        """Give the room back at once; others need it."""
        self.close()
        self.body_rcv = None
