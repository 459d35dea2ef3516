"""Builds the demo by other means: an installed Python, PyInstaller, Nuitka, and Rocket in Rust.

The results are kept in a folder that git ignores. Versions are pinned, so that two runs compare
the same things.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "benchmarks"

PYINSTALLER = ("pyinstaller==6.22.3",)
NUITKA = ("nuitka==4.3.3", "zstandard==0.25.0")
ENTRY = "import sys\nimport app\nimport rocketpy\nsys.exit(rocketpy.launch(app.app))\n"


class Unavailable(Exception):  # noqa: N818  (a row of the table, not an error)
    """This machine cannot build a peer; the message says what is missing."""


def debian_python() -> str:
    """Return the interpreter of the Linux distribution, which most people run."""
    python = "/usr/bin/python3.11"
    return python if os.path.exists(python) else sys.executable


def environment(name: str, *packages: str) -> pathlib.Path:
    """Return a virtual environment with the project and some packages; it is made once."""
    folder = CACHE / name
    ready = folder / ".ready"
    wanted = "\n".join(packages)
    if not ready.exists() or ready.read_text(encoding="utf-8") != wanted:
        _run(debian_python(), str(ROOT / "scripts" / "bootstrap.py"), str(folder))
        pip = str(folder / "bin" / "pip")
        _run(pip, "install", "--quiet", str(ROOT), *packages)
        ready.write_text(wanted, encoding="utf-8")
    # The project itself is installed in its current state.
    pip = str(folder / "bin" / "pip")
    _run(pip, "install", "--quiet", "--no-deps", "--force-reinstall", str(ROOT))
    return folder


def installed() -> list[str]:
    """Return the command that serves the demo on an installed Python."""
    python = str(environment("installed") / "bin" / "python")
    return [python, "-O", "-m", "rocketpy", "launch"]


def pyinstaller() -> str:
    """Return PyInstaller's one file."""
    folder = environment("pyinstaller", *PYINSTALLER)
    work = _project("pyinstaller-work")
    _run(
        *(str(folder / "bin" / "pyinstaller"), "--onefile", "--noconfirm", "--optimize", "2"),
        *("--collect-submodules", "rocketpy", "--copy-metadata", "rocketpy-config"),
        *("--log-level", "ERROR", "entry.py"),
        cwd=work,
    )
    return str(work / "dist" / "entry")


def nuitka() -> str:
    """Return Nuitka's one file."""
    folder = environment("nuitka", *NUITKA)
    work = _project("nuitka-work")
    made = work / "entry.bin"
    if not made.exists():
        _run(
            *(str(folder / "bin" / "python"), "-m", "nuitka", "--onefile", "--quiet"),
            *("--assume-yes-for-downloads", "--include-package=rocketpy", "--python-flag=-OO"),
            *("--noinclude-pytest-mode=nofollow", "entry.py"),
            cwd=work,
        )
    return str(made)


def rust() -> str:
    """Return the same two routes on Rocket itself, linked statically and stripped."""
    if shutil.which("cargo") is None:
        raise Unavailable("cargo is not installed")
    source = ROOT / "benchmarks" / "rust"
    target = "x86_64-unknown-linux-gnu"
    env = {"RUSTFLAGS": "-C target-feature=+crt-static -C strip=symbols"}
    _run(
        *("cargo", "build", "--quiet", "--release", "--locked", "--target", target),
        *("--target-dir", str(CACHE / "rust")),
        cwd=source,
        env=env,
    )
    name = next(
        line.split('"')[1]
        for line in (source / "Cargo.toml").read_text(encoding="utf-8").splitlines()
        if line.startswith("name")
    )
    return str(CACHE / "rust" / target / "release" / name)


def _project(name: str) -> pathlib.Path:
    """Return a folder with the demo in its current state, and a start script."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("app.py", "Rocket.toml"):
        shutil.copy(ROOT / file, folder / file)
    (folder / "entry.py").write_text(ENTRY, encoding="utf-8")
    return folder


def _run(*command: str, cwd: pathlib.Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run a program.

    Raises:
        Unavailable: it failed; the end of its output is in the message.
    """
    run = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        end = "\n".join((run.stdout + run.stderr).splitlines()[-8:])
        raise Unavailable(f"`{' '.join(command[:4])} …` failed:\n{end}")
