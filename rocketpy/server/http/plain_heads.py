"""The heads of requests as nearly all clients write them, read in one pass.

What is not written like that is left to waitress's parser, which knows the rest of HTTP; what is
read here, it would read in the same way.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

# A path that begins with two slashes, or is none, could be taken for a host; `#` begins a fragment.
_REQUEST_LINE = re.compile(
    r"([A-Z]+) ((/(?:[!-\"$-.0->@-~][!-\"$->@-~]*)?)(?:\?([!-\"$-~]*))?) HTTP/(1\.[01])\r\n"
)
# A name with an underscore could be taken for another one with a dash.
# Without the `^`, each letter of a long line without a colon would be tried as the first of a name.
_FIELD = re.compile(r"^([!#-'*+\-.0-9A-Z^`a-z|~]+):([\t -~]*)\r\n", re.MULTILINE)
_PARTS = 3  # of each field when split: what stands before it, its name, its value

MOST_NAMES = 512
MOST_LETTERS = 64
"""Names of headers, of such a length, whose form for WSGI is remembered; then all are forgotten."""

_names: dict[str, str] = {}


class Head(NamedTuple):
    """What a head says.

    Attributes:
        command: The method.
        uri: The path and the query as they were sent.
        path: The path, decoded as WSGI demands.
        query: The query as it was sent.
        version: `1.0` or `1.1`.
        headers: The values by their names in capitals, with underscores for dashes.
    """

    command: str
    uri: str
    path: str
    query: str
    version: str
    headers: dict[str, str]


def read(head: bytes) -> Head | None:
    r"""Read a head; return None if it is not one of the plain kind.

    Args:
        head: The request line and the header lines, each with its end, and the empty line.

    >>> head = read(b"GET /a%20b?c=d HTTP/1.1\r\nAccept-Language: en\r\n\r\n")
    >>> head.path, head.query, head.headers
    ('/a b', 'c=d', {'ACCEPT_LANGUAGE': 'en'})
    """
    text = head.decode("latin-1")
    line = _REQUEST_LINE.match(text)
    if line is None:
        return None
    parts = _FIELD.split(text[line.end() :])
    if parts.pop() != "\r\n" or any(parts[::_PARTS]):
        return None
    headers = {
        _names.get(name) or _remember(name): value.strip(" \t")
        for name, value in zip(parts[1::_PARTS], parts[2::_PARTS], strict=True)
    }
    if len(headers) * _PARTS != len(parts):  # a header is repeated
        return None
    command, uri, path, query, version = line.groups("")
    if "%" in path:
        path = unquote_to_bytes(path).decode("latin-1")
    return Head(command, uri, path, query, version, headers)


def _remember(name: str) -> str:
    form = name.upper().replace("-", "_")
    if len(_names) >= MOST_NAMES:
        _names.clear()
    if len(name) <= MOST_LETTERS:
        _names[name] = form
    return form
