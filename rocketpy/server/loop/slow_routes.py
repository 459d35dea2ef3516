"""Routes whose handlers were slow the last time, and probably will be again.

A handler that waits keeps the loop waiting too until the main thread sees it, a millisecond or
more. For a route that was slow, the leader hands over before it runs the handler, which costs a
switch of threads.

Invariant: the table only gives hints. Any thread may change it, by single operations on a dict,
which are atomic; what one thread overlooks of another's costs a switch of threads or a wait.
"""

from __future__ import annotations

import re

LONG_SECONDS = 0.001
"""A handler that takes longer is worth a switch of threads."""

MOST_ROUTES = 256
"""Routes that are remembered; then all are forgotten, and learned again."""

MOST_PATH_LETTERS = 256
"""Letters of a path that count."""

_DIGIT = re.compile(r"\d")


class SlowRoutes:
    """The routes that were slow: method and path, in which parts with digits do not count."""

    def __init__(self) -> None:
        self._slow: dict[tuple[str, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._slow)

    def has(self, method: str, path: str) -> bool:
        """Return whether a request is for a slow route."""
        return route_of(method, path) in self._slow

    def suspect(self, method: str, path: str) -> None:
        """Note that a handler blocks the loop, before it is known for how long."""
        self._remember(route_of(method, path))

    def learn(self, method: str, path: str, seconds: float) -> None:
        """Note how long a handler took that blocked the loop, or was expected to."""
        route = route_of(method, path)
        if seconds < LONG_SECONDS:
            self._slow.pop(route, None)
        else:
            self._remember(route)

    def _remember(self, route: tuple[str, str]) -> None:
        if len(self._slow) >= MOST_ROUTES:
            self._slow.clear()
        self._slow[route] = None


def route_of(method: str, path: str) -> tuple[str, str]:
    """Return what requests with different ids in their paths have in common.

    It takes time in proportion to the path: an expression that looks for the end of each part from
    each of its letters would hold the interpreter for a minute.

    >>> route_of("GET", "/users/17/posts")
    ('GET', '/users/0/posts')
    """
    parts = path[:MOST_PATH_LETTERS].split("/")
    return method, "/".join(["0" if _DIGIT.search(part) else part for part in parts])
