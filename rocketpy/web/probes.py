"""The routes by which the service itself is watched, on the service's own port."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import falcon


def alive() -> tuple[str, str, str]:
    """Answer for `/healthz`."""
    from rocketpy.server.observe import probes  # the server is imported only where it serves

    return probes.alive()


def ready() -> tuple[str, str, str]:
    """Answer for `/readyz`."""
    from rocketpy.server.observe import probes

    return probes.ready()


PROBES = {"/healthz": alive, "/readyz": ready}


class Probe:
    """Answers as one of the server's own answers.

    Args:
        answer: makes status, Content-Type and text.
    """

    def __init__(self, answer: Callable[[], tuple[str, str, str]]) -> None:
        self._answer = answer

    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        """Answer."""
        response.status, response.content_type, response.text = self._answer()
        response.cache_control = ["no-store"]

    on_head = on_get
