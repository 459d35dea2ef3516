"""Fetching, above all files whose digest is known."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from rocketpy.packaging.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT = 120
"""Seconds without an answer after which a server counts as absent."""
TRIES = 3
PAUSE = 1.0
"""Seconds before the second try; the third waits twice as long."""


class AbsentError(BuildError):
    """The server does not have the file, or there is no way to the server."""


def fetch(url: str | Sequence[str], sha256: str, target: str) -> None:
    """Fetch a file unless it is there already with the right content.

    Args:
        url: where it is; several mirrors are tried in their order.
        sha256: its digest, in hexadecimal.
        target: the path to write.

    Raises:
        AbsentError: it cannot be had at any of them.
        BuildError: what came is not what was pinned, and no other mirror has it.
    """
    if _holds(target, sha256):
        return
    failures: list[BuildError] = []
    for address in [url] if isinstance(url, str) else url:
        try:
            data = get(address)
        except AbsentError as error:
            failures.append(error)
            continue
        found = hashlib.sha256(data).hexdigest()
        if found == sha256:
            _write(data, target)
            return
        failures.append(
            BuildError(
                f"{address}: the content is not the pinned one (SHA-256 {found}, expected {sha256})"
            )
        )
    # A wrong content is told even when the other mirrors were just absent: it may be an attack.
    kind = AbsentError if all(isinstance(f, AbsentError) for f in failures) else BuildError
    raise kind("\n".join(str(failure) for failure in failures))


def _holds(path: str, sha256: str) -> bool:
    if not os.path.exists(path):
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _write(data: bytes, target: str) -> None:
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with open(f"{target}.part", "wb") as file:
        file.write(data)
    os.replace(f"{target}.part", target)


def get(url: str, *, accept: str = "*/*") -> bytes:
    """Return what an address answers with, tried again after a hiccup.

    Args:
        url: the address.
        accept: the media type wanted.

    Raises:
        AbsentError: it answers with an error, or not at all.
    """
    headers = {"User-Agent": "rocketpy-build", "Accept": accept}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    for trial in range(1, TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                data: bytes = answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            # 404 and its kin are an answer; a mirror's hiccup is worth another try.
            if error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR or trial == TRIES:
                raise AbsentError(f"{url}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            unknown = isinstance(getattr(error, "reason", None), socket.gaierror)
            if trial == TRIES or unknown:
                raise AbsentError(f"{url}: {error}") from error
        else:
            return data
        time.sleep(PAUSE * trial)
    raise AssertionError("unreachable")
