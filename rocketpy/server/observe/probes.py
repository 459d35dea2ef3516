"""Answers to probes: `/healthz`, that this process answers; `/readyz`, whether it wants more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.server.observe.health_server import TEXT

if TYPE_CHECKING:
    from rocketpy.server.observe.service_status import ServiceStatus

ALIVE = "/healthz"
READY = "/readyz"


class Probes:
    """The answers to the probes of one service.

    Args:
        status: Where the service stands.
    """

    def __init__(self, status: ServiceStatus) -> None:
        self._status = status

    def alive(self) -> tuple[str, str, str]:
        """Answer that this process answers: status line, Content-Type, text."""
        return "200 OK", TEXT, "alive\n"

    def ready(self) -> tuple[str, str, str]:
        """Answer whether new requests are welcome here: not once the drain has begun."""
        if self._status.is_draining:
            return "503 Service Unavailable", TEXT, "draining\n"
        return "200 OK", TEXT, "ready\n"
