"""What an executable does beside its command, here with a folder in the place of a bundle."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging.modules.inside import commands
from tests.support import ROOT, SECONDS

if TYPE_CHECKING:
    from pathlib import Path


def self_test(folder: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Run the self-test of an application, whose own modules import `top` at their top."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    script = (
        "import sys; from types import SimpleNamespace as N\n"
        "from rocketpy.packaging.modules.inside.commands import self_test\n"
        f"sys.path.insert(0, {str(folder)!r})\n"
        "self_test(N(index={'application': {'target': 'app:app'}, 'top': ('json', 'a', 'app')}))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_a_self_test_that_passes(tmp_path: Path) -> None:
    """It ends, though the application has started a thread that does not."""
    app = "import threading, a\nthreading.Thread(target=threading.Event().wait).start()\napp = 1\n"
    done = self_test(tmp_path, app=app, a="")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_module(tmp_path: Path) -> None:
    """The chain of importers is shown, once."""
    done = self_test(tmp_path, app="import a\napp = 1\n", a="import b", b="import missing_one")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "app → a → b → missing_one: No module named 'missing_one'",
        "a → b → missing_one: No module named 'missing_one'",
    ]


def test_an_application_that_raises(tmp_path: Path) -> None:
    """Another error than of an import is a note, and hides no import that fails."""
    done = self_test(tmp_path, app="raise SystemExit('no settings')", a="")
    assert done.returncode == 0
    assert done.stderr.startswith("note: app raises when it is imported here: SystemExit: no sett")
    done = self_test(tmp_path, app="raise SystemExit('no settings')", a="import missing_one")
    assert done.returncode == 1
    assert "a → missing_one: " in done.stderr


def test_an_application_of_another_name(tmp_path: Path) -> None:
    """The module must have the application."""
    done = self_test(tmp_path, app="application = 1", a="")
    assert (done.returncode, done.stderr) == (1, "the module app has no app\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-c", "from multiprocessing.resource_tracker import main;main(4)"], True),
        (["-B", "-OO", "-c", "from multiprocessing.forkserver import main; main(1, {})"], True),
        (["-c", "import os"], False),
        (["-c"], False),
        (["config", "-c", "from multiprocessing.resource_tracker import main;main(4)"], False),
    ],
)
def test_children_of_multiprocessing(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, *, expected: bool
) -> None:
    """The three statements of the standard library are run, and no other code."""
    run: list[str] = []
    monkeypatch.setattr(sys, "argv", ["app"])
    monkeypatch.setattr("builtins.exec", lambda code, _: run.append(code))
    assert commands.run_child(arguments) is expected
    assert run == [code for code in arguments if code.startswith("from ")] * expected
    if expected:
        assert sys.argv[0] == "-c"


def test_a_spawned_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method spawn names its pipes in arguments of its own."""
    found: list[dict[str, int]] = []
    arguments = ["--multiprocessing-fork", "tracker_fd=19", "pipe_handle=21"]
    monkeypatch.setattr(sys, "argv", ["app", *arguments])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr("multiprocessing.spawn.spawn_main", lambda **options: found.append(options))
    with pytest.raises(SystemExit):
        commands.run_child(arguments)
    assert found == [{"tracker_fd": 19, "pipe_handle": 21}]


def test_encodings() -> None:
    """An encoding that was left out has a remedy; one that does not exist has none of ours."""
    bundle = SimpleNamespace(modules={"encodings.cp1252": 1})
    with pytest.raises(LookupError, match=r"'encodings\.shift_jis' to `include`"):
        commands.unknown_encoding("sjis", bundle)  # type: ignore[arg-type]  # a part of it is enough
    for name in ("cp1252", "windows_1252", "no_such"):
        commands.unknown_encoding(name, bundle)  # type: ignore[arg-type]  # the same
