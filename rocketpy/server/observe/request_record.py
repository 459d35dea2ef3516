"""What is known of one request: the metrics count it and the access log prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

FAILED = "500 Internal Server Error"


class RequestRecord:
    """One request, from its beginning to the end of its answer.

    One thread at a time has it: the one that runs the handler or sends the answer.

    Attributes:
        environ: its WSGI environment.
        began: when it began, on `time.perf_counter`'s clock.
        status: the status line of the answer; 500 until there is one.
        size: bytes of the answer's body, where they are known.
        id: the request's id, where there is an access log; else empty.
        is_ended: whether it was counted and printed.
    """

    __slots__ = ("began", "environ", "id", "is_ended", "size", "status")

    def __init__(self, environ: WSGIEnvironment, began: float) -> None:
        self.environ: WSGIEnvironment = environ
        self.began: float = began
        self.status: str = FAILED
        self.size: int | None = None
        self.id: str = ""
        self.is_ended: bool = False

    @property
    def code(self) -> int:
        """The status code; 0 if the status line has none."""
        text = self.status[:3]
        return int(text) if text.isascii() and text.isdigit() else 0
