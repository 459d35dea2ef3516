"""The first bytes of a connection, before TLS reads them: is it TLS, and which protocols it offers.

OpenSSL says neither of a request in plain HTTP, but for some methods, nor of a client that offers
only protocols that are not spoken here, to which RFC 7301, section 3.2, has a server say so.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HEADER = 5
"""Bytes before the content of a record (RFC 8446, section 5.1)."""

_HANDSHAKE = 22
_CLIENT_HELLO = 1
_ALPN = 16
"""Numbers of RFC 8446, sections 5.1 and 4, and of RFC 7301, section 3.1."""

_BEFORE_SESSION = 4 + 2 + 32
"""Bytes of a ClientHello before its session: its type and length, a version, a random number."""

_REQUEST = re.compile(rb"[A-Z]{1,20}(?: |$)")


class Hello(NamedTuple):
    """What the first bytes are.

    Attributes:
        missing: Bytes of the first record that are still to come; then nothing else is known.
        method: The method of a request in plain HTTP; empty if it is none.
        protocols: What ALPN offers; None if it offers nothing, or this cannot be read.
    """

    missing: int = 0
    method: str = ""
    protocols: list[bytes] | None = None


def read(data: bytes) -> Hello:
    r"""Read the first bytes of a connection.

    >>> read(b"DELETE /a HTTP/1.1\r\n").method
    'DELETE'
    """
    if not data:
        return Hello(missing=1)
    if data[0] != _HANDSHAKE:
        request = _REQUEST.match(data)
        return Hello(method="" if request is None else request[0].decode().strip())
    if len(data) < HEADER:
        return Hello(missing=HEADER - len(data))
    missing = HEADER + int.from_bytes(data[3:HEADER], "big") - len(data)
    if missing > 0:
        return Hello(missing=missing)
    try:
        return Hello(protocols=_protocols(data[HEADER:]))
    except IndexError:  # it ends before it should, or goes on in another record
        return Hello()


def _protocols(hello: bytes) -> list[bytes] | None:
    """Return what the extension ALPN of a ClientHello offers.

    Raises:
        IndexError: The ClientHello is not whole.
    """
    if hello[0] != _CLIENT_HELLO:
        return None
    place = _BEFORE_SESSION
    place += 1 + hello[place]
    place += 2 + _number(hello, place)  # the suites
    place += 1 + hello[place]  # compression
    end = place + 2 + _number(hello, place)
    place += 2
    while place < end:
        kind, size = _number(hello, place), _number(hello, place + 2)
        place += 4
        if kind == _ALPN:
            return _names(hello, place + 2, place + size)
        place += size
    return None


def _names(data: bytes, place: int, end: int) -> list[bytes]:
    names = []
    while place < end:
        size = data[place]
        names.append(data[place + 1 : place + 1 + size])
        place += 1 + size
    return names


def _number(data: bytes, place: int) -> int:
    return data[place] << 8 | data[place + 1]
