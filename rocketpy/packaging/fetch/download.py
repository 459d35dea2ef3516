"""HTTP downloads, above all of files whose SHA-256 is known."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import netrc
import os
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import pip_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.packaging.fetch.pip_config import PipConfig

TIMEOUT = 120
"""Seconds without an answer after which a server counts as unavailable."""
TRIES = 3
PAUSE = 1.0
"""Seconds before the second try; twice as many before the third."""


class UnavailableError(BuildError):
    """The server does not have the file, or cannot be reached."""


class Answer(NamedTuple):
    """What a server answered.

    Args:
        url: the address that answered, after redirects.
        media_type: its Content-Type, without parameters.
        data: the body.
    """

    url: str
    media_type: str
    data: bytes


def fetch(url: str | Sequence[str], sha256: str, target: str) -> None:
    """Download a file, unless it is there already with the expected content.

    Args:
        url: its address; several mirrors are tried in order.
        sha256: its digest, in hexadecimal.
        target: the path to write.

    Raises:
        UnavailableError: no mirror has it.
        BuildError: a mirror has other content under this address, and no other one has the file.
    """
    if _has_digest(target, sha256):
        return
    failures: list[BuildError] = []
    for address in [url] if isinstance(url, str) else url:
        try:
            data = get(address).data
        except UnavailableError as error:
            failures.append(error)
            continue
        found = hashlib.sha256(data).hexdigest()
        if found == sha256:
            _write(data, target)
            return
        failures.append(
            BuildError(
                f"{shown(address)}: the content is not the expected one (its SHA-256 is {found},"
                f" not {sha256})"
            )
        )
    # Wrong content is reported as such even if other mirrors were unavailable: it may be an attack.
    kind = (
        UnavailableError if all(isinstance(f, UnavailableError) for f in failures) else BuildError
    )
    raise kind("\n".join(str(failure) for failure in failures))


def _has_digest(path: str, sha256: str) -> bool:
    if not os.path.exists(path):
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _write(data: bytes, target: str) -> None:
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    try:
        with open(f"{target}.part", "wb") as file:
            file.write(data)
        os.replace(f"{target}.part", target)
    except OSError:
        with contextlib.suppress(OSError):
            os.remove(f"{target}.part")
        raise


def get(url: str, *, accept: str = "*/*") -> Answer:
    """Return what an address answers; server errors and broken connections are tried again.

    A user name and a password in the address, or else those that `.netrc` has for its host, are
    sent to that host and do not follow a redirect. Certificates and proxy are those of pip.

    Args:
        url: the address, of the schemes http, https or file.
        accept: the wanted media type, as in the header Accept.

    Raises:
        UnavailableError: it answers with an error, or not at all.
    """
    plain, credentials = _split_credentials(url)
    headers = {"User-Agent": "rocketpy-build", "Accept": accept}
    request = urllib.request.Request(_with_index(plain), headers=headers)  # noqa: S310  (pip allows http and file too; the digest decides)
    if credentials:
        encoded = base64.b64encode(credentials.encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {encoded}")
    opener = _opener(pip_config.read())
    for trial in range(1, TRIES + 1):
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                return Answer(answer.url, answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as error:
            error.close()
            # 404 is a final answer; a server's failure may be gone a second later.
            if error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR or trial == TRIES:
                raise UnavailableError(f"{plain}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None)
            final = isinstance(
                reason, socket.gaierror | ssl.SSLCertVerificationError | FileNotFoundError
            )
            if trial == TRIES or final:
                raise UnavailableError(f"{plain}: {error}") from error
        time.sleep(PAUSE * trial)
    raise AssertionError("unreachable")


def shown(url: str) -> str:
    """Return an address without user name and password, as messages may show it."""
    return _split_credentials(url)[0]


def _split_credentials(url: str) -> tuple[str, str]:
    """Return an address without its user name and password, and these as `user:password`."""
    parts = urllib.parse.urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    plain = urllib.parse.urlunsplit(parts._replace(netloc=host))
    if at:
        return plain, urllib.parse.unquote(user if ":" in user else f"{user}:")
    with contextlib.suppress(OSError, netrc.NetrcParseError):
        known = netrc.netrc().authenticators(parts.hostname or "")
        if known and parts.scheme in {"http", "https"}:
            return plain, f"{known[0]}:{known[2]}"
    return plain, ""


def _with_index(url: str) -> str:
    """Return an address; of a local folder that of its index.html, as pip reads folders."""
    path = urllib.request.url2pathname(urllib.parse.urlsplit(url).path)
    if url.startswith("file:") and os.path.isdir(path):
        return f"{url.rstrip('/')}/index.html"
    return url


def _opener(config: PipConfig) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context()
    if config.certificates:
        folder = os.path.isdir(config.certificates)
        try:
            context.load_verify_locations(**{"capath" if folder else "cafile": config.certificates})
        except OSError as error:
            raise BuildError(f"pip's setting `cert`, {config.certificates}: {error}") from error
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    if config.proxy:
        proxies = dict.fromkeys(("http", "https"), config.proxy)
        handlers.append(urllib.request.ProxyHandler(proxies))
    return urllib.request.build_opener(*handlers)
