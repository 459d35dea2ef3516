"""Run the test suite on the other supported Python versions that this machine has.

Usage: python scripts/other_pythons.py [argument of pytest ...]

Each version has its own environment, such as .venv-3.13. The tests of packaging are left out: the
executable holds Python 3.11. Exits with 1 when a suite fails; with CI set in the environment also
when no other version is found.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)$")
LEFT_OUT = ("--ignore=tests/packaging", "--ignore=rocketpy/packaging")


class Interpreter(NamedTuple):
    """A Python that runs."""

    version: str
    """Major and minor version: `3.13`."""
    path: Path


def supported() -> list[str]:
    """Return the versions that pyproject.toml's classifiers name, less the one that runs this."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = [found[1] for line in project["classifiers"] if (found := CLASSIFIER.search(line))]
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [version for version in versions if version != here]


def candidates(version: str) -> list[Path]:
    """Return where an interpreter may be: on PATH, or pyenv's, the newest of its releases first."""
    name = f"python{version}"
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    releases = sorted(
        pyenv.glob(f"{version}.*"),
        key=lambda release: [int(part) for part in re.findall(r"\d+", release.name)],
        reverse=True,
    )
    return [folder / name for folder in [*folders, *(release / "bin" for release in releases)]]


def find(version: str) -> Interpreter | None:
    """Return the first candidate that runs and is of the version; pyenv's shims may do neither."""
    for path in candidates(version):
        if not os.access(path, os.X_OK):
            continue
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        asked = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.strip() == version:
            return Interpreter(version, path)
    return None


def environment(python: Interpreter) -> Path:
    """Make the version's environment, where it is missing or old, and return its folder."""
    folder = f".venv-{python.version}"
    subprocess.run(
        [
            "make",
            "--no-print-directory",
            f"VENV={folder}",
            f"PYTHON={python.path}",
            f"{folder}/.ready",
        ],
        cwd=ROOT,
        check=True,
    )
    return ROOT / folder


def suite(python: Interpreter, arguments: list[str]) -> bool:
    """Run the suite and return whether it passed."""
    program = str(environment(python) / "bin" / "python")
    command = [program, "-m", "pytest", "-p", "no:cacheprovider", *LEFT_OUT, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Run the suite on each version that is found."""
    found = []
    for version in supported():
        python = find(version)
        print(f"Python {version}: {python.path if python else 'not found'}", flush=True)
        if python:
            found.append(python)
    if not found:
        print("no other supported Python is on PATH or among pyenv's", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    failed = []
    for python in found:
        print(f"=== the suite on Python {python.version}", flush=True)
        if not suite(python, sys.argv[1:]):
            failed.append(python.version)
    if failed:
        print(f"the suite failed on Python {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
