"""`rocketpy check` and `rocketpy routes`."""

from __future__ import annotations

import shutil

import pytest

from tests.support import ROOT, Place


def test_good(place: Place) -> None:
    """A configuration that can be used exits with 0 and one line."""
    run = place.run("check")
    assert (run.returncode, run.stdout, run.stderr) == (
        0,
        "debug: the configuration is good\n",
        "",
    )


def test_every_profile(place: Place) -> None:
    """--all-profiles checks every profile, files in profiles/ too; one wrong profile fails."""
    place.write("Rocket.toml", "[release]\nport = 1\n[staging]\nport = 70000\n")
    place.write("profiles/other.toml", "port = 2\n")
    run = place.run("check", "--all-profiles")
    assert run.returncode == 78
    good = {line.split(":")[0] for line in run.stdout.splitlines()}
    assert good == {"debug", "default", "global", "other", "release"}
    assert "staging: Error: " in run.stderr
    assert "Rocket.toml:4:8" in run.stderr


def test_one_profile(place: Place) -> None:
    """--profile selects the profile that is checked."""
    place.write("Rocket.toml", "[staging]\nport = 70000\n")
    assert place.run("check").returncode == 0
    assert place.run("check", "--profile", "staging").returncode == 78


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("[default]\nworker = 1\n", "did you mean `workers`?"),
        ("[default]\nkeep-alive = 1\n", "did you mean `keep_alive`?"),
        ("[limits]\njson = 1\n", "did you mean `[default.limits]`?"),
        ("[default]\nlog = 'x'\n", "deprecated key `log`"),
    ],
)
def test_strict(place: Place, toml: str, expected: str) -> None:
    """A key that looks misspelt is a warning, and an error with --strict."""
    place.write("Rocket.toml", toml)
    lax, strict = place.run("check"), place.run("check", "--strict")
    assert (lax.returncode, strict.returncode) == (0, 78)
    assert expected in lax.stderr
    assert expected in strict.stderr


APP = """\
import rocketpy
from pydantic import BaseModel

class Database(BaseModel):
    url: str
    pool: int = 5

class Settings(rocketpy.Config):
    greeting: str = "Hello"
    database: Database

app = rocketpy.App(Settings)
"""


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("", "missing field `database`"),
        ("[default.database]\npool = 1\n", 'missing field `url` for key "default.database"'),
        ("[default.database]\nurl = 'x'\npool = 'y'\n", 'for key "default.database.pool"'),
        (
            "[default]\ngreeting = 5\ndatabase.url = 'x'\n",
            "found signed int `5`, expected a string",
        ),
    ],
)
def test_the_users_own_keys(place: Place, toml: str, expected: str) -> None:
    """Wrong values of the application's own keys are reported as those of Rocket's keys."""
    place.write("app.py", APP)
    place.write("Rocket.toml", toml)
    for command in ("check", "launch"):
        run = place.run(command)
        assert run.returncode == 78
        assert expected in run.stderr
        assert "Traceback" not in run.stderr
    place.write("Rocket.toml", "[default]\ngreeting = 'Hi'\ndatabase.url = 'x'\n")
    assert place.run("check").returncode == 0


def test_routes(place: Place) -> None:
    """The routes of the demo are listed: method, path, resource."""
    shutil.copy(ROOT / "app.py", place.folder)
    run = place.run("routes")
    assert run.returncode == 0
    assert [line.split() for line in run.stdout.splitlines()] == [
        ["method", "path", "resource"],
        ["GET", "/", "Index"],
        ["GET", "/api/hello", "Hello"],
    ]


def test_routes_of_what_has_none(place: Place) -> None:
    """An application that does not list its routes is an error."""
    place.write("plain.py", "def app(environ, start_response): ...\n")
    run = place.run("routes", "plain")
    assert run.returncode == 1
    assert "only a rocketpy.App lists its routes" in run.stderr
    assert place.run("routes", "nowhere:app").returncode == 1


def test_each_error_once(place: Place) -> None:
    """What is wrong in `default` is printed with the first profile, and counted with the others."""
    place.write(
        "Rocket.toml",
        "[default]\nport = 'x'\nworkres = 1\n[release]\nworkers = 'y'\n[staging]\nport = 1\n",
    )
    run = place.run("check", "--all-profiles", "--strict")
    assert run.returncode == 78
    assert run.stderr.count('found string "x"') == 1
    assert run.stderr.count('found string "y"') == 1
    assert run.stderr.count("workres") == 1
    assert "release: Error: Failed to extract valid configuration.\n   >> invalid" in run.stderr
    assert "global: Error: Failed to extract valid configuration.\n   >> 1 of the" in run.stderr
    assert "staging: Error: 1 of the errors above" in run.stderr


def test_a_mistake_beside_an_error(place: Place) -> None:
    """What is written and not read is said although something else is wrong."""
    place.write("Rocket.toml", "[default]\nport = 'x'\n[relase]\n")
    run = place.run("check")
    assert run.returncode == 78
    assert "debug: Warning: the table `[relase]` is a profile" in run.stderr
    place.write("Rocket.toml", "[default\n")
    place.env(ROCKET_PROFILE="stagin", ROCKET_PORT="x")
    run = place.run("check")
    assert "TOML parse error" in run.stderr
    assert 'for key "PORT"' in run.stderr
    assert "the profile `stagin` is selected, and nothing is written for it" in run.stderr


def test_names_that_a_terminal_would_obey(place: Place) -> None:
    """Control characters in keys, names of files and profiles are escaped."""
    place.write("Rocket.toml", '[default]\n"po\\u001bt" = 1\n')
    run = place.run("check", env={"ROCKET_PROFILE": "\x1b[31mred", "ROCKET_F\x1bOO": "1"})
    assert "\x1b" not in run.stderr + run.stdout
    assert "unknown key `default.po\\x1bt`" in run.stderr
    assert "\\x1b[31mred: the configuration is good" in run.stdout


def test_an_application_that_is_not_there(place: Place) -> None:
    """What is wrong with the sources is said all the same; the exit code is that of launch."""
    place.write("Rocket.toml", "[default]\nport = 'x'\n")
    run = place.run("check", "--app", "nowhere:app")
    assert run.returncode == place.run("launch", "nowhere:app").returncode == 1
    assert "there is no module `nowhere`" in run.stderr
    assert 'found string "x"' in run.stderr
