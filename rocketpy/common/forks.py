"""Objects with a lock that are whole in both processes after a fork."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class FollowsForks(Protocol):
    """An object whose fields one lock guards."""

    def hold(self) -> None:
        """Take the lock, so that the child does not find it taken by a thread that it lacks."""

    def release(self) -> None:
        """Release the lock, in the parent."""

    def begin_anew(self) -> None:
        """Replace the lock and forget what belongs to the parent, in the child."""


def follow_forks(followed: FollowsForks) -> None:
    """Call an object's methods around each fork, as long as the object exists."""
    found = weakref.ref(followed)

    def caller(name: str) -> Callable[[], Any]:
        def call() -> None:
            if (existing := found()) is not None:
                getattr(existing, name)()

        return call

    os.register_at_fork(
        before=caller("hold"),
        after_in_parent=caller("release"),
        after_in_child=caller("begin_anew"),
    )
