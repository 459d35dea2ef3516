"""The application with its requests counted and logged, and with probes where it has none.

No failure in here reaches an answer: an error of the log or of the metrics is printed to the log
and the request goes on.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from typing import TYPE_CHECKING, Any

from rocketpy.common.probes import respond
from rocketpy.server.observe.request_record import FAILED, RequestRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from rocketpy.common.log import Log
    from rocketpy.common.probes import MakeAnswer
    from rocketpy.server.observe.access_log import AccessLog
    from rocketpy.server.observe.metrics import Metrics

REQUEST_ID = "HTTP_X_REQUEST_ID"
_ID_HEADER = "X-Request-Id"
_ID_HEADER_SIZE = len(_ID_HEADER)
_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_ID_BYTES = 16

_WHOLE = (list, tuple)

NOT_FOUND = "404"


class InstrumentedApp:
    """A WSGI application around the one that is served.

    Args:
        app: the application.
        log: where failures of the metrics and of the access log are printed.
        metrics: counts each request, if there is one.
        access_log: prints each request, if there is one; requests then have an id, taken from
            X-Request-Id where that is sane, and returned in that header.
    """

    def __init__(
        self,
        app: WSGIApplication,
        log: Log,
        metrics: Metrics | None,
        access_log: AccessLog | None,
    ) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics
        self._access_log = access_log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = self._begin(environ)
        if self._access_log is not None:
            name = environ.get(REQUEST_ID)
            if name is None or not _SANE_ID.fullmatch(name):
                environ[REQUEST_ID] = name = os.urandom(_ID_BYTES).hex()
            request.id = name

        def start(
            status: str, headers: list[tuple[str, str]], *exception: Any
        ) -> Callable[[bytes], object]:
            request.status = status
            if request.id:
                for key, _ in headers:
                    if len(key) == _ID_HEADER_SIZE and key.lower() == _ID_HEADER.lower():
                        break
                else:
                    headers = [*headers, (_ID_HEADER, request.id)]
            return start_response(status, headers, *exception)

        try:
            body = self._app(environ, start)
        except BaseException:
            request.status = FAILED
            self._end(request, is_answered=False)
            raise
        if isinstance(body, _WHOLE):
            try:
                request.size = len(body[0]) if len(body) == 1 else sum(map(len, body))
                is_text = str in map(type, body)
            except TypeError:  # something without a length
                is_text = True
            if is_text:  # or worse; the server answers that with 500
                request.status = FAILED
            self._end(request)
            return body
        if isinstance(body, environ.get("wsgi.file_wrapper", ())):  # the server must recognise it
            self._end(request)
            parts: Iterable[bytes] = body
            return parts
        return _InstrumentedBody(body, request, self._end)

    def refused(self, method: str, uri: str, peer: str, status: str) -> None:
        """Count and print a request that the server answered itself."""
        request = self._begin({"REQUEST_METHOD": method, "REQUEST_URI": uri, "REMOTE_ADDR": peer})
        request.status = status
        self._end(request)

    def _begin(self, environ: WSGIEnvironment) -> RequestRecord:
        if self._metrics is not None:
            try:
                self._metrics.begin()
            except Exception as error:  # noqa: BLE001  (no failure in here may reach an answer)
                self._report("a request could not be counted", error)
        return RequestRecord(environ)

    def _end(self, request: RequestRecord, *, is_answered: bool = True) -> None:
        """Count and print a request, once."""
        if request.is_ended:
            return
        try:
            request.end(is_answered=is_answered)
            if self._metrics is not None:
                method: str = request.environ["REQUEST_METHOD"]
                self._metrics.end(request.seconds, method, request.code)
            if self._access_log is not None:
                self._access_log.write(request)
        except Exception as error:  # noqa: BLE001  (no failure in here may reach an answer)
            self._report("a request could not be logged", error)

    def _report(self, message: str, error: Exception) -> None:
        import traceback

        with contextlib.suppress(Exception):
            trace = "".join(traceback.format_exception(error))
            self._log.record("error", message, traceback=trace)


class _InstrumentedBody:
    """An answer that comes in parts; the request ends with the last one."""

    def __init__(
        self, parts: Iterable[bytes], request: RequestRecord, end: Callable[..., None]
    ) -> None:
        self._parts = parts
        self._request = request
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        request = self._request
        request.size = 0
        try:
            for part in self._parts:
                request.size += len(part)
                yield part
        except BaseException:  # GeneratorExit too: the client is gone
            self._end(request, is_answered=False)
            raise
        self._end(request)

    def close(self) -> None:
        """Close the answer."""
        try:
            if hasattr(self._parts, "close"):
                self._parts.close()
        finally:
            self._end(self._request, is_answered=False)


class ProbedApp:
    """An application that is no `rocketpy.App`, with probes at the paths where it answers 404.

    Args:
        app: the application.
        answers: for each path, what makes the answer.
    """

    def __init__(self, app: WSGIApplication, answers: Mapping[str, MakeAnswer]) -> None:
        self._app = app
        self._answers = answers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        probe = self._answers.get(environ.get("PATH_INFO", ""))
        if probe is None or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._app(environ, start_response)
        started: list[Any] = []
        written: list[bytes] = []

        def start(*answer: Any) -> Callable[[bytes], object]:
            started[:] = answer
            return written.append

        body = self._app(environ, start)
        parts = iter(body)
        first = next(parts, b"")  # an application may start its answer as late as this
        if not started or str(started[0]).startswith(NOT_FOUND):
            _close(body)
            return respond(environ, start_response, probe)
        start_response(*started)
        return _ClosingChain(itertools.chain(written, (first,), parts), body)


class _ClosingChain:
    """An answer that was begun, and its end."""

    def __init__(self, parts: Iterable[bytes], body: object) -> None:
        self._parts = parts
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        """Close the application's own answer."""
        _close(self._body)


def _close(body: object) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
