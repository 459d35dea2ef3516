"""The application with somebody watching: what each request was, how it ended, how long it took."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from rocketpy.server.observe.access_log import AccessLog
    from rocketpy.server.observe.metrics import Metrics

REQUEST_ID = "HTTP_X_REQUEST_ID"
_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_ID_BYTES = 16
FAILED = "500 Internal Server Error"


class Observed:
    """A WSGI application around the one that is watched.

    Args:
        app: The application.
        metrics: Counts each request, if there is such.
        log: Writes of each request, if there is such; requests then have an id, taken from
            X-Request-Id where that is sane, and given back in that header.
    """

    def __init__(
        self, app: WSGIApplication, metrics: Metrics | None, log: AccessLog | None
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        metrics = self._metrics
        seen = _Seen(self, environ, metrics.begin() if metrics else time.perf_counter())
        if self._log is not None:
            name = environ.get(REQUEST_ID, "")
            if not _SANE_ID.fullmatch(name):
                environ[REQUEST_ID] = name = os.urandom(_ID_BYTES).hex()
            seen.id = name

        def start(
            status: str, headers: list[tuple[str, str]], *exception: Any
        ) -> Callable[[bytes], object]:
            seen.status = status
            if seen.id and not any(key.lower() == "x-request-id" for key, _ in headers):
                headers = [*headers, ("X-Request-Id", seen.id)]
            return start_response(status, headers, *exception)

        try:
            body = self._app(environ, start)
        except BaseException:
            seen.status = FAILED
            seen.end(answered=False)
            raise
        if isinstance(body, list | tuple):
            seen.size = sum(map(len, body))
            seen.end()
            return body
        if isinstance(body, environ.get("wsgi.file_wrapper", ())):  # which the server is to see
            seen.end()
            parts: Iterable[bytes] = body
            return parts
        return _Body(body, seen)

    def refused(self, method: str, uri: str, peer: str, status: str) -> None:
        """Note a request that the server answered itself, since it was none or too large."""
        environ = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "REMOTE_ADDR": peer}
        began = self._metrics.begin() if self._metrics else time.perf_counter()
        seen = _Seen(self, environ, began)
        seen.status = status
        seen.end()

    def ended(self, seen: _Seen, *, answered: bool) -> None:
        """Tell those who watch."""
        if self._metrics is not None:
            self._metrics.end(seen.began, seen.environ["REQUEST_METHOD"], int(seen.status[:3]))
        if self._log is not None:
            self._log.write(seen, answered=answered)


class _Seen:
    """What was seen of one request.

    Attributes:
        began: When it did, on `time.perf_counter`'s clock.
        status: The status line.
        size: Bytes of the body, where they are known.
        id: The request's id, where there is a log.
    """

    __slots__ = ("_observer", "began", "environ", "id", "size", "status")

    def __init__(self, observer: Observed, environ: WSGIEnvironment, began: float) -> None:
        self._observer: Observed | None = observer
        self.environ = environ
        self.began = began
        self.status = FAILED
        self.size: int | None = None
        self.id = ""

    def end(self, *, answered: bool = True) -> None:
        """Note that the request is answered, once."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.ended(self, answered=answered)


class _Body:
    """An answer that comes part by part; the request ends with it."""

    def __init__(self, parts: Iterable[bytes], seen: _Seen) -> None:
        self._parts = parts
        self._seen = seen

    def __iter__(self) -> Iterator[bytes]:
        seen = self._seen
        seen.size = 0
        try:
            for part in self._parts:
                seen.size += len(part)
                yield part
        except GeneratorExit:
            seen.end(answered=False)
            raise
        except BaseException:
            seen.end(answered=False)
            raise
        seen.end()

    def close(self) -> None:
        """Close the answer."""
        try:
            if hasattr(self._parts, "close"):
                self._parts.close()
        finally:
            self._seen.end(answered=False)
