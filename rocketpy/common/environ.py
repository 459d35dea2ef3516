"""The keys that rocketpy adds to the WSGI environment, and a request's URI for the log.

The server writes some keys and the application reads them, or the other way round; so neither
room can own the names.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from rocketpy.config.masking import is_secret_name, without_password
from rocketpy.figment.kind import REDACTED

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

CLIENT_CERTIFICATE = "rocketpy.client_certificate"
"""The client's `ClientCertificate`; absent where the client presented none."""

ROUTE = "rocketpy.route"
"""The route that matched, as a pair (name of the resource, template of the path).

Empty where no route matched; absent where the application does not record its routes.
"""

_SECRET_PARAMETERS = re.compile(
    "auth|code|jwt|key|pin|pwd|session|sid|sig|signature|state", re.IGNORECASE
)
"""Names of query parameters whose values are secrets, beside those of `is_secret_name`."""

MOST_PRINTED = 1024
"""Characters of a URI that are printed. A request's line in the log has it twice, and stays within
the 4,096 bytes that a pipe takes whole."""

MOST_CACHED = 64
"""Characters of a parameter's name that is cached; services have few names, and short ones."""

_UNPRINTABLE = re.compile(r"[^!-~]")


def printable_uri(environ: WSGIEnvironment) -> str:
    """Return a request's URI, printable and without secrets.

    >>> printable_uri({"REQUEST_URI": "/a?name=Ann&api_key=s3cret&token"})
    '/a?name=Ann&api_key=[redacted]&token'
    """
    asked: str | None = environ.get("REQUEST_URI")  # not every server sets it
    if asked is None:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        mark = "?" if query else ""
    else:
        path, mark, query = asked.partition("?")
    if query:
        query = "&".join(map(_parameter, query.split("&")))
    if "@" in path:
        path = without_password(path)
    text = printable(f"{path}{mark}{query}")
    if len(text) > MOST_PRINTED:
        return f"{text[:MOST_PRINTED]}...[{len(text) - MOST_PRINTED} more]"
    return text


def _parameter(text: str) -> str:
    name, _, value = text.partition("=")
    if not value:
        return text
    is_secret = _is_secret if len(name) <= MOST_CACHED else _is_secret.__wrapped__
    return f"{name}={REDACTED}" if is_secret(name) else text


@functools.lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    """Return whether a parameter's value is a secret, by its name as it was sent."""
    plain = unquote_plus(name)
    return is_secret_name(plain) or _SECRET_PARAMETERS.fullmatch(plain) is not None


def printable(text: str) -> str:
    r"""Replace all but visible ASCII by percent-encoding, so that no control character is printed.

    >>> printable("\x1b[31m")
    '%1B[31m'
    """
    if text.isascii() and text.isprintable() and " " not in text:  # nearly all are
        return text
    return _UNPRINTABLE.sub(lambda found: f"%{ord(found[0]) & 0xFF:02X}", text)
