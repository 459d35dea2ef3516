"""Processes as /proc shows them, and waiting for what they do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.support import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable


def children(process: int) -> list[int]:
    """Return the process ids of a process's children."""
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def runs(process: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so; fail when it takes longer than anything may."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.01)
