"""The executables of these tests: each is built once, and its steps are kept by their content."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError, requirements
from rocketpy.packaging.executable import build
from rocketpy.packaging.interpreter.cpython import Recipe
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rocketpy.packaging.executable import Built

QUICK = Recipe(quick=True)
BUILT = {"executable", "packed", "project"}
"""The fixtures that build: minutes on a new machine, for the first test that needs one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bound the test alone in time, not the build that it may wait for."""
    for item in items:
        if BUILT & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.timeout(120, func_only=True))


def cache_root() -> str:
    """Return the folder for results of steps: the clone's own, or that of ROCKETPY_CACHE_DIR."""
    return os.environ.get("ROCKETPY_CACHE_DIR") or str(ROOT / ".cache" / "rocketpy")


def required() -> None:
    """Skip if this machine cannot build; in continuous integration that is a failure."""
    try:
        requirements.check(tls=QUICK.tls)
    except BuildError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@dataclass
class Project:
    """A project and its executable."""

    folder: Path
    built: Built


APP = """
import importlib.metadata
import importlib.resources
import json
import multiprocessing
import pkgutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import beside
import falcon

import rocketpy


def double(number):
    return 2 * number


class Settings(rocketpy.Config):
    greeting: str = "Hello"


class Ask:
    def on_get(self, request, response, what):
        response.text = json.dumps(getattr(self, what)(request))

    def greeting(self, request):
        return app.config.greeting

    def data(self, request):
        folder = importlib.resources.files("shapes")
        return [
            folder.joinpath("names", "list.txt").read_text(),
            pkgutil.get_data("shapes", "one.bin").decode(),
            sorted(path.name for path in folder.iterdir()),
        ]

    def version(self, request):
        return importlib.metadata.version("falcon")

    def absent(self, request):
        try:
            __import__("anti" + "gravity")
        except ImportError as error:
            return str(error)

    def named(self, request):
        return [__import__(name).__name__ for name in ("shapes.left", "shapes.right")]

    def flags(self, request):
        return [sys.flags.optimize, sys.flags.utf8_mode, sys.flags.isolated, sys.path]

    def encodings(self, request):
        wide = "ä€".encode("utf-16-le").decode("utf-16-le")
        named = "猫".encode("Shift_JIS").decode("sjis") + "é".encode("unicode_escape").decode()
        return wide + "xn--nxasmq6b".encode().decode("idna") + named

    def missing_encoding(self, request):
        try:
            return "x".encode("iso2022_" + "jp")
        except LookupError as error:
            return str(error)

    def time(self, request):
        return [time.strptime("2026", "%Y").tm_year, beside.VALUE]

    def program(self, request):
        return sys.executable

    def processes(self, request):
        found = []
        for method in ("spawn", "forkserver", "fork"):
            context = multiprocessing.get_context(method)
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                found.append(sorted(pool.map(double, [1, 2, 3])))
        return found

    def names(self, request):
        import grp
        import os
        import pwd
        import socket

        nobody = [lambda: pwd.getpwuid(987654), lambda: grp.getgrnam("nobody-here")]
        found = [socket.getaddrinfo("localhost", 80, socket.AF_INET)[0][4][0]]
        for look_up in [*nobody, lambda: socket.getaddrinfo("name.invalid", 80)]:
            try:
                found.append(look_up())
            except (KeyError, OSError) as error:
                found.append(type(error).__name__)
        return [*found, os.path.expanduser("~nobody-here"), len(pwd.getpwall()) >= 0]

    def crash(self, request):
        import shapes.left

        return shapes.left.fail()


app = rocketpy.App(Settings)
app.add_route("/{what}", Ask())
"""
FILES = {
    "app.py": APP,
    "pyproject.toml": '[project]\nname = "asking"\nversion = "1.2"\n'
    '[tool.rocketpy.build]\ninclude = ["shapes.left", "shapes.right"]\n',
    "shapes/__init__.py": "",
    "shapes/left.py": "def fail():\n    raise RuntimeError('here')\n",
    "shapes/right.py": "",
    "shapes/unused.py": "",
    "src/beside.py": "VALUE = 5\n",
    "shapes/names/list.txt": "circle\n",
    "shapes/one.bin": "1",
    "Rocket.toml": '[default]\naddress = "127.0.0.1"\ngreeting = "Hi"\n',
}


@pytest.fixture(scope="session")
def executable() -> Built:
    """Return the demo's executable."""
    required()
    output = ROOT / ".cache" / "built" / "app"
    return build(str(ROOT), output=str(output), recipe=QUICK, cache_root=cache_root())


@pytest.fixture(scope="session")
def packed() -> Built:
    """Return the demo's executable in its packed form."""
    required()
    output = ROOT / ".cache" / "built" / "packed"
    return build(str(ROOT), output=str(output), recipe=QUICK, packed=True, cache_root=cache_root())


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project of its own and its executable."""
    required()
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    output = str(folder / "dist" / "asking")
    with pytest.MonkeyPatch.context() as patch:
        # As PYTHONPATH=src does, or an editable installation of a project with such a folder.
        patch.syspath_prepend(str(folder / "src"))
        built = build(str(folder), output=output, recipe=QUICK, cache_root=cache_root())
        yield Project(folder, built)


@pytest.fixture
def away(project: Project, tmp_path: Path) -> Path:
    """Return a folder with nothing but the executable and its Rocket.toml."""
    shutil.copy(project.built.path, tmp_path / "asking")
    shutil.copy(project.folder / "Rocket.toml", tmp_path)
    return tmp_path
