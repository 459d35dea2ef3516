"""What the service says of itself, in Rocket's form: plain text, or colours on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

_RANKS: Final = {"off": 0, "critical": 1, "normal": 2, "debug": 3}
_COLOURS: Final = {"blue": 34, "red": 31, "yellow": 33, "magenta": 35, "green": 32, "cyan": 36}


class Log:
    """Prints lines of a level to standard output; what is beyond the configured level is dropped.

    A line that is indented belongs to the one before it. At `critical` only warnings and errors
    are printed, and of these the first line; at `off` nothing at all.

    Args:
        level: `off`, `critical`, `normal` or `debug`.
        colors: whether a terminal gets colours and emoji; nothing else ever does.
        stream: where to print.
    """

    def __init__(self, level: str, *, colors: bool, stream: TextIO | None = None) -> None:
        self._rank = _RANKS[level]
        self._stream = stream or sys.stdout
        self.colors = colors and _is_terminal(self._stream) and _is_terminal(sys.stderr)

    def meta(self, text: str, emoji: str = "") -> None:
        """Print a heading of the launch, at `normal`."""
        if self._rank >= _RANKS["normal"]:
            self._print(self.emoji(emoji) + self.paint(text, "blue"))

    def item(self, text: str) -> None:
        """Print a line that belongs to a heading, at `normal`."""
        if self._rank >= _RANKS["normal"]:
            self._print(f"   {self.bold('>>')} {self.paint(text, 'blue')}")

    def launched(self, text: str, emoji: str = "") -> None:
        """Print what matters at every level but `off`."""
        if self._rank >= _RANKS["critical"]:
            self._print(self.emoji(emoji) + self.bold(text))

    def warning(self, text: str) -> None:
        """Print a warning."""
        if self._rank >= _RANKS["critical"]:
            self._print(
                f"{self.bold(self.paint('Warning:', 'yellow'))} {self.paint(text, 'yellow')}"
            )

    def warning_item(self, text: str) -> None:
        """Print a line that belongs to a warning and is as important."""
        if self._rank >= _RANKS["critical"]:
            self._print(f"   {self.bold('>>')} {self.paint(text, 'yellow')}")

    def trace(self, text: str) -> None:
        """Print what only `debug` shows."""
        if self._rank >= _RANKS["debug"]:
            self._print(self.paint(text, "magenta"))

    def trace_item(self, text: str) -> None:
        """Print a line that belongs to what only `debug` shows."""
        if self._rank >= _RANKS["debug"]:
            self._print(f"   {self.bold('>>')} {self.paint(text, 'magenta')}")

    @property
    def is_normal(self) -> bool:
        """Whether lines of `normal` are printed."""
        return self._rank >= _RANKS["normal"]

    def plain(self, text: str, *, always: bool) -> None:
        """Print lines as they are, at `normal`; or, if `always`, at every level but `off`."""
        if self._rank >= _RANKS["critical" if always else "normal"]:
            self._print(text)

    def bold(self, text: str) -> str:
        """Return a text in bold, where there are colours."""
        return f"\x1b[1m{text}\x1b[0m" if self.colors else text

    def paint(self, text: str, colour: str) -> str:
        """Return a text in a colour, where there are colours."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colors else text

    def emoji(self, emoji: str) -> str:
        """Return an emoji and a space, where there are colours."""
        return f"{emoji} " if self.colors and emoji else ""

    def _print(self, line: str) -> None:
        # The log must not end the service: its reader may have gone.
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._rank = _RANKS["off"]


def _is_terminal(stream: TextIO) -> bool:
    try:
        return os.isatty(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False
