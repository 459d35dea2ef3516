"""The service's log: launch lines, warnings, errors, the access log, the application's records.

It has two forms. As text, lines are as Rocket prints them, with colours on a terminal. As JSON
(where `access_log` is `json`) every line is one object with `time`, `level` and `message` at least.
`log_writer` writes the records; `log_handler` connects Python's `logging`.
"""

from __future__ import annotations

import functools
import os
import time
from typing import TYPE_CHECKING, Any, Final

from rocketpy.common.log_writer import LogWriter, standard_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from rocketpy.config.rocket_config import ServiceConfig

RANKS: Final = {"off": 0, "critical": 1, "normal": 2, "debug": 3}
"""The values of `log_level`: a record of a rank is printed at that `log_level` and above it."""

_COLOURS: Final = {"blue": 34, "red": 31, "yellow": 33, "magenta": 35, "green": 32, "cyan": 36}

_FORMS: Final = {
    "debug": ("", "magenta"),
    "info": ("", "blue"),
    "warning": ("Warning:", "yellow"),
    "error": ("Error:", "red"),
    "critical": ("Error:", "red"),
}
"""Of each level of a record, the word that a line of text begins with, and its colour."""


class Log:
    """Prints records whose rank the configured `log_level` includes.

    An item is a line that belongs to the heading before it: indented as text; in JSON its field
    `under` is that heading.

    Args:
        level: `off`, `critical`, `normal` or `debug`.
        colors: whether a terminal gets colours and emoji; nothing else ever does.
        as_json: whether every line is JSON.
        stream: where to print, instead of standard output (and standard error when that fails).

    Attributes:
        as_json: see above.
        writer: writes the records.
    """

    def __init__(
        self,
        level: str,
        *,
        colors: bool,
        as_json: bool = False,
        stream: TextIO | None = None,
    ) -> None:
        self._dumps: Callable[..., str] | None = None
        if as_json:
            import json  # now, before anything is forked

            self._dumps = json.dumps
        self.as_json = as_json
        self._rank = RANKS[level]
        self._heading = ""
        streams = standard_streams() if stream is None else [stream]
        self.writer: LogWriter = LogWriter(streams, self._dropped_record)
        self.colors: bool = (
            colors and not as_json and bool(streams) and all(map(_is_terminal, streams))
        )

    @classmethod
    def of(cls, config: ServiceConfig, stream: TextIO | None = None) -> Log:
        """Return a log as `log_level`, `cli_colors` and `access_log` of a configuration say."""
        return cls(
            config.log_level,
            colors=config.cli_colors,
            as_json=config.access_log == "json",
            stream=stream,
        )

    def shows(self, rank: str) -> bool:
        """Return whether records of a rank (`critical`, `normal`, `debug`) are printed."""
        return self._rank >= RANKS[rank]

    def meta(self, text: str, emoji: str = "") -> None:
        """Print a heading of the launch, at `normal`."""
        self._print_heading("normal", "info", text, self.emoji(emoji) + self.paint(text, "blue"))

    def item(self, text: str) -> None:
        """Print an item, at `normal`."""
        self._print_item("normal", "info", text)

    def launched(self, text: str, emoji: str = "") -> None:
        """Print what is printed at every level but `off`."""
        self._print_heading("critical", "info", text, self.emoji(emoji) + self.bold(text))

    def warning(self, text: str) -> None:
        """Print a warning, at `critical`."""
        self._print_heading("critical", "warning", text, self._leveled("warning", text))

    def warning_item(self, text: str) -> None:
        """Print an item that is as important as the warning that it belongs to."""
        self._print_item("critical", "warning", text)

    def error(self, text: str) -> None:
        """Print an error, at `critical`."""
        self._print_heading("critical", "error", text, self._leveled("error", text))

    def trace(self, text: str) -> None:
        """Print a heading that only `debug` shows."""
        self._print_heading("debug", "debug", text, self.paint(text, "magenta"))

    def trace_item(self, text: str) -> None:
        """Print an item that only `debug` shows."""
        self._print_item("debug", "debug", text)

    def record(self, level: str, message: str, **fields: Any) -> None:
        """Print a record of the application's, the server's or a library's.

        Args:
            level: `debug`, `info`, `warning`, `error` or `critical`.
            message: what happened.
            fields: of the JSON form, those that are not None; as text, only `traceback` is printed.
        """
        rank = {"debug": "debug", "info": "normal"}.get(level, "critical")
        if not self.shows(rank):
            return
        if self.as_json:
            self.writer.write(self._json(level, message, fields))
            return
        text = self._leveled(level, message)
        if traceback := fields.get("traceback"):
            text += f"\n{traceback.rstrip()}"
        self.writer.write(f"{text}\n")

    def bold(self, text: str) -> str:
        """Return a text in bold, where there are colours."""
        return f"\x1b[1m{text}\x1b[0m" if self.colors else text

    def paint(self, text: str, colour: str) -> str:
        """Return a text in a colour, where there are colours."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colors else text

    def emoji(self, emoji: str) -> str:
        """Return an emoji and a space, where there are colours."""
        return f"{emoji} " if self.colors and emoji else ""

    def _leveled(self, level: str, text: str) -> str:
        word, colour = _FORMS[level]
        painted = self.paint(text, colour)
        return f"{self.bold(self.paint(word, colour))} {painted}" if word else painted

    def _print_heading(self, rank: str, level: str, text: str, shown: str) -> None:
        if not self.shows(rank):
            return
        self._heading = text
        if self.as_json:
            self.writer.write(self._json(level, text, {}))
        else:
            self.writer.write(f"{shown}\n")

    def _print_item(self, rank: str, level: str, text: str) -> None:
        if not self.shows(rank):
            return
        if self.as_json:
            self.writer.write(self._json(level, text, {"under": self._heading}))
        else:
            self.writer.write(f"   {self.bold('>>')} {self.paint(text, _FORMS[level][1])}\n")

    def _json(self, level: str, message: str, fields: dict[str, Any]) -> str:
        record = {"time": timestamp(time.time()), "level": level, "message": message}
        record |= {name: value for name, value in fields.items() if value is not None}
        return f"{self._dumps(record, default=str)}\n" if self._dumps else ""

    def _dropped_record(self, count: int) -> str:
        message = f"{count} records of the log were dropped: its reader did not take them"
        if self.as_json:
            return self._json("warning", message, {"dropped": count})
        return f"{self._leveled('warning', message)}\n"


class LogErrorStream:
    """The log as `wsgi.errors`: each write is one record.

    Args:
        log: the log.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def write(self, text: str) -> int:
        """Print a text; white space alone is left out."""
        if text.strip():
            self._log.record("error", text.rstrip())
        return len(text)

    def write_traceback(self, message: str, traceback: str) -> None:
        """Print what failed, and the traceback of the error."""
        self._log.record("error", message, traceback=traceback)

    def writelines(self, lines: Iterable[str]) -> None:
        """Print texts as one record."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Do nothing: a record is written at once."""


def timestamp(seconds: float) -> str:
    """Write a time of `time.time`'s clock as RFC 3339 does, in UTC and to the millisecond.

    >>> timestamp(1_700_000_000.0879)
    '2023-11-14T22:13:20.087Z'
    """
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return f"{_second(whole)}.{milliseconds:03d}Z"


@functools.lru_cache(maxsize=2)
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return os.isatty(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False
