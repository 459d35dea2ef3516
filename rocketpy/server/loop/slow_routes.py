"""Which requests are likely to wait: those whose like did the last time.

A handler that waits keeps the loop waiting too until the watchdog sees it, a millisecond or more.
Where that is to be expected the lead is given away before, which costs a switch of threads.
"""

from __future__ import annotations

import re
from typing import Any

LONG_SECONDS = 0.001
"""What takes longer is worth a switch of threads; the next of its kind gets one."""

MOST_KINDS = 256
"""Kinds that are remembered; then all are forgotten, and learned anew at once."""

_VARIABLE = re.compile(r"[^/]*\d[^/]*")
"""A part of a path that has digits is an id, and its value does not matter."""


class Foresight:
    """Remembers kinds of requests whose handlers took long."""

    def __init__(self) -> None:
        self._long: dict[tuple[str, str], None] = {}

    def expects(self, request: Any) -> bool:
        """Tell whether a request is of a kind that takes long."""
        return bool(self._long) and _kind(request) in self._long

    def fear(self, request: Any) -> None:
        """Note that a request holds up the loop, before it is known for how long."""
        self._remember(_kind(request))

    def learn(self, request: Any, seconds: float) -> None:
        """Note how long a request took that held up the loop, or was expected to."""
        if seconds < LONG_SECONDS:
            self._long.pop(_kind(request), None)
        else:
            self._remember(_kind(request))

    def _remember(self, kind: tuple[str, str]) -> None:
        if len(self._long) >= MOST_KINDS:
            self._long.clear()
        self._long[kind] = None


def _kind(request: Any) -> tuple[str, str]:
    # What is no HTTP has neither.
    path = getattr(request, "path", "")
    return getattr(request, "command", ""), _VARIABLE.sub("0", path)
