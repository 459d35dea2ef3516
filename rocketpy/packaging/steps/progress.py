"""Reports a build's steps: which one of how many, its time, what it compiles, and what remains.

On a terminal one line is rewritten twice a second and completed when the step ends. Elsewhere (a
log, continuous integration) each step has a line at its end, and a long one a line each half
minute, so that the build does not look hung.

A thread of its own writes while a step runs. `_lock` guards the stream and `_line`; `_running` is
changed by the thread of the build alone, which ends the other one before the outermost step ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIVE_SECONDS = 0.5
"""Seconds between two states of the line on a terminal."""
SIGN_SECONDS = 30.0
"""Seconds between two lines about one step elsewhere."""
ENOUGH_SECONDS = 30
"""Typical seconds of finished steps from which the machine's speed is known well enough."""
TAIL = 4096
"""Bytes of the log's end in which the name of what is compiled is looked for."""

TYPICAL_SECONDS = {
    "CPython source": 5,
    "modules": 3,
    "pydantic-core": 95,
    "CPython quick": 75,
    "CPython": 240,
    "distribution": 4,
    "launcher": 45,
    "bundle": 3,
    "self-test": 1,
    "Pack": 35,
}
"""Seconds of each step on two idle cores of 2024, as measured; the machine's speed scales them."""

_COMPILED = re.compile(r"Compiling (?P<crate>\S+)|(?:\s|^)(?:\./)?(?P<file>[\w./-]+\.c)\b")


class Progress:
    """Prints the progress of a build.

    Args:
        stream: where to print; stderr if None.

    Attributes:
        times: of each finished step its seconds; 0 for one whose result was in the cache.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._lock = threading.Lock()
        self._line = ""
        self._running: list[tuple[str, float]] = []
        self._plan: list[str] = []
        self._done: set[str] = set()
        self.times: dict[str, float] = {}
        self._log = ("", 0)

    def follow(self, log: str) -> None:
        """Name what is compiled by the end of a log, from now on.

        Args:
            log: the file with the output of the programs that the current step runs.
        """
        self._log = (log, os.path.getsize(log) if os.path.exists(log) else 0)

    def plan(self, steps: Sequence[str]) -> None:
        """Set the names of the steps that are to come, for their number and the remaining time."""
        self._plan = list(steps)

    @contextmanager
    def step(self, name: str, note: str = "") -> Iterator[None]:
        """Time a block, and report it. Steps inside it are parts of it.

        Args:
            name: the step's name, a word or three.
            note: what it works on, such as a version.
        """
        title = f"{name} {note}".strip()
        start = time.monotonic()
        ended = threading.Event()
        outermost = not self._running
        self._running.append((title, start))
        thread = threading.Thread(target=self._tick, args=(ended,), daemon=True)
        if outermost:
            self._done.add(name)
            thread.start()
        try:
            yield
        except BaseException:
            self.say(f"failed after {time.monotonic() - start:.1f} s: {title}")
            raise
        finally:
            self._running.pop()
            if outermost:
                ended.set()
                thread.join()
        self.times[name] = time.monotonic() - start
        self.say(f"{self.times[name]:7.1f} s  {title}")

    def cached(self, name: str, note: str = "") -> None:
        """Report a step whose result is in the cache."""
        self.times[name] = 0.0
        self._done.add(name)
        self.say(f"   cached  {name} {note}".rstrip())

    def say(self, text: str) -> None:
        """Print a line."""
        with self._lock:
            self._write(f"{self._cleared()}{text}\n")

    def _tick(self, ended: threading.Event) -> None:
        """Report the running step until it ends."""
        while True:
            if self._live:
                with self._lock:
                    line = self._state()[: _width(self._stream) - 1]
                    cleared, self._line = self._cleared(), line
                    self._write(f"{cleared}{line}\r")
            if ended.wait(LIVE_SECONDS if self._live else SIGN_SECONDS):
                return
            if not self._live:
                with self._lock:
                    self._write(f"{self._state()}\n")

    def _state(self) -> str:
        """Return one line about the running step."""
        running = list(self._running)
        if not running:
            return self._line
        now = time.monotonic()
        total = max(len(self._plan), len(self._done))
        number = f"[{len(self._done)}/{total}] " if self._plan else ""
        remaining = self._remaining(now - running[0][1])
        about = f", about {_clock(remaining)} left" if remaining else ""
        compiled = _compiled(*self._log)
        return (
            f"  …  {number}{running[-1][0]}  {_clock(now - running[0][1])}{about}"
            f"{f'  ({compiled})' if compiled else ''}"
        )

    def _remaining(self, running: float) -> float:
        """Return the estimated seconds until the planned steps are done; 0 if there is no plan.

        Args:
            running: the seconds that the current step has taken so far.
        """
        if not self._plan:
            return 0.0
        finished = [name for name in self._done if self.times.get(name, 0) >= 1]
        typical = sum(TYPICAL_SECONDS.get(name, 1) for name in finished)
        measured = sum(self.times[name] for name in finished)
        factor = measured / typical if typical >= ENOUGH_SECONDS else 1.0
        current = [name for name in self._plan if name in self._done and name not in self.times]
        later = [name for name in self._plan if name not in self._done]
        left = sum(TYPICAL_SECONDS.get(name, 1) for name in (*current, *later)) * factor
        return max(left - running, 1.0)

    def _cleared(self) -> str:
        """Return what removes the live line from a terminal."""
        return f"\r{' ' * len(self._line)}\r" if self._line else ""

    def _write(self, text: str) -> None:
        if text.endswith("\n"):
            self._line = ""
        self._stream.write(text)
        self._stream.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _width(stream: TextIO) -> int:
    """Return the width of a terminal; a line that is longer could not be rewritten."""
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or 80
    return 80


def _compiled(log: str, start: int) -> str:
    """Return the last file or crate that a log names after a position; empty if there is none."""
    with contextlib.suppress(OSError):
        with open(log, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - TAIL, start))
            text = file.read().decode(errors="replace")
        found = list(_COMPILED.finditer(text))
        if found:
            return found[-1]["crate"] or found[-1]["file"]
    return ""
