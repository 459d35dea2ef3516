"""A build's steps are reported, on a terminal and in a log."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging.steps import progress
from rocketpy.packaging.steps.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def wait_for(stream: io.StringIO, pattern: str) -> None:
    """Wait until a stream contains a pattern; bounded in time by the test's own limit."""
    while not re.search(pattern, stream.getvalue()):
        time.sleep(0.01)


def test_in_a_log() -> None:
    """A short step is one line, at its end."""
    out = io.StringIO()
    reported = Progress(out)
    with reported.step("Compile", "1.2"):
        assert out.getvalue() == ""
    assert out.getvalue().endswith(" s  Compile 1.2\n")
    assert reported.times["Compile"] >= 0
    reported.cached("Link")
    reported.say("done")
    assert out.getvalue().endswith("   cached  Link\ndone\n")


def test_a_long_step_in_a_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sign of life comes again and again, with the file that is being compiled."""
    monkeypatch.setattr(progress, "SIGN_SECONDS", 0.02)
    out = io.StringIO()
    reported = Progress(out)
    log = tmp_path / "log"
    log.write_text("gcc -c earlier.c\n")
    reported.follow(str(log))
    with log.open("a") as file:
        file.write("gcc -c -O2 ./Objects/dictobject.c -o Objects/dictobject.o\n")
    with reported.step("CPython"), reported.step("CPython: final pass"):
        wait_for(out, r"(?s)(CPython: final pass  0:00  \(Objects/dictobject\.c\)\n.*){2}")
        with log.open("a") as file:
            file.write("   Compiling regex v1.12.2\n")
        wait_for(out, r"\(regex\)\n")
    assert "\r" not in out.getvalue()
    assert "earlier" not in out.getvalue()


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step is shown with its number and the remaining time while it runs, on one line."""
    monkeypatch.setattr(progress, "LIVE_SECONDS", 0.01)
    out = Terminal()
    reported = Progress(out)
    reported.plan(["modules", "CPython", "launcher"])
    reported.cached("modules")
    with reported.step("CPython"):
        wait_for(out, r"  …  \[2/3\] CPython  0:00, about [45]:\d\d left\r")
    assert re.search(r"\r +\r +\d\.\d s  CPython\n$", out.getvalue())


def test_the_machine_decides_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that took twice as long as is typical so far will do so again."""
    reported = Progress(io.StringIO())
    reported.plan(["pydantic-core", "CPython"])
    reported._done = {"pydantic-core"}
    reported.times = {"pydantic-core": 2.0 * progress.TYPICAL_SECONDS["pydantic-core"]}
    assert reported._remaining(0.0) == pytest.approx(2 * progress.TYPICAL_SECONDS["CPython"])


def test_a_failure() -> None:
    """The failed step is named, and its line is ended."""
    out = Terminal()

    def fail() -> None:
        with Progress(out).step("Compile"):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert re.search(r"failed after \d\.\d s: Compile\n$", out.getvalue())
