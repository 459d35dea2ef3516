"""What this process knows of the course of its service, for those who are asked from outside.

There is one service in a process, so this is one object, `STATUS`. `serve` tells it what happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rocketpy.server.observe.health_server import Aside


class Status:
    """Where the service stands.

    Attributes:
        draining: Whether the drain has begun: nothing new should be sent here.
        aside: The listener of the health port, if there is one.
        gauges: Called for the number of requests that wait and the number of threads.
        on_refusal: Called with method, URI, peer and status of each request that the server
            answered itself.
    """

    def __init__(self) -> None:
        self.draining = False
        self.aside: Aside | None = None
        self.gauges: Callable[[], tuple[int, int]] | None = None
        self.on_refusal: Callable[[str, str, str, str], None] | None = None

    def begin(self) -> None:
        """Note that this process is ready to answer requests."""
        if self.aside is not None:
            self.aside.begin()

    def drain(self) -> None:
        """Note that the service is about to end."""
        self.draining = True

    def leave(self) -> None:
        """Note that others have taken over, who have a health port of their own."""
        if self.aside is not None:
            self.aside.close()


STATUS = Status()
