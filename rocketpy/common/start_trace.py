"""Where the milliseconds of a start go: `rocketpy launch --timings`.

Without `--timings` this is not imported, and nothing is measured.

Invariants: the main thread alone uses a `StartTrace`; imports in other threads are not measured.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN_MODULES = 10
"""Modules that are listed: those whose import took longest."""

LEAST_MILLISECONDS = 1.0
"""A module that took less is not listed."""

_PERCENT = 100


class Phase(NamedTuple):
    """A part of the start.

    Attributes:
        name: What was done.
        milliseconds: How long it took.
        modules: How many modules were imported meanwhile.
    """

    name: str
    milliseconds: float
    modules: int


class StartTrace:
    """Measures a start, from the creation of the process on.

    Attributes:
        phases: What is finished.
        modules: For each module whose import was seen, the milliseconds that it took itself, less
            what the modules took that it imported.
    """

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self.modules: dict[str, float] = {}
        now = time.perf_counter()
        self._since = now
        self._known = len(sys.modules)
        self._nested = [0.0]
        self._import = builtins.__import__
        age = _age()
        if age is not None:
            self.phases.append(Phase("interpreter, command line", age * 1000, self._known))
        self._thread = threading.get_ident()
        builtins.__import__ = self._measured_import
        os.register_at_fork(after_in_child=self.finish)  # a worker has nothing to print

    def mark(self, name: str) -> None:
        """Finish a phase: all that was done since the one before it."""
        now = time.perf_counter()
        count = len(sys.modules)
        self.phases.append(Phase(name, (now - self._since) * 1000, count - self._known))
        self._since, self._known = now, count

    def finish(self) -> None:
        """Measure imports no more."""
        builtins.__import__ = self._import

    def _measured_import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  (the names of __import__)
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and (name in sys.modules or threading.get_ident() != self._thread):
            return self._import(name, globals, locals, fromlist, level)
        before = len(sys.modules)
        began = time.perf_counter()
        self._nested.append(0.0)
        try:
            return self._import(name, globals, locals, fromlist, level)
        finally:
            took = (time.perf_counter() - began) * 1000
            own = took - self._nested.pop()
            self._nested[-1] += took
            if len(sys.modules) > before:
                module = _absolute(name, level, globals)
                self.modules[module] = self.modules.get(module, 0.0) + own

    def lines(self) -> list[str]:
        """Return the table for a terminal."""
        total = sum(phase.milliseconds for phase in self.phases)
        width = max(len(phase.name) for phase in self.phases)
        lines = [f"The start took {total:.0f} ms:"]
        for phase in self.phases:
            share = _PERCENT * phase.milliseconds / total if total else 0.0
            lines.append(
                f"   {phase.milliseconds:7.1f} ms {share:3.0f} %  {phase.name:{width}}"
                f"  {phase.modules:4} modules"
            )
        slowest = self.slowest()
        if slowest:
            lines.append("Imports that took longest, each without what it imports:")
            lines += [f"   {took:7.1f} ms        {name}" for name, took in slowest]
        return lines

    def slowest(self) -> list[tuple[str, float]]:
        """Return the modules that took longest, and their milliseconds."""
        ordered = sorted(self.modules.items(), key=lambda item: -item[1])
        return [item for item in ordered[:SHOWN_MODULES] if item[1] >= LEAST_MILLISECONDS]


def _absolute(name: str, level: int, importer: Mapping[str, object] | None) -> str:
    """Return the full name of a module that is imported as `from ..name import x`."""
    if not level:
        return name
    package = str((importer or {}).get("__package__") or "")
    base = package.rsplit(".", level - 1)[0] if level > 1 else package
    return f"{base}.{name}" if name else base


def _age() -> float | None:
    """Return how many seconds ago this process was created; None if the system does not say.

    The kernel counts in ticks, of which there are 100 in a second nearly everywhere.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
    except OSError:
        return None
    created = ticks / os.sysconf("SC_CLK_TCK")
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - created)
