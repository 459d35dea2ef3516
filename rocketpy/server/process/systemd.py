"""systemd: listeners that it opened (socket activation), and what it wants to be notified of.

Follows sd_listen_fds(3), sd_notify(3) and sd_watchdog_enabled(3), in a few lines and without
libsystemd: the protocols are environment variables and one datagram for each notification.

Invariants: the main thread of the service's first process alone calls a `Notifier`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import TYPE_CHECKING

from rocketpy.server.process.main_loop import Lifecycle, LifecycleWrapper

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FIRST_DESCRIPTOR = 3
"""SD_LISTEN_FDS_START."""

_MICROSECONDS = 1_000_000


def activated_descriptors(environ: MutableMapping[str, str]) -> list[int]:
    """Return the descriptors of the listeners that systemd hands to this process.

    The variables are removed: they are not for this process's children.
    """
    process, count, _ = (
        environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    )
    if process != str(os.getpid()) or not count.isdecimal():
        return []
    return list(range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count)))


class Notifier(LifecycleWrapper):
    """Notifies systemd of a service's course, and passes it on.

    Args:
        inner: What the course is passed on to.
        address: The path of systemd's socket, or `@` and an abstract name.
        watchdog: Seconds in which systemd wants a keep-alive message; None for never.
    """

    def __init__(self, inner: Lifecycle, address: str, watchdog: float | None) -> None:
        super().__init__(inner)
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        # Half the time, as sd_watchdog_enabled(3) recommends.
        self._every = None if watchdog is None else watchdog / 2
        self._next_keep_alive = 0.0

    @classmethod
    def around(cls, inner: Lifecycle, environ: MutableMapping[str, str]) -> Lifecycle:
        """Return a notifier around `inner` if systemd wants notifications, else `inner`."""
        address, usec, process = (
            environ.pop(name, "") for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
        )
        if not address:
            return inner
        wanted = usec.isdecimal() and int(usec) > 0 and process in {"", str(os.getpid())}
        return cls(inner, address, int(usec) / _MICROSECONDS if wanted else None)

    def ready(self) -> None:
        """Notify that requests are answered."""
        super().ready()
        self._notify("READY=1", f"MAINPID={os.getpid()}")

    def shutdown_begins(self, signal: str) -> None:
        """Notify that the drain begins."""
        self._notify("STOPPING=1")
        super().shutdown_begins(signal)

    def reload_begins(self, *, cancelled: bool) -> None:
        """Notify that a reload begins; by the time systemd knows which request it belongs to."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._notify("RELOADING=1", f"MONOTONIC_USEC={now}")
        super().reload_begins(cancelled=cancelled)

    def reload_ends(self, failure: str | None) -> None:
        """Notify that the reload is over, however it ended: the service serves."""
        super().reload_ends(failure)
        self._notify("READY=1")

    def run_timers(self) -> float | None:
        """Send a keep-alive message when it is due."""
        inner = super().run_timers()
        if self._every is None:
            return inner
        left = self._next_keep_alive - time.monotonic()
        if left <= 0:
            self._notify("WATCHDOG=1")
            self._next_keep_alive = time.monotonic() + self._every
            left = self._every
        return left if inner is None else min(left, inner)

    def _notify(self, *lines: str) -> None:
        # The service goes on when systemd is gone, or slow.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier,
        ):
            notifier.settimeout(0)
            notifier.sendto("\n".join(lines).encode(), self._address)
