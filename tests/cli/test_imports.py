"""What the commands import: no pydantic for an application that has no keys of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import SECONDS, free_port, get

if TYPE_CHECKING:
    from tests.support import Place

COMMAND = """\
import sys
from rocketpy.__main__ import main
code = main(sys.argv[1:])
print("imported:", *sorted(name for name in sys.modules if name.startswith("pydantic")))
sys.exit(code)
"""
APP = """\
import sys
import rocketpy

class Imported:
    def on_get(self, request, response):
        response.text = " ".join(name for name in sys.modules if name.startswith("pydantic"))

app = rocketpy.App()
app.add_route("/", Imported())
"""
OWN = """\
import rocketpy

class Settings(rocketpy.Config):
    greeting: str = "Hello"

app = rocketpy.App(Settings)
"""


def imported(place: Place, *arguments: str) -> tuple[int, str]:
    """Run a command in an interpreter of its own; return its exit code and what it imported."""
    run = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=place.folder,
        env=place.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "imported:" in run.stdout, run.stderr
    return run.returncode, run.stdout.rpartition("imported:")[2].strip()


COMMANDS = [
    ("check",),
    ("check", "--strict", "--all-profiles"),
    ("config", "show"),
    ("config", "get", "port"),
    ("config", "explain", "port"),
    ("config", "explain", "limits.json", "--format", "json"),
    ("config", "dump"),
    ("config", "dump", "--format", "toml"),
    ("routes",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_keys_of_its_own(place: Place, command: tuple[str, ...]) -> None:
    """A command that succeeds, and one that reports errors, import no pydantic."""
    place.write("app.py", APP)
    place.write("Rocket.toml", "[default]\nworkers = 2\n[staging]\nlimits = {json = '2MB'}\n")
    assert imported(place, *command) == (0, "")
    if command != ("routes",):
        place.write("Rocket.toml", "[global]\nworkers = 'many'\nhealth = 5\n")
        code, modules = imported(place, *command)
        assert (code, modules) == (0 if "explain" in command else 78, "")


def test_without_an_application(place: Place) -> None:
    """The keys of Rocket need no pydantic where there is no application either."""
    assert imported(place, "check") == (0, "")
    place.env(ROCKET_PORT=str(free_port()))
    assert imported(place, "health") == (1, "")
    assert imported(place, "reload") == (1, "")


def test_with_keys_of_its_own(place: Place) -> None:
    """An application that derives a class has pydantic: the tests above would see it."""
    place.write("app.py", OWN)
    code, modules = imported(place, "check")
    assert code == 0
    assert {"pydantic", "pydantic_core", "pydantic_settings"} <= {*modules.split()}


def test_a_launch(place: Place) -> None:
    """A service that has answered a request has imported no pydantic."""
    place.write("app.py", APP)
    port = free_port()
    place.env(ROCKET_PORT=str(port))
    place.start("launch")
    assert get(f"http://127.0.0.1:{port}/")[::2] == (200, "")
