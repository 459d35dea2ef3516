"""What is known of one request: the metrics count it and the access log prints it."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

FAILED = "500 Internal Server Error"

MOST_CACHED = 64
"""Status lines whose codes are cached; services have a few."""


class RequestRecord:
    """One request, from its beginning to the end of its answer.

    One thread at a time has it: the one that runs the handler or sends the answer.

    Attributes:
        environ: its WSGI environment.
        began: when it began, on `time.perf_counter`'s clock.
        status: the status line of the answer; 500 until there is one.
        size: bytes of the answer's body, where they are known.
        id: the request's id, where there is an access log; else empty.
        is_ended: whether it has ended; the attributes below are known then.
        is_answered: whether its answer was made to the end.
        seconds: how long that took.
        code: the status code; 0 if the status line has none.
    """

    __slots__ = (
        "began",
        "code",
        "environ",
        "id",
        "is_answered",
        "is_ended",
        "seconds",
        "size",
        "status",
    )

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ: WSGIEnvironment = environ
        self.began: float = time.perf_counter()
        self.status: str = FAILED
        self.size: int | None = None
        self.id: str = ""
        self.is_ended: bool = False

    def end(self, *, is_answered: bool) -> None:
        """Take down the end of the request."""
        self.is_ended = True
        self.is_answered: bool = is_answered
        self.seconds: float = time.perf_counter() - self.began
        self.code: int = _code(self.status)


@functools.lru_cache(MOST_CACHED)
def _code(status: str) -> int:
    text = status[:3]
    return int(text) if text.isascii() and text.isdigit() else 0
