"""Python's `logging`, warnings and uncaught exceptions, connected to the service's log.

Importing `logging` takes some milliseconds; only a process that serves needs this module.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from rocketpy.config.masking import is_secret_name
from rocketpy.figment.kind import REDACTED

if TYPE_CHECKING:
    from types import TracebackType

    from rocketpy.common.log import Log

_LEVELS = {"critical": logging.WARNING, "normal": logging.INFO, "debug": logging.DEBUG}
"""Of each `log_level`, the least level of a record that is printed."""

_ATTRIBUTES = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
"""The attributes that every record has; the others come from `extra`."""


def connect_logging(log: Log) -> None:
    """Have Python's `logging` print to the log what `log_level` includes.

    An application's own configuration of `logging` counts: where the root logger has a handler
    already, nothing is changed; and one that is made later replaces this one. A level that the
    application gave to a logger counts too.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LogHandler)]:
        root.removeHandler(handler)  # of an earlier launch in this process
    if not root.handlers:
        root.addHandler(LogHandler(log))
        if root.level == logging.WARNING:  # not changed by the application
            level = next((rank for rank in ("debug", "normal") if log.shows(rank)), "critical")
            root.setLevel(_LEVELS[level])
    logging.captureWarnings(capture=True)


def connect_hooks(log: Log) -> None:
    """Have exceptions that nothing catches printed to the log, in any thread.

    Hooks that the application has set are left as they are.
    """
    if sys.excepthook is sys.__excepthook__ or isinstance(sys.excepthook, _UncaughtHook):
        sys.excepthook = _UncaughtHook(log)
    in_thread = threading.excepthook
    if in_thread is threading.__excepthook__ or isinstance(in_thread, _UncaughtInThreadHook):
        threading.excepthook = _UncaughtInThreadHook(log)


class _UncaughtHook:
    """Prints exceptions of the main thread; the next launch in this process replaces it."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            print_exception(self._log, "uncaught exception", error)


class _UncaughtInThreadHook:
    """Prints exceptions of the other threads; the next launch in this process replaces it."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
            name = found.thread.name if found.thread else "?"
            print_exception(self._log, f"uncaught exception in thread {name}", found.exc_value)


def print_exception(log: Log, message: str, error: BaseException) -> None:
    """Print an error with its traceback."""
    log.record("error", message, traceback="".join(traceback.format_exception(error)))


class LogHandler(logging.Handler):
    """Prints the records of Python's `logging` to the service's log.

    Args:
        log: the log; it has a lock and a level of its own.
    """

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        try:
            message = record.getMessage().rstrip("\n")  # Python's warnings end with one
        except Exception as error:  # noqa: BLE001  (arguments that do not fit the message)
            print_exception(self._log, f"a log record cannot be formatted: {record.msg!r}", error)
            return
        self._log.record(
            record.levelname.lower() if record.levelname in _NAMES else _level(record.levelno),
            message,
            logger=record.name,
            traceback=_traceback(record),
            **_extra(record),
        )


_NAMES = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


def _level(number: int) -> str:
    """Return the name of the highest level that is not above a level of the application's own."""
    known = [name for name in _NAMES if getattr(logging, name) <= number]
    return max(known, key=lambda name: getattr(logging, name), default="DEBUG").lower()


def _traceback(record: logging.LogRecord) -> str | None:
    parts = []
    if record.exc_info and record.exc_info[1] is not None:
        parts.append("".join(traceback.format_exception(record.exc_info[1])))
    elif record.exc_text:
        parts.append(record.exc_text)
    if record.stack_info:
        parts.append(record.stack_info)
    return "\n".join(parts) or None


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields that the application added by `extra`, without secrets."""
    reserved = {"time", "level", "logger", "traceback"}
    return {
        name: REDACTED if is_secret_name(name) else value
        for name, value in vars(record).items()
        if name not in _ATTRIBUTES and name not in reserved
    }
