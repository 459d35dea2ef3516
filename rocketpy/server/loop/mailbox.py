"""Calls from other threads to the leader, which it makes between two events.

Invariant: `_lock` guards `_calls`. The descriptor is readable whenever there are calls, or was just
now: `take` empties both, and reads the descriptor before it looks at the calls.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Mailbox:
    """What other threads have the leader do.

    Attributes:
        descriptor: Readable when there is something to do; for the poller.
    """

    def __init__(self) -> None:
        self.descriptor: int = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._calls)

    def post(self, call: Callable[[], None]) -> None:
        """Have the leader call something; any thread may call this."""
        with self._lock:
            self._calls.append(call)
        self.wake()

    def wake(self) -> None:
        """Have the leader look around."""
        os.eventfd_write(self.descriptor, 1)

    def take(self) -> list[Callable[[], None]]:
        """Return the calls, in the order in which they came."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.descriptor)
        with self._lock:
            calls, self._calls = self._calls, []
        return calls

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.descriptor)
