"""Metrics of a service, summed over its worker processes, in Prometheus's text form.

Every process counts into a row of numbers of its own, in memory that all share since before the
fork; so counting takes no other process's lock, and any process can report the sum.

Invariants:
    - A process writes its own row (`_row`) alone, and holds `_lock` for it. After a fork the child
      has no row and a lock of its own; it takes a row when it counts something.
    - A row belongs to the process whose id is in it; the row of a process that has ended is free.
      Rows are taken under a lock on the shared file, which holds between processes.
    - All rows are read without a lock: each number is written at once, so a sum can be behind by
      the requests that end at that moment, and never wrong by more.
"""

from __future__ import annotations

import bisect
import fcntl
import mmap
import os
import platform
import struct
import threading
from typing import TYPE_CHECKING

from rocketpy._version import __version__
from rocketpy.common.forks import follow_forks
from rocketpy.common.probes import ProbeAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KIND = "text/plain; version=0.0.4; charset=utf-8"

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "other")
"""The values of the labels. What HTTP does not define, or few use, is counted as `other`."""

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which the buckets of the histogram reach; the last one has no bound."""

_PROCESS, _BEGUN, _ENDED, _SECONDS, _QUEUE, _THREADS, _DROPPED = range(7)
_COUNTS = 7
_BUCKETS = _COUNTS + len(METHODS) * len(CLASSES)
_SIZE = _BUCKETS + len(BOUNDS) + 1
_NUMBER = 8

_METHOD = {name: index for index, name in enumerate(METHODS)}
_OTHER_METHOD = len(METHODS) - 1
_OTHER_CLASS = len(CLASSES) - 1


class Metrics:
    """The counts of a service, and its gauges.

    Args:
        workers: How many processes serve.
        about: Labels of the configuration: its profile and its hash.
        read_loop: Returns how many requests wait, and how many threads serve, in this process.
        read_dropped: Returns how many records of the log this process has dropped.
    """

    def __init__(
        self,
        workers: int,
        about: dict[str, str],
        read_loop: Callable[[], tuple[int, int]],
        read_dropped: Callable[[], int] = int,
    ) -> None:
        self._read_loop = read_loop
        self._read_dropped = read_dropped
        self._workers = workers
        self._about = about
        # Beside the workers' rows there are those of the ones that have just ended.
        self._rows = 2 * workers + 2
        self._file = os.memfd_create("rocketpy-metrics", os.MFD_CLOEXEC)
        size = self._rows * _SIZE * _NUMBER
        os.ftruncate(self._file, size)
        self._all = memoryview(mmap.mmap(self._file, size)).cast("d")
        self._dropped_before = 0.0  # records that were dropped by earlier owners of the row
        self.begin_anew()
        follow_forks(self)

    def begin(self) -> None:
        """Count a request that begins."""
        with self._lock:
            row = self._row or self._take_row()
            row[_BEGUN] += 1
            self._gauge(row)

    def end(self, seconds: float, method: str, code: int) -> None:
        """Count a request that is answered.

        Args:
            seconds: How long that took.
            method: GET, POST …
            code: The status.
        """
        class_ = code // 100 - 1
        if not 0 <= class_ < _OTHER_CLASS:
            class_ = _OTHER_CLASS
        count = _COUNTS + _METHOD.get(method, _OTHER_METHOD) * len(CLASSES) + class_
        with self._lock:
            # A handler may have forked, and the child answers: it has begun nothing in its row.
            row = self._row or self._take_row(begun=1)
            row[_ENDED] += 1
            row[_SECONDS] += seconds
            row[count] += 1
            row[_BUCKETS + bisect.bisect_left(BOUNDS, seconds)] += 1

    def _gauge(self, row: memoryview[float]) -> None:
        row[_QUEUE], row[_THREADS] = self._read_loop()
        row[_DROPPED] = self._dropped_before + self._read_dropped()

    def _take_row(self, begun: int = 0) -> memoryview[float]:
        """Take a row that is free, or continue that of a process that has ended."""
        # The lock is one between processes, on a file that each of them has opened by the fork.
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            for start in range(0, len(self._all), _SIZE):
                row = self._all[start : start + _SIZE]
                if not _runs(int(row[_PROCESS])):
                    break
            row[_BEGUN] = row[_ENDED] + begun
            self._dropped_before = row[_DROPPED]
            row[_PROCESS] = os.getpid()
            self._row = row
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        return row

    def answer(self) -> ProbeAnswer:
        """Return the answer to a request for the metrics."""
        return ProbeAnswer("200 OK", KIND, "".join(f"{line}\n" for line in self._lines()))

    def _lines(self) -> Iterable[str]:
        with self._lock:
            self._gauge(self._row or self._take_row())
        data = struct.unpack(f"{len(self._all)}d", self._all)
        rows = [data[start : start + _SIZE] for start in range(0, len(data), _SIZE)]
        live = [row for row in rows if _runs(int(row[_PROCESS]))]

        yield from _head("rocketpy_requests_total", "counter", "Requests that were answered.")
        for method, name in enumerate(METHODS):
            for class_, code in enumerate(CLASSES):
                total = sum(row[_COUNTS + method * len(CLASSES) + class_] for row in rows)
                if total:
                    labels = f'method="{name}",status="{code}"'
                    yield f"rocketpy_requests_total{{{labels}}} {total:.0f}"

        yield from _head("rocketpy_request_seconds", "histogram", "Time until the answer was made.")
        total = 0.0
        for index, bound in enumerate((*BOUNDS, "+Inf")):
            total += sum(row[_BUCKETS + index] for row in rows)
            yield f'rocketpy_request_seconds_bucket{{le="{bound}"}} {total:.0f}'
        yield f"rocketpy_request_seconds_sum {sum(row[_SECONDS] for row in rows):.9g}"
        yield f"rocketpy_request_seconds_count {total:.0f}"

        for name, about, value in (
            ("in_flight", "Requests being answered.", sum(r[_BEGUN] - r[_ENDED] for r in live)),
            ("queue", "Requests that wait for a handler.", sum(row[_QUEUE] for row in live)),
            ("threads", "Threads that serve.", sum(row[_THREADS] for row in live)),
            ("workers", "Processes that the configuration asks for.", self._workers),
        ):
            yield from _head(f"rocketpy_{name}", "gauge", about)
            yield f"rocketpy_{name} {value:.0f}"

        about = "Records of the log that were dropped, since its reader did not take them."
        yield from _head("rocketpy_log_dropped_total", "counter", about)
        yield f"rocketpy_log_dropped_total {sum(row[_DROPPED] for row in rows):.0f}"

        yield from _head("rocketpy_config_info", "gauge", "The configuration, less its secrets.")
        yield f"rocketpy_config_info{{{_labels(self._about)}}} 1"
        yield from _head("rocketpy_build_info", "gauge", "The program.")
        build = {"version": __version__, "python": platform.python_version()}
        yield f"rocketpy_build_info{{{_labels(build)}}} 1"

    # Around a fork: see `rocketpy.common.forks`.

    def hold(self) -> None:
        """Take the lock, before a fork."""
        self._lock.acquire()

    def release(self) -> None:
        """Release the lock, in the parent."""
        self._lock.release()

    def begin_anew(self) -> None:
        """Have a lock and no row, as at the beginning and in each child."""
        self._lock = threading.Lock()
        self._row = self._all[:0]


def _head(name: str, kind: str, about: str) -> Iterable[str]:
    return f"# HELP {name} {about}", f"# TYPE {name} {kind}"


def _labels(values: dict[str, str]) -> str:
    escaped = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
    return ",".join(f'{name}="{value.translate(escaped)}"' for name, value in values.items())


def _runs(process: int) -> bool:
    """Return whether a process of this service runs."""
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, which has the number of one that ended
        return False
    return True
