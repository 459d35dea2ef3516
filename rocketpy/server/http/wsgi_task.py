"""The general lane's answers: waitress's task, which writes long, streamed and file bodies.

The task takes from a channel its application, its settings and `write_soon`; `TaskChannel` is that
much of a channel and no more. What the application says is checked, and the head is written, by the
same `Answer` as in the fast lane.
"""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any, cast

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected
from waitress.task import WSGITask

from rocketpy.common.environ import printable, printable_uri
from rocketpy.server.http.answer import Answer, ApplicationError, Framing
from rocketpy.server.http.fast_lane import MOST_JOINED, as_bytes, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from waitress.adjustments import Adjustments

logger: logging.Logger = logging.getLogger("rocketpy.server")


class TaskChannel:
    """What a task uses of its channel, which to waitress is also the way to the server.

    Args:
        adj: waitress's settings.
        write: Sends bytes or a file to the client, at once or later.
    """

    def __init__(self, adj: Adjustments, write: Callable[[Any], None]) -> None:
        self.adj = adj
        self.server = self
        self.application: Callable[..., Iterable[bytes]]
        self._write = write
        self._held = b""

    def hold(self, head: bytes) -> None:
        """Keep the head of an answer, to be sent with the beginning of its body."""
        self._held = head

    def write_soon(self, data: Any) -> int:
        """Write a part of the answer; return how many bytes that is."""
        size = len(data)
        if self._held:
            held, self._held = self._held, b""
            if isinstance(data, bytes) and size <= MOST_JOINED:
                data = held + data
            else:
                self._write(held)
        self._write(data)
        return size

    def release(self) -> None:
        """Write the head, if it is still kept: nothing of the body came with it."""
        if self._held:
            held, self._held = self._held, b""
            self._write(held)


class _Request:
    """What waitress's task reads of a request."""

    def __init__(self, answer: Answer) -> None:
        self.version = answer.version
        self.command = answer.method


class Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers one request through the application, or goes on with what it has answered so far.

    Args:
        channel: Where the answer goes.
        answer: What the application has said so far.
        environ: The WSGI environment.
        application: The application.
    """

    wrote_header: bool
    content_length: int | None
    logged_write_excess: bool

    def __init__(
        self,
        channel: TaskChannel,
        answer: Answer,
        environ: WSGIEnvironment,
        application: WSGIApplication,
    ) -> None:
        super().__init__(channel, _Request(answer))
        channel.application = self._call
        self.environ: WSGIEnvironment = environ
        self.answer = answer
        self._application: WSGIApplication | None = application
        self._body: Iterable[bytes] = ()
        answer.task = self
        answer.on_start = self._started
        if answer.status:
            self._started()

    def go_on_with(self, body: Iterable[bytes]) -> None:
        """Take what the application has returned already, instead of calling it."""
        self._application = None
        self._body = body

    def _started(self) -> None:
        """Take over what the application has said: it may say it again after an error."""
        answer = self.answer
        self.complete = True
        self.status: str = answer.status
        self.content_length = answer.length if self.has_body or answer.method == "HEAD" else None

    def _call(self, environ: WSGIEnvironment, _start: Any) -> Iterable[bytes]:
        """Call the application, and give waitress a body that it can write."""
        body = self._body
        if self._application is not None:
            body = self._application(environ, self.answer.start)
        if type(body) in (list, tuple):
            return self._listed(cast("list[bytes]", body))
        if isinstance(body, ReadOnlyFileBasedBuffer) and self._is_file(body):
            return cast("Iterable[bytes]", body)
        return _Parts(self, body)

    def _is_file(self, body: Any) -> bool:
        """Return whether a body is a file whose size is known before it is read."""
        if isinstance(body.file, io.TextIOBase):
            raise ApplicationError("wsgi.file_wrapper has a text file, where a binary one belongs")
        if not self.complete or not self.has_body or self.wrote_header:
            return False
        try:
            return bool(body.prepare(self.content_length))
        except (OSError, ValueError, AttributeError):  # it has `seek` and cannot
            return False

    def _listed(self, body: list[bytes]) -> Iterable[bytes]:
        size = size_of(body)
        if size is None or not self.complete:
            return _Parts(self, body)
        if not self.has_body:
            if self.content_length is None and size:
                self.content_length = size
            return ()
        if self.wrote_header:  # waitress would take the size of this part for that of the body
            return _Parts(self, body)
        if self.content_length is None and len(body) <= 1:
            self.content_length = size
        return body

    @property
    def has_body(self) -> bool:
        """Whether the answer has a body."""
        return self.answer.has_body

    def build_response_header(self) -> bytes:
        """Write the status line and the headers."""
        answer = self.answer
        answer.length = self.content_length
        head, framing = answer.head()
        answer.is_sent = True
        self.chunked_response: bool = framing is Framing.CHUNKED
        return head

    def set_close_on_finish(self) -> None:
        """Have the connection closed after the answer: its body is not what was promised."""
        self.answer.keeps = False

    def write(self, data: bytes) -> None:
        """Write a part of the body; the first takes the head along."""
        if not self.complete:
            raise ApplicationError("the body begins before start_response is called")
        data = as_bytes(data)
        if not self.wrote_header:
            self.channel.hold(self.build_response_header())
            self.wrote_header = True
        if self.has_body:
            super().write(data)
        self.channel.release()


class _Parts:
    """A body that comes part by part.

    Where an answer has no body, nothing of it goes out, and no more of it is computed than is
    needed for the application to call `start_response`; nor of what is longer than it said.
    """

    def __init__(self, task: Task, parts: Iterable[bytes]) -> None:
        self._task = task
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        task = self._task
        if task.complete and not task.has_body:
            return
        for part in self._parts:
            data = as_bytes(part)
            if task.complete and not task.has_body:
                return
            yield data
            if task.logged_write_excess:
                return

    def close(self) -> None:
        """Close the body."""
        if hasattr(self._parts, "close"):
            self._parts.close()


def serve(task: Task) -> bool:
    """Answer a request, whatever the application does.

    An application that fails is logged.

    Returns:
        False where it failed before anything was sent, so that an error 500 can be sent instead.
    """
    try:
        task.service()
    except ClientDisconnected:
        task.answer.keeps = False
    except BaseException as error:  # noqa: BLE001  (SystemExit too: no handler ends the service)
        task.answer.keeps = False
        report(task.environ, error)
        return task.wrote_header
    return True


def report(environ: WSGIEnvironment, error: BaseException, log: logging.Logger = logger) -> None:
    """Log what an application failed with."""
    # The application has had the environment in its hands; anything may be missing.
    method = printable(str(environ.get("REQUEST_METHOD")))
    asked = f"{method} {printable_uri(environ)}"
    if isinstance(error, ApplicationError):
        log.error("exception while serving %s: %s", asked, error)
    else:
        log.error("exception while serving %s", asked, exc_info=error)
