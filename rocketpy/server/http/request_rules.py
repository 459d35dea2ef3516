"""Which targets, hosts and options a request may have (RFC 9112, section 3), for both lanes."""

from __future__ import annotations

import functools
import re

MOST_HEADERS = 100
"""Headers that a request may have. This and the next are what Rocket, by hyper, allows."""

MOST_URI = 65_534
"""Bytes of a request's target."""

MOST_DIGITS = 18
"""Digits of a Content-Length; a longer number is no length of anything."""

VERSIONS = ("1.0", "1.1")
"""The versions of HTTP that are served; others are answered with 505."""

MOST_EMPTY_LINES = 8
"""Empty lines that may precede a request line. A client of old sends one after a body; RFC 9112,
section 2.2, has servers ignore "at least one"."""

_HOST = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)
"""`uri-host [ ":" port ]` of RFC 9110, section 7.2, without the comma: two hosts of two header
lines are joined with one."""

_USER = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*")
"""`userinfo` of RFC 3986, section 3.2.1."""

_LONG_BLANK = re.compile(rb":[ \t]{32}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_AUTHORITY_END = re.compile(r"[/?]")


@functools.lru_cache(maxsize=256)
def is_host(value: str) -> bool:
    """Return whether a value of Host has the form of one host.

    An empty value does: a client sends it for a target without a host.

    >>> is_host("example.com:8000"), is_host("a, b"), is_host("a b"), is_host("[::1]")
    (True, False, False, True)
    """
    return _HOST.fullmatch(value) is not None


def has_long_blank(lines: bytes) -> bool:
    """Return whether a header's value begins with more white space than a client means.

    waitress's expression for a header takes time that grows with the square of it: minutes.
    """
    return (b"  " in lines or b"\t" in lines) and _LONG_BLANK.search(lines) is not None


def authority(target: str) -> str | None:
    """Return the host and port of a target in absolute form, without user and password.

    Args:
        target: A target that does not begin with `/`.

    Returns:
        None if it has no scheme `http` or `https`, no host, or a host that cannot be one.

    >>> authority("http://user:word@example.com:81/a?b")
    'example.com:81'
    >>> authority("http://?a"), authority("file:///etc/passwd"), authority("example.com:443")
    (None, None, None)
    """
    scheme = _SCHEME.match(target)
    if scheme is None:
        return None
    rest = target[scheme.end() :]
    end = _AUTHORITY_END.search(rest)
    user, _, host = (rest if end is None else rest[: end.start()]).rpartition("@")
    return host if is_host(host) and host.partition(":")[0] and _USER.fullmatch(user) else None


def is_target(method: str, target: str) -> bool:
    """Return whether a request of this method may have this target.

    It is in origin form (`/path?query`), in absolute form (`http://host/path`), or `*` for OPTIONS.
    CONNECT, whose target is `host:port`, requests a tunnel: there is none here. A fragment is the
    client's business and never sent.

    >>> is_target("GET", "/a?b"), is_target("GET", "http://x"), is_target("OPTIONS", "*")
    (True, True, True)
    >>> is_target("GET", "a"), is_target("GET", "/a#b"), is_target("CONNECT", "x:443")
    (False, False, False)
    """
    if "#" in target or method == "CONNECT":
        return False
    if target.startswith("/"):
        return True
    if target == "*":
        return method == "OPTIONS"
    return authority(target) is not None


@functools.lru_cache(maxsize=64)
def keeps_connection(version: str, connection: str) -> bool:
    """Return whether a client keeps its connection after the answer.

    Args:
        version: `1.0` or `1.1`.
        connection: The value of Connection, which is a list; empty if there is none.

    >>> keeps_connection("1.1", "TE, Close"), keeps_connection("1.0", "Keep-Alive")
    (False, True)
    """
    options = {option.strip(" \t").lower() for option in connection.split(",")}
    if "close" in options:
        return False
    return version == "1.1" or "keep-alive" in options


def count_empty_lines(data: bytes) -> tuple[int, int]:
    r"""Return how many empty lines `data` begins with, and how many bytes they have.

    Only CR LF is an empty line; a bare CR or LF is the beginning of something else.

    >>> count_empty_lines(b"\r\n\r\nGET"), count_empty_lines(b"\nGET"), count_empty_lines(b"\r\n\r")
    ((2, 4), (0, 0), (1, 2))
    """
    size = 0
    while data.startswith(b"\r\n", size):
        size += 2
    return size // 2, size
