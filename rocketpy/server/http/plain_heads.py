"""The heads of requests as nearly all clients write them, read in one pass.

A head that is written otherwise is left to the general lane, which knows the rest of HTTP. What is
read here, the general lane reads in the same way: a test compares them.

A client that keeps its connection sends the same lines again and again, and many clients send the
same. So what was read lately is remembered, line by line; what is returned must not be changed.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from rocketpy.server.http.request_rules import (
    MOST_DIGITS,
    MOST_HEADERS,
    MOST_URI,
    has_long_blank,
    is_host,
    keeps_connection,
)

# A path that begins with two slashes, or is none, could be taken for a host; `#` begins a fragment.
_REQUEST_LINE = re.compile(
    r"([A-Z]+) ((/(?:[!-\"$-.0->@-~][!-\"$->@-~]*)?)(?:\?([!-\"$-~]*))?) (HTTP/(1\.[01]))"
)
# A name with an underscore could be taken for another one with a dash.
# Without the `^`, each letter of a long line without a colon would be tried as the first of a name.
_FIELD = re.compile(r"^([!#-'*+\-.0-9A-Z^`a-z|~]+):([\t -~]*)\r\n", re.MULTILINE)
_PARTS = 3  # of each field when split: what stands before it, its name, its value

MOST_KNOWN = 512
"""Request lines, and blocks of headers, that are remembered."""

MOST_BYTES = 2048
"""Bytes of a line, or of a block, that is remembered."""

MOST_NAMES = 512
MOST_NAME_LETTERS = 64
"""Names of headers, of such a length, whose form for WSGI is remembered; then all are forgotten."""

_names: dict[str, str] = {}

_HANDLED_ELSEWHERE = ("HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")


class RequestLine(NamedTuple):
    """What a request line says.

    Attributes:
        method: `GET`.
        path: The path, decoded as WSGI demands.
        version: `1.0` or `1.1`.
        environ: The part of the WSGI environment that follows from it.
    """

    method: str
    path: str
    version: str
    environ: dict[str, str]


class Fields(NamedTuple):
    """What the header lines say.

    Attributes:
        environ: The part of the WSGI environment that follows from them.
        length: The Content-Length; 0 if there is none.
        content_type: The Content-Type; empty if there is none.
        has_host: Whether there is a Host.
        connection: The value of Connection; empty if there is none.
    """

    environ: dict[str, str]
    length: int
    content_type: str
    has_host: bool
    connection: str


class Head(NamedTuple):
    """A whole head."""

    line: RequestLine
    fields: Fields

    @property
    def keeps(self) -> bool:
        """Whether the client keeps the connection after the answer."""
        return keeps_connection(self.line.version, self.fields.connection)


def read(data: bytes, end: int) -> Head | None:
    r"""Read the head at the beginning of some bytes; return None if it is not a plain one.

    Args:
        data: What a client sent.
        end: Where the first empty line begins: the index of `\r\n\r\n`.

    >>> data = b"GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n"
    >>> head = read(data, data.find(b"\r\n\r\n"))
    >>> head.line.path, head.fields.environ
    ('/a b', {'HTTP_HOST': 'x'})
    """
    first = data.find(b"\r\n")
    start = first + 2
    end += 2
    if first > MOST_BYTES or end - start > MOST_BYTES:
        line = _read_line(data[:first])
        fields = None if line is None else _read_fields(data[start:end])
    else:
        line = _read_known_line(data[:first])
        fields = None if line is None else _read_known_fields(data[start:end])
    if line is None or fields is None or not (fields.has_host or line.version == "1.0"):
        return None
    return Head(line, fields)


def _read_line(line: bytes) -> RequestLine | None:
    found = _REQUEST_LINE.fullmatch(line.decode("latin-1"))
    if found is None:
        return None
    method, uri, path, query, protocol, version = found.groups("")
    if len(uri) > MOST_URI or method == "CONNECT":
        return None
    if "%" in path:
        path = unquote_to_bytes(path).decode("latin-1")
        if path.startswith("//"):
            return None
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": uri,
        "SERVER_PROTOCOL": protocol,
    }
    return RequestLine(method, path, version, environ)


def _read_fields(block: bytes) -> Fields | None:
    if has_long_blank(block):
        return None
    parts = _FIELD.split(block.decode("latin-1"))
    if any(parts[::_PARTS]):
        return None
    environ = {
        _names.get(name) or _remember(name): value.strip(" \t")
        for name, value in zip(parts[1::_PARTS], parts[2::_PARTS], strict=True)
    }
    count = len(environ)
    if count * _PARTS + 1 != len(parts) or count > MOST_HEADERS:  # repeated, or too many
        return None
    for name in _HANDLED_ELSEWHERE:
        if name in environ:
            return None
    length = environ.get("CONTENT_LENGTH", "0")
    if len(length) > MOST_DIGITS or not (length.isascii() and length.isdigit()):
        return None
    host = environ.get("HTTP_HOST")
    if host is not None and not is_host(host):
        return None
    return Fields(
        environ,
        int(length),
        environ.get("CONTENT_TYPE", ""),
        host is not None,
        environ.get("HTTP_CONNECTION", ""),
    )


_read_known_line = functools.lru_cache(MOST_KNOWN)(_read_line)
_read_known_fields = functools.lru_cache(MOST_KNOWN)(_read_fields)


def environ_name(name: str) -> str:
    """Return the key of the WSGI environment for a header's name, in capitals with underscores."""
    return name if name in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{name}"


def _remember(name: str) -> str:
    key = environ_name(name.upper().replace("-", "_"))
    if len(_names) >= MOST_NAMES:
        _names.clear()
    if len(name) <= MOST_NAME_LETTERS:
        _names[name] = key
    return key
