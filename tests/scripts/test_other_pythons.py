"""`make test-all` finds the interpreters that can run the suite."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts import other_pythons


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a machine with an empty PATH and without pyenv."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(sys, "argv", ["other_pythons.py"])
    return tmp_path


def program(path: Path, text: str) -> Path:
    """Write a program in the place of an interpreter; it prints what it would print."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_supported() -> None:
    """The classifiers name the versions; the one that runs this is not another one."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert {*other_pythons.supported(), here} == {"3.11", "3.12", "3.13"}


def test_on_path(machine: Path) -> None:
    """An interpreter on PATH is found."""
    python = program(machine / "bin" / "python3.12", "echo 3.12")
    assert other_pythons.find("3.12") == ("3.12", python)
    assert other_pythons.find("3.13") is None


@pytest.mark.parametrize("shim", ["exit 127", "echo 3.11"])
def test_a_shim_that_runs_nothing(machine: Path, shim: str) -> None:
    """What fails, or is another version, is passed over for pyenv's newest release."""
    program(machine / "bin" / "python3.12", shim)
    for release in ("3.12.9", "3.12.11", "3.12.2"):
        program(machine / "pyenv" / "versions" / release / "bin" / "python3.12", "echo 3.12")
    found = other_pythons.find("3.12")
    assert found
    assert found.path == machine / "pyenv" / "versions" / "3.12.11" / "bin" / "python3.12"


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_none_found(machine: Path, ci: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Continuous integration fails where no other version is found; a person's machine does not."""
    assert os.listdir(machine / "bin") == []
    monkeypatch.setenv("CI", ci)
    assert other_pythons.main() == code
