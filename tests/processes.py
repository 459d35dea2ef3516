"""What /proc shows of a process, and waiting for a condition."""

from __future__ import annotations

import os
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
    """Return whether a process exists and has not ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def resident(process: int) -> int:
    """Return the resident memory of a process, in KiB."""
    return _status(process, "VmRSS")


def threads(process: int) -> int:
    """Return how many threads a process has."""
    return _status(process, "Threads")


def descriptors(process: int) -> int:
    """Return how many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{process}/fd"))


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process, in seconds."""
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _status(process: int, field: str) -> int:
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(f"{field}:"))


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail after SECONDS."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"the condition did not hold within {SECONDS} s"
        time.sleep(0.01)
