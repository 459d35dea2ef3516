"""The log's two forms, and Python's `logging` in both."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
import threading
import warnings
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.common.log import Log, LogErrorStream
from rocketpy.common.log_handler import LogHandler, connect_hooks, connect_logging

if TYPE_CHECKING:
    from collections.abc import Iterator


class Captured:
    """A log and what it printed."""

    def __init__(self, level: str = "normal", *, as_json: bool = False) -> None:
        self._stream = io.StringIO()
        self.log = Log(level, colors=False, as_json=as_json, stream=self._stream)

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        """All lines, each of which must be JSON with valid common fields."""
        records = [json.loads(line) for line in self.text.splitlines()]
        for record in records:
            assert datetime.fromisoformat(record.pop("time")).tzinfo is not None
        return records


def say_all(log: Log) -> None:
    log.meta("heading")
    log.item("item")
    log.launched("launched")
    log.warning("warning")
    log.warning_item("detail")
    log.error("error")
    log.trace("trace")
    log.trace_item("traced")


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        ("off", ""),
        ("critical", "launched\nWarning: warning\n   >> detail\nError: error\n"),
        (
            "normal",
            "heading\n   >> item\nlaunched\nWarning: warning\n   >> detail\nError: error\n",
        ),
        (
            "debug",
            (
                "heading\n   >> item\nlaunched\nWarning: warning\n   >> detail\nError: error\n"
                "trace\n   >> traced\n"
            ),
        ),
    ],
)
def test_text(level: str, lines: str) -> None:
    """As text the lines are Rocket's; `log_level` says which are printed."""
    captured = Captured(level)
    say_all(captured.log)
    assert captured.text == lines


def test_json() -> None:
    """As JSON each line is an object, and an item has its heading."""
    captured = Captured("debug", as_json=True)
    say_all(captured.log)
    assert captured.records == [
        {"level": "info", "message": "heading"},
        {"level": "info", "message": "item", "under": "heading"},
        {"level": "info", "message": "launched"},
        {"level": "warning", "message": "warning"},
        {"level": "warning", "message": "detail", "under": "warning"},
        {"level": "error", "message": "error"},
        {"level": "debug", "message": "trace"},
        {"level": "debug", "message": "traced", "under": "trace"},
    ]


def test_dropped() -> None:
    """The record that says how many were dropped has the log's form."""
    captured = Captured(as_json=True)
    captured.log.writer.write(captured.log._dropped_record(3))
    assert captured.records[0]["dropped"] == 3
    captured = Captured()
    captured.log.writer.write(captured.log._dropped_record(3))
    assert captured.text.startswith("Warning: 3 records of the log were dropped")


@contextlib.contextmanager
def new_root() -> Iterator[None]:
    """Have the root logger as in a new process, without pytest's handlers, during a test."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    root.handlers = []
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)


def fail() -> None:
    raise RuntimeError("it failed")


def log_all() -> None:
    logger = logging.getLogger("shop.orders")
    logger.debug("debug %d", 1)
    logger.info("info")
    logger.warning("warning", extra={"order": 7, "api_key": "hunter2", "level": "x"})
    try:
        fail()
    except RuntimeError:
        logger.exception("failed")
    logger.log(35, "between")


@pytest.mark.parametrize(
    ("level", "messages"),
    [
        ("off", []),
        ("critical", ["warning", "failed", "between"]),
        ("normal", ["info", "warning", "failed", "between"]),
        ("debug", ["debug 1", "info", "warning", "failed", "between"]),
    ],
)
@new_root()
def test_logging_as_json(level: str, messages: list[str]) -> None:
    """Records of `logging` have their logger, their extra fields and their traceback."""
    captured = Captured(level, as_json=True)
    connect_logging(captured.log)
    log_all()
    records = captured.records
    assert [record["message"] for record in records] == messages
    assert {record["logger"] for record in records} <= {"shop.orders"}
    by_message = {record["message"]: record for record in records}
    if messages:
        warning = by_message["warning"]
        assert (warning["level"], warning["order"]) == ("warning", 7)
        assert warning["api_key"] == "[redacted]"
        assert by_message["failed"]["traceback"].endswith("RuntimeError: it failed\n")
        assert by_message["between"]["level"] == "warning"


@new_root()
def test_logging_as_text() -> None:
    """As text they are lines like the log's own."""
    captured = Captured()
    connect_logging(captured.log)
    log_all()
    info, warning, failed, trace, *rest = captured.text.splitlines()
    assert (info, warning, failed) == ("info", "Warning: warning", "Error: failed")
    assert trace == "Traceback (most recent call last):"
    assert rest[-2:] == ["RuntimeError: it failed", "Warning: between"]


