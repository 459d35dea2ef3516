"""Telling what a build is doing: named steps, each with the time it took."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class Progress:
    """Prints a line when a step begins and completes it when the step ends.

    On a terminal the line is one; elsewhere (a log, CI) each step has a line of its own at its
    end, so that nothing is written twice.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self.times: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, note: str = "") -> Iterator[None]:
        """Time what happens inside.

        Args:
            name: the step's name, a word or three.
            note: what it works on, such as a version.
        """
        title = f"{name} {note}".strip()
        if self._live:
            self._write(f"  …  {title}\r")
        start = time.monotonic()
        try:
            yield
        except BaseException:
            self._write(f"failed after {time.monotonic() - start:.1f} s: {title}\n")
            raise
        self.times[name] = time.monotonic() - start
        self._write(f"{self.times[name]:7.1f} s  {title}\n")

    def cached(self, name: str, note: str = "") -> None:
        """Say that a step has nothing to do."""
        self.times[name] = 0.0
        self._write(f"   cached  {name} {note}".rstrip() + "\n")

    def say(self, text: str) -> None:
        """Tell something that is no step."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
