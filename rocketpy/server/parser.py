"""waitress's request parser, less the two framings that let a request be smuggled past a proxy.

Both are faults in RFC 9112, section 6.3: when two servers in a row disagree on where a request
ends, the second takes part of one client's body for another client's request.
"""

from __future__ import annotations

import re

from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.utilities import BadRequest, Error  # type: ignore[import-untyped]

from rocketpy.server.bodies import ContentTooLargeError, Limit, NoRoomError

MOST_FRAMING = 8192
"""Bytes that a chunk's size with its extensions may take, and so may the trailers."""

_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:([^\r\n]*)", re.MULTILINE)
_CONTENT_LENGTH = re.compile(rb"^content-length[ \t]*:", re.MULTILINE)


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Parses one request; a framing that can be read in two ways is refused with 400.

    A body beyond its limit is refused with 413: before any of it is read, where Content-Length
    tells its size; else when the limit is passed.

    Attributes:
        limit: What the body may have.
    """

    limit: Limit | None = None

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers.

        Raises:
            ParsingError: If they are not HTTP, or the body's end is stated twice.
        """
        head = header_plus.lower()
        if b"transfer-encoding" in head:  # rare enough that others need not pay for the search
            _refuse_two_ends(head)
        super().parse_header(header_plus)
        if self.version != "1.1" and "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("Transfer-Encoding belongs to HTTP/1.1 alone")
        if self.body_rcv is not None:
            self._find_limit()

    def received(self, data: bytes) -> int:
        """Take what arrived; return how many of the bytes belong to this request."""
        try:
            consumed: int = super().received(data)
        except OSError:  # a full disk: the body was to be kept there
            self._refuse(NoRoomError())
            return len(data)
        if self.chunked and self.error is None and self.limit is not None:
            if len(self.body_rcv) > self.limit.size:
                self._refuse(ContentTooLargeError(self.limit))
            elif max(len(self.body_rcv.control_line), len(self.body_rcv.trailer)) > MOST_FRAMING:
                self._refuse(BadRequest("The framing of the chunks is too long"))
        return consumed

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


def _refuse_two_ends(head: bytes) -> None:
    if b"\r\n " in head or b"\r\n\t" in head:  # a folded line would hide a second value
        raise ParsingError("Folded header lines stand beside Transfer-Encoding")
    encodings = _TRANSFER_ENCODING.findall(head)
    if len(encodings) > 1 or any(b"," in encoding for encoding in encodings):
        raise ParsingError("Transfer-Encoding is repeated")
    if encodings and _CONTENT_LENGTH.search(head):
        raise ParsingError("Content-Length stands beside Transfer-Encoding")