@new_root()
def test_own_configuration() -> None:
    """A configuration of the application's own counts."""
    own = io.StringIO()
    logging.basicConfig(stream=own, level=logging.INFO, format="%(name)s %(message)s")
    captured = Captured("debug")
    connect_logging(captured.log)
    log_all()
    assert own.getvalue().startswith("shop.orders info\nshop.orders warning\n")
    assert captured.text == ""


@new_root()
def test_own_level() -> None:
    """So does a level that the application has set."""
    logging.getLogger().setLevel(logging.ERROR)
    captured = Captured("debug")
    connect_logging(captured.log)
    log_all()
    assert captured.text.startswith("Error: failed\n")


@new_root()
def test_second_launch() -> None:
    """A second launch in one process has `logging` print to its own log."""
    first, second = Captured(), Captured()
    connect_logging(first.log)
    connect_logging(second.log)
    logging.getLogger("x").warning("w")
    assert (first.text, second.text) == ("", "Warning: w\n")
    assert [type(handler) for handler in logging.getLogger().handlers] == [LogHandler]


@new_root()
def test_record_that_cannot_be_formatted() -> None:
    """Arguments that do not fit are logged as an error, where they can be found."""
    captured = Captured(as_json=True)
    connect_logging(captured.log)
    logging.getLogger("x").warning("%d", "no number")
    (record,) = captured.records
    assert record["message"] == "a log record cannot be formatted: '%d'"
    assert "test_log.py" not in record["message"]
    assert "TypeError" in record["traceback"]


@new_root()
def test_values_that_are_no_json() -> None:
    """Whatever is in `extra`, the line is JSON."""
    captured = Captured(as_json=True)
    connect_logging(captured.log)
    logging.getLogger("x").warning("w", extra={"at": {1, 2}.__class__, "text": "\udc80\x1b"})
    assert captured.records[0]["text"] == "\udc80\x1b"


@new_root()
def test_warnings() -> None:
    """Python's warnings are records."""
    captured = Captured(as_json=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        connect_logging(captured.log)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    (record,) = captured.records
    assert (record["level"], record["logger"]) == ("warning", "py.warnings")
    assert not record["message"].endswith("\n")
    assert "DeprecationWarning: old" in record["message"]


def test_uncaught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that nothing catches is a record, in any thread."""
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    captured = Captured(as_json=True)
    connect_hooks(captured.log)

    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail, name="mine")
    thread.start()
    thread.join()
    error = ValueError("in main")
    sys.excepthook(type(error), error, None)
    in_thread, in_main = captured.records
    assert in_thread["message"] == "uncaught exception in thread mine"
    assert in_thread["traceback"].endswith("RuntimeError: in a thread\n")
    assert in_main["traceback"] == "ValueError: in main\n"


def test_hooks_of_a_second_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hooks of an earlier launch in this process print to the log of the later one."""
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    first, second = Captured(as_json=True), Captured(as_json=True)
    connect_hooks(first.log)
    connect_hooks(second.log)
    thread = threading.Thread(target=lambda: int("x"))
    thread.start()
    thread.join()
    error = ValueError("in main")
    sys.excepthook(type(error), error, None)
    assert (len(first.records), len(second.records)) == (0, 2)


def test_own_hooks_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks that the application has set are left as they are."""
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: found.append(error))
    own = sys.excepthook
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    connect_hooks(Captured().log)
    assert sys.excepthook is own


def test_error_stream() -> None:
    """What an application writes to `wsgi.errors` is one record for each write."""
    captured = Captured(as_json=True)
    stream = LogErrorStream(captured.log)
    stream.write("a\nb\n")
    stream.write("\n")
    stream.writelines(["c\n", "d\n"])
    stream.flush()
    assert [record["message"] for record in captured.records] == ["a\nb", "c\nd"]
