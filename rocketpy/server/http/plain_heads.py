"""The heads of requests as nearly all clients write them, read in one pass.

A head that is written otherwise is left to the general lane, which knows the rest of HTTP. What is
read here, the general lane reads in the same way: a test compares them.

A client that keeps its connection sends the same head again and again, and many clients send the
same header lines. So what was read lately is remembered; what is returned must not be changed.
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
"""Heads, and blocks of header lines, that are remembered."""

MOST_BYTES = 2048
"""Bytes of a head, or of a block, that is remembered."""

MOST_NAMES = 512
MOST_NAME_LETTERS = 64
"""Names of headers, of such a length, whose form for WSGI is remembered; then all are forgotten."""

_names: dict[str, str] = {}

_HANDLED_ELSEWHERE = ("HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")


class Request:
    """A request with a plain head.

    Args:
        line: What the request line says: method, path, version, and the environment's part.
        fields: What the header lines say.
        size: Bytes of the head.

    Attributes:
        method: `GET`.
        path: The path, decoded as WSGI demands.
        version: `1.0` or `1.1`.
        environ: The part of the WSGI environment that follows from the head.
        keeps: Whether the client keeps the connection after the answer.
        content_type: The Content-Type; empty if there is none.
        length: The Content-Length; 0 if there is none.
        size: Bytes of the request, head and body.
        body: What has come of the body; all of it, if `size` bytes have come.
    """

    __slots__ = (
        *("body", "content_type", "environ", "keeps", "length"),
        *("method", "path", "size", "version"),
    )

    def __init__(self, line: _Line, fields: _Fields, size: int) -> None:
        self.method: str = line.method
        self.path: str = line.path
        self.version: str = line.version
        self.environ: dict[str, str] = {**line.environ, **fields.environ}
        self.keeps: bool = keeps_connection(line.version, fields.connection)
        self.content_type: str = fields.content_type
        self.length: int = fields.length
        self.size: int = size + fields.length
        self.body: bytes = b""

    def with_body(self, data: bytes) -> Request:
        """Return the same request with its body, as far as it stands in `data` behind the head."""
        request = Request.__new__(Request)
        request.method = self.method
        request.path = self.path
        request.version = self.version
        request.environ = self.environ
        request.keeps = self.keeps
        request.content_type = self.content_type
        request.length = self.length
        request.size = self.size
        request.body = data[self.size - self.length : self.size]
        return request


class _Line(NamedTuple):
    method: str
    path: str
    version: str
    environ: dict[str, str]


class _Fields(NamedTuple):
    environ: dict[str, str]
    length: int
    content_type: str
    has_host: bool
    connection: str


def read(data: bytes, end: int) -> Request | None:
    r"""Read the head at the beginning of some bytes; return None if it is not a plain one.

    Args:
        data: What a client sent.
        end: Where the first empty line begins: the index of `\r\n\r\n`.

    >>> data = b"GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n"
    >>> request = read(data, data.find(b"\r\n\r\n"))
    >>> request.path, request.environ["HTTP_HOST"]
    ('/a b', 'x')
    """
    head = data[: end + 4]
    return _read_known(head) if end < MOST_BYTES else _read(head)


def _read(head: bytes) -> Request | None:
    line_end = head.find(b"\r\n")
    line = _read_line(head[:line_end])
    if line is None:
        return None
    block = head[line_end + 2 : -2]
    fields = _read_known_fields(block) if len(block) < MOST_BYTES else _read_fields(block)
    if fields is None or not (fields.has_host or line.version == "1.0"):
        return None
    return Request(line, fields, len(head))


def _read_line(line: bytes) -> _Line | None:
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
    return _Line(method, path, version, environ)


def _read_fields(block: bytes) -> _Fields | None:
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
    return _Fields(
        environ,
        int(length),
        environ.get("CONTENT_TYPE", ""),
        host is not None,
        environ.get("HTTP_CONNECTION", ""),
    )


_read_known = functools.lru_cache(MOST_KNOWN)(_read)
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
