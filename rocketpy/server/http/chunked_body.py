"""A body in chunks (RFC 9112, section 7.1), read to the letter.

waitress takes a line's end that is only a line feed, empty lines between chunks, and anything as
trailers. What another server reads differently, a request can be smuggled in; so none of it here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from waitress.rfc7230 import CHUNK_EXT_RE
from waitress.utilities import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FRAMING = 8192
"""Bytes that a chunk's size with its extensions may take, and so may the trailers."""

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*")
_FRAMING = (b"content-length", b"transfer-encoding", b"host")
"""What no trailer may be (RFC 9110, section 6.5.1): it would come too late, or be taken for the
head's."""

_END = b"\r\n"


class Chunks:
    """Takes a body apart as it arrives; waitress's parser asks it what it asks of its own.

    Args:
        buffer: Where the body goes, one of waitress's.

    Attributes:
        completed: Whether the body and its trailers have come to their end.
        error: What the request is refused with, if it is no body in chunks.
    """

    def __init__(self, buffer: Any) -> None:
        self.completed: bool = False
        self.error: BadRequest | None = None
        self._buffer = buffer
        self._left = 0  # bytes of this chunk that are still to come
        self._line = b""
        self._framing = 0
        self._read_line: Callable[[bytes], str | None] = self._size

    def __len__(self) -> int:
        return len(self._buffer)

    def getfile(self) -> Any:
        """Give the body as a file."""
        return self._buffer.getfile()

    def getbuf(self) -> Any:
        """Give the buffer."""
        return self._buffer

    def received(self, data: bytes) -> int:
        """Take what arrived; return how many of the bytes belong to this body."""
        taken = 0
        while taken < len(data) and not self.completed and self.error is None:
            if self._left:
                part = data[taken : taken + self._left]
                self._buffer.append(part)
                self._left -= len(part)
                taken += len(part)
            else:
                taken += self._take_line(data, taken)
        return taken

    def _take_line(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start) + 1
        part = data[start : end or len(data)]
        self._line += part
        self._framing += len(part)
        wrong = None
        if self._framing > MOST_FRAMING:
            wrong = "The framing of the chunks is too long"
        elif self._read_line == self._chunk_end and not _END.startswith(self._line):
            wrong = "Chunk not properly terminated"
        elif end:
            line, self._line = self._line, b""
            wrong = self._read_line(line[:-2]) if line.endswith(_END) else "Bare LF in a chunk"
        if wrong is not None:
            self.error = BadRequest(wrong)
        return len(part)

    def _size(self, line: bytes) -> str | None:
        size, semicolon, extension = line.partition(b";")
        if not _SIZE.fullmatch(size):
            return "Invalid chunk size"
        if semicolon and not CHUNK_EXT_RE.match(semicolon + extension):
            return "Invalid chunk extension"
        self._framing = 0
        self._left = int(size, 16)
        self._read_line = self._chunk_end if self._left else self._trailer
        return None

    def _chunk_end(self, _line: bytes) -> None:
        self._framing = 0
        self._read_line = self._size

    def _trailer(self, line: bytes) -> str | None:
        if not line:
            self.completed = True
        elif not _TRAILER.fullmatch(line) or line.partition(b":")[0].lower() in _FRAMING:
            return "Invalid trailer"
        return None
