"""What probes are told: `/healthz`, that this process answers; `/readyz`, whether it wants more."""

from __future__ import annotations

from rocketpy.server.observe.health_server import TEXT
from rocketpy.server.process.status import STATUS

ALIVE = "/healthz"
READY = "/readyz"


def alive() -> tuple[str, str, str]:
    """Answer that this process answers."""
    return "200 OK", TEXT, "alive\n"


def ready() -> tuple[str, str, str]:
    """Answer whether new requests are welcome here: not once the drain has begun."""
    if STATUS.draining:
        return "503 Service Unavailable", TEXT, "draining\n"
    return "200 OK", TEXT, "ready\n"
