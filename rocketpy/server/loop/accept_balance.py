"""Which of several processes at one listener is to accept: none that has many more than another.

The kernel offers a connection to whichever process is idle, and of clients that all come at once a
process can take most before another is awake. Connections that are kept would stay so for hours:
one worker busy, the others idle. So each worker writes how many it has into memory that all share,
and steps back for a moment when it is ahead.
"""

from __future__ import annotations

import mmap

NO_WORKER = 2**31 - 1
"""Stands for a worker that is not there, so that no other waits for it."""

LEAD = 2
LEAD_PART = 8
"""By so many connections, and by this part of the fewest, a worker may be ahead."""

_BYTES = 4


class Counts:
    """How many connections each worker has; made before the workers are forked.

    Args:
        workers: How many there are.
    """

    def __init__(self, workers: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, workers * _BYTES)).cast("i")
        for slot in range(workers):
            self.clear(slot)

    def clear(self, slot: int) -> None:
        """Note that a worker is not there any more."""
        self._counts[slot] = NO_WORKER

    def share(self, slot: int) -> Share:
        """Give a worker its place."""
        return Share(self._counts, slot)


class Share:
    """One worker's part in the counts of all."""

    def __init__(self, counts: memoryview[int], slot: int) -> None:
        self._counts = counts
        self._slot = slot

    @property
    def has_others(self) -> bool:
        """Whether there are other workers."""
        return len(self._counts) > 1

    def note(self, connections: int) -> None:
        """Write how many connections this worker has."""
        self._counts[self._slot] = connections

    def is_ahead(self) -> bool:
        """Return whether this worker has so many that others should accept first."""
        fewest = min(self._counts)
        return self._counts[self._slot] > fewest + LEAD + fewest // LEAD_PART
