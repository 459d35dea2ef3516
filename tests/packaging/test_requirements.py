"""One error lists all that is missing, with the lines that install it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError, requirements

if TYPE_CHECKING:
    from pathlib import Path


def missing(*, tls: bool = False) -> str:
    with pytest.raises(BuildError) as caught:
        requirements.check(tls=tls)
    return str(caught.value)


@pytest.fixture(autouse=True)
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the version of Python that executables have, whichever runs the tests."""
    monkeypatch.setattr(sys, "version_info", (3, 11, *sys.version_info[2:]))


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it, and no PyOxidizer."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(requirements, "_pyoxidizer", lambda: None)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_another_minor_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages of another minor version may have other dependencies: the build is refused."""
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    text = missing()
    assert "this environment has Python 3.12, and executables have 3.11" in text
    assert "python3.11 -m venv" in text


class Package:
    """An installed package, as far as its name and its requirements go."""

    def __init__(self, *requires: str) -> None:
        self.name, self.requires = "redis", list(requires)


@pytest.mark.parametrize(
    ("requirement", "needed"),
    [
        ('async-timeout>=4.0.3; python_full_version < "3.11.3"', True),
        ("async-timeout (>=4); python_full_version <= '3.11.2'", True),
        ('falcon; python_full_version < "3.11.3"', False),
        ('async-timeout; python_full_version >= "3.11.3"', False),
        ('async-timeout; python_full_version < "3.8"', False),
        ('async-timeout; python_full_version < "3.11.3" and extra == "x"', False),
        ("async-timeout", False),
    ],
)
def test_another_patch_release(
    monkeypatch: pytest.MonkeyPatch, requirement: str, *, needed: bool
) -> None:
    """What pip left out for this release, and the executable's needs, is named."""
    monkeypatch.setattr(sys, "version_info", (3, 11, 7, "final", 0))
    found = requirements.missing_on("3.11.2", [Package(requirement)])  # type: ignore[list-item]  # enough of one
    assert bool(found) is needed
    if needed:
        assert found[0].startswith("redis needs async-timeout on Python 3.11.2")


def test_everything_at_once(bare: Path) -> None:
    """Programs, Rust and PyOxidizer, each with its way of installing, in one error."""
    text = missing()
    for name in ("gcc", "ld", "make", "patch", "objcopy"):
        assert f"the program {name}" in text
    assert "cargo and rustc, 1.88 or newer" in text
    assert "PyOxidizer" in text
    install = next(line for line in text.splitlines() if "apt-get install binutils" in line)
    assert install.split()[2:] == sorted({*install.split()[2:]})
    assert {"gcc", "make", "patch"} <= set(install.split())
    assert "apt-get install rustc-web cargo-web" in text
    assert "pip install 'rocketpy-config[build]'" in text


def test_libraries(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler finds headers and static libraries; OpenSSL's are for the feature alone."""
    for name in requirements.PROGRAMS:
        program(bare, name, "echo")
    text = missing()
    assert "zlib.h and libz.a" in text
    assert "apt-get install libc6-dev zlib1g-dev" in text
    assert "openssl" not in text
    assert "apt-get install libc6-dev libssl-dev zlib1g-dev" in missing(tls=True)


def test_old_rust(bare: Path) -> None:
    """A Rust that is too old is named with the required version."""
    program(bare, "cargo", "echo")
    program(bare, "rustc", "echo 'rustc 1.85.0 (abc 2025-01-01)'")
    assert "rustc 1.88 or newer (this is rustc 1.85.0" in missing()
    program(bare, "rustc", "echo 'rustc 1.88.0'")
    assert "rustc 1" not in missing()
    program(bare, "rustc", "echo 'no default toolchain' >&2; exit 1")
    assert "a rustc that works" in missing()


def test_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """On other machines than Linux x86_64 the remedy is a container."""
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert "arm64: build in a container" in missing()


def test_nothing_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raised if nothing is missing."""
    for name in (*requirements.PROGRAMS, "cargo"):
        program(tmp_path, name, "echo")
    program(tmp_path, "rustc", "echo rustc 1.99.1")
    library, include = tmp_path / "lib", tmp_path / "include" / "openssl"
    library.mkdir()
    include.mkdir(parents=True)
    for name in ("stdio.h", "zlib.h", "openssl/ssl.h"):
        (include.parent / name).touch()
    program(
        tmp_path,
        "gcc",
        f'case "$1" in -print*) echo {library}/x.a;; *) echo " {include.parent}" >&2;; esac',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(requirements, "_pyoxidizer", lambda: "0.24.0")
    requirements.check(tls=True)
