"""The routes by which the service itself is watched, on the service's own port."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import falcon

    Answer = Callable[[], tuple[str, str, str]]

_TEXT = "text/plain; charset=utf-8"

PROBES: dict[str, Answer] = {
    "/healthz": lambda: ("200 OK", _TEXT, "alive\n"),
    "/readyz": lambda: ("200 OK", _TEXT, "ready\n"),
}
"""The answers where no server of ours serves the application; `launch` replaces them."""


class Probe:
    """Answers as the server says.

    Args:
        answer: Makes status line, Content-Type and text.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        """Answer."""
        response.status, response.content_type, response.text = self.answer()
        response.cache_control = ["no-store"]

    on_head = on_get
