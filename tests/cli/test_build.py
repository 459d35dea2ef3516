"""`rocketpy build` and `rocketpy image`, up to the point where building begins.

What they build is tested in tests/packaging.
"""

from __future__ import annotations

import pytest

from rocketpy.cli import build, main
from tests.support import Place

APP = "import rocketpy\napp = rocketpy.App()\n"


@pytest.mark.parametrize("command", ["build", "image"])
def test_unknown_feature(place: Place, command: str) -> None:
    """A feature that does not exist is named, with those that do; nothing is built."""
    place.write("app.py", APP)
    save = ["--save", "image.tar"] if command == "image" else []
    run = place.run(command, "--features", "tls,http3", *save)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("Error: unknown feature 'http3'; allowed: ")
    assert "tls" in run.stderr
    assert not (place.folder / "image.tar").exists()
    assert not (place.folder / "dist").exists()


def test_a_package_is_missing(place: Place) -> None:
    """Without what the extra `build` installs, the error says how to install it."""
    place.write("app.py", APP)
    place.write("zstandard.py", "raise ModuleNotFoundError('no zstandard', name='zstandard')\n")
    run = place.run("build")
    assert run.returncode == 1
    assert run.stderr == (
        "Error: building needs the package zstandard: pip install 'rocketpy-config[build]'\n"
    )


def test_no_engine(place: Place) -> None:
    """Without docker and podman, `image` fails before it builds."""
    place.write("app.py", APP)
    run = place.run("image", env={"PATH": str(place.folder)})
    assert (run.returncode, run.stdout) == (1, "")
    assert "docker" in run.stderr
    assert "podman" in run.stderr


def test_a_label_without_a_value(place: Place) -> None:
    """A label that is not KEY=TEXT is wrong usage."""
    run = place.run("image", "--label", "maintainer")
    assert run.returncode == 2
    assert "'maintainer' is not a label: write KEY=TEXT" in run.stderr


@pytest.mark.parametrize("command", [["build"], ["image", "--save", "image.tar"]])
def test_interrupted(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends a build with 130, and says that finished steps are kept."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "make", interrupt)
    assert main.run(command) == 130
    assert "the cache" in capsys.readouterr().err
