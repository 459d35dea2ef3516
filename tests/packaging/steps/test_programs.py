"""Programs run with their output in a log, and their failures are shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.steps.programs import SHOWN, output, run

if TYPE_CHECKING:
    from pathlib import Path


def test_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Command, stdout and stderr are added to the log; variables are added and taken away."""
    monkeypatch.setenv("TAKEN", "away")
    log = tmp_path / "log"
    log.write_text("before\n")
    program = (
        "import os, sys; print(os.environ['ADDED'], 'TAKEN' in os.environ, os.getcwd());"
        "print('to stderr', file=sys.stderr); print(repr(sys.stdin.read()))"
    )
    command = [sys.executable, "-c", program]
    run(command, log=str(log), cwd=str(tmp_path), env={"ADDED": "yes", "TAKEN": None})
    text = log.read_text()
    assert text.startswith(f"before\n\n$ {sys.executable}")
    assert f"yes False {tmp_path}\n" in text
    assert "to stderr" in text
    assert "''" in text


def test_failure_shows_the_end(tmp_path: Path) -> None:
    """The last lines are in the error, with the exit code and the log's path."""
    log = tmp_path / "log"
    program = "print(*range(1000), sep='\\n'); print('\\udcff'); raise SystemExit(3)"
    command = [sys.executable, "-X", "utf8", "-c", program.replace("print('\\udcff');", "")]
    with pytest.raises(BuildError, match=r"failed \(exit code 3\)") as caught:
        run(command, log=str(log))
    lines = str(caught.value).splitlines()
    assert str(log) in lines[0]
    assert lines[-1] == "999"
    assert len(lines) == SHOWN + 1


def test_no_such_program(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(BuildError, match=r"^no-such-program: no such program$"):
        run(["no-such-program", "x"], log=str(tmp_path / "log"))
    with pytest.raises(BuildError, match=r"^no-such-program: no such program$"):
        output(["no-such-program"])


def test_output() -> None:
    """The output is returned; an error has the reason."""
    assert output([sys.executable, "-c", "print('a\\nb')"]) == "a\nb"
    say = "import sys; print('no'); print('yes', file=sys.stderr)"
    assert output([sys.executable, "-c", say], errors=True) == "yes"
    with pytest.raises(BuildError, match="the reason"):
        output([sys.executable, "-c", "raise SystemExit('the reason')"])
