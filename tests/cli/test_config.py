"""`rocketpy config`: what it shows, from which source, and that it hides secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib

import pytest

from tests.processes import wait_for
from tests.support import SECONDS, Place

KEY = "Bx4Gb+aSIfuoEyMHD4DvNs92+wmzfQK98qc6MiwyPY4="


@pytest.fixture
def layered(place: Place) -> Place:
    """Write sources of every kind."""
    place.write(
        "Rocket.toml",
        f'[default]\nport = 1\nsecret_key = "{KEY}"\n[staging]\nport = 2\nkeep_alive = 3\n'
        '[global]\nident = "G"\n[default.db]\nurl = "postgres://ann:hunter2@db/app"\n',
    )
    place.write("profiles/staging.toml", "keep_alive = 4\n")
    place.env(ROCKET_WORKERS="7")
    return place


def rows(out: str) -> dict[str, list[str]]:
    """Return the rows of a printed table by their first column."""
    return {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.split()}


def test_show(layered: Place) -> None:
    """Every key with its value, and the line or the variable that gives it."""
    run = layered.run("config", "show", "--profile", "staging")
    found = rows(run.stdout)
    assert run.returncode == 0
    assert found["profile:"] == ["staging"]
    assert found["port"] == ["2", "Rocket.toml:5", "[staging]"]
    assert found["keep_alive"] == ["4", "profiles/staging.toml:1", "[staging]"]
    assert found["ident"] == ['"G"', "Rocket.toml:8", "[global]"]
    assert found["workers"] == ["7", "ROCKET_WORKERS"]
    assert found["max_blocking"] == ["512", "default"]
    assert found["secret_key"][0] == "[redacted]"
    assert "hunter2" not in run.stdout
    assert KEY not in run.stdout


def test_show_prints_errors(place: Place) -> None:
    """The table of a wrong configuration is printed, then its errors; the exit code is 78."""
    place.write("Rocket.toml", "[default]\nport = 70000\n")
    run = place.run("config", "show")
    assert run.returncode == 78
    assert rows(run.stdout)["port"][0] == "70000"
    assert "expected u16" in run.stderr


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("port", "1"),
        ("ident", "G"),
        ("limits.json", "1048576"),
        ("shutdown.signals", '["term"]'),
        ("tls", "none"),
        ("secret_key", "[redacted]"),
        ("db", "{url=[redacted]}"),
    ],
)
def test_get(layered: Place, key: str, expected: str) -> None:
    """One value is printed without quotes, for shells."""
    run = layered.run("config", "get", key)
    assert (run.returncode, run.stdout) == (0, f"{expected}\n")


APP = """
import rocketpy
from pydantic import SecretStr

class Settings(rocketpy.Config):
    greeting: str = "Hello"
    door: SecretStr = SecretStr("hunter2")
    db: dict[str, str] = {}

app = rocketpy.App(Settings)
"""


def test_own_keys_are_shown_where_the_application_is_known(layered: Place) -> None:
    """Without it any of them may be a secret: all are hidden, and a note says why."""
    url = '{url="postgres://ann:[redacted]@db/app"}\n'
    layered.write("Rocket.toml", "[default]\ngreeting = 'Hi'\ndoor = 'hunter3'\n")
    hidden = layered.run("config", "show")
    assert rows(hidden.stdout)["greeting"][0] == rows(hidden.stdout)["door"][0] == "[redacted]"
    assert f"since there is no app.py in {layered.folder}" in hidden.stderr
    layered.write("service.py", APP)
    shown = layered.run("config", "show", "--app", "service:app")
    assert rows(shown.stdout)["greeting"] == ['"Hi"', "Rocket.toml:2", "[default]"]
    assert rows(shown.stdout)["door"][0] == "[redacted]"
    assert shown.stderr == ""
    layered.env(ROCKET_DB='{url="postgres://ann:hunter4@db/app"}')
    assert layered.run("config", "get", "db", "--app", "service:app").stdout == url
    layered.write("app.py", "import nothing_of_that_name\n")
    broken = layered.run("config", "dump")
    assert "since the module `app` cannot be imported" in broken.stderr
    for run in (hidden, shown, broken):
        assert "hunter" not in run.stdout + run.stderr


def test_get_reveals_when_asked(layered: Place) -> None:
    """Secrets are shown with --reveal-secrets."""
    assert layered.run("config", "get", "secret_key", "--reveal-secrets").stdout == f"{KEY}\n"


@pytest.mark.parametrize("command", ["get", "explain"])
def test_no_such_key(layered: Place, command: str) -> None:
    """An unknown key is an error that names the nearest known one."""
    run = layered.run("config", command, "prot")
    assert run.returncode == 1
    assert run.stderr == (
        "Error: there is no key `prot` in the profile debug; did you mean `port`?\n"
    )


def test_explain(layered: Place) -> None:
    """Every value that a source gives, lowest precedence first, and which one is used."""
    run = layered.run("config", "explain", "port", "--profile", "staging")
    lines = [line.split() for line in run.stdout.splitlines()[2:]]
    assert lines == [
        ["default", "default", "8000", "overridden"],
        ["default", "Rocket.toml:2", "[default]", "1", "overridden"],
        ["staging", "Rocket.toml:5", "[staging]", "2", "used"],
        ["port", "=", "2"],
    ]


def test_explain_what_is_not_selected(layered: Place) -> None:
    """A value for a profile that is not selected is listed as ignored."""
    out = layered.run("config", "explain", "port").stdout
    assert "ignored: the profile staging is not selected" in out
    assert out.endswith("port = 1\n")


def test_explain_what_no_selected_profile_has(place: Place) -> None:
    """A key of another profile alone is listed, and has no value."""
    place.write("Rocket.toml", "[staging]\nworker_count = 1\n")
    run = place.run("config", "explain", "worker_count")
    assert run.returncode == 0
    assert run.stdout.endswith("ignored: the profile staging is not selected\n")


@pytest.mark.parametrize("arguments", [("show",), ("get", "port"), ("explain", "port")])
def test_a_file_that_cannot_be_read_as_toml(place: Place, arguments: tuple[str, ...]) -> None:
    """Where a source cannot be read, its error is printed, with its secrets hidden."""
    place.write("Rocket.toml", '[default]\nsecret_key = "hunter2"\nport = = 1\n')
    run = place.run("config", *arguments)
    assert (run.returncode, run.stdout) == (78, "")
    assert "TOML parse error at line 3, column 8" in run.stderr
    assert "hunter2" not in run.stderr
    shown = place.run("config", *arguments, "--reveal-secrets")
    assert (shown.returncode, shown.stdout) == (78, "")


def test_dump_hides_secrets_everywhere(layered: Place) -> None:
    """Neither dumps nor errors show a secret without --reveal-secrets."""
    for form in ("json", "toml"):
        hidden = layered.run("config", "dump", "--format", form).stdout
        assert "hunter2" not in hidden
        assert KEY not in hidden
        assert KEY in layered.run("config", "dump", "--format", form, "--reveal-secrets").stdout
    layered.write("Rocket.toml", '[default]\nsecret_key = "hunter2"\ntoken = "hunter2\n')
    broken = layered.run("config", "dump")
    layered.write("Rocket.toml", '[default]\nsecret_key = "hunter2"\nport = 70000\n')
    invalid = layered.run("launch", "tests.none")
    for run in (broken, invalid, layered.run("config", "show"), layered.run("check")):
        assert run.returncode in {1, 78}
        assert "hunter2" not in run.stdout + run.stderr


def test_dump_toml_reads_back(layered: Place) -> None:
    """The dumped TOML reads back as the same configuration."""
    dumped = layered.run("config", "dump", "--format", "toml", "--reveal-secrets").stdout
    before = json.loads(layered.run("config", "dump", "--reveal-secrets").stdout)
    assert tomllib.loads(dumped)["default"]["port"] == 1
    layered.write("Rocket.toml", dumped)
    (layered.folder / "profiles/staging.toml").unlink()
    after = json.loads(layered.run("config", "dump", "--reveal-secrets").stdout)
    assert after["config"] == before["config"]
    assert after["merged"] == before["merged"]


def test_the_reader_is_gone(layered: Place) -> None:
    """Output whose reader has gone ends in exit code 1, without a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        run = subprocess.run(
            [sys.executable, "-m", "rocketpy", "config", "show"],
            cwd=layered.folder,
            env=layered.environment(),
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    assert run.returncode == 1
    assert b"Traceback" not in run.stderr
    assert b"BrokenPipe" not in run.stderr


def test_interrupted(place: Place) -> None:
    """Ctrl-C while the application is imported ends a command with 130, without a traceback."""
    place.write("app.py", "import time\nopen('began', 'w').close()\ntime.sleep(60)\n")
    process = place.start("routes")
    wait_for((place.folder / "began").exists)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (130, "")


def test_piped(layered: Place) -> None:
    """No error is printed when the reader of the output ends first."""
    layered.write("Rocket.toml", "[default]\nport = 1\n")
    command = f"{sys.executable} -m rocketpy config show | head -1"
    run = subprocess.run(
        ["sh", "-c", command],
        cwd=layered.folder,
        env=layered.environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert (run.stdout, run.stderr) == ("profile: debug\n", "")


@pytest.mark.parametrize("arguments", [(), ("fly",), ("config",), ("config", "get")])
def test_wrong_usage(place: Place, arguments: tuple[str, ...]) -> None:
    """Unknown commands and options are wrong usage: exit code 2."""
    assert place.run(*arguments).returncode == 2


@pytest.mark.parametrize(
    "arguments", [(), ("launch",), ("config",), ("config", "show"), ("check",)]
)
def test_help(place: Place, arguments: tuple[str, ...]) -> None:
    """Every command has help."""
    run = place.run(*arguments, "--help")
    assert run.returncode == 0
    assert run.stdout.startswith("usage: rocketpy")


def test_version(place: Place) -> None:
    """--version prints the version."""
    assert place.run("--version").stdout.startswith("rocketpy ")


OWN = """
import datetime
import rocketpy

class Settings(rocketpy.Config):
    number: int = 0
    since: datetime.date = datetime.date(2020, 1, 1)
    ratio: float = float("inf")

app = rocketpy.App(Settings)
"""


def test_origins_are_true(place: Place) -> None:
    """A variable is named as it is set, a default by its class and line; a date is a date."""
    place.write("app.py", OWN)
    place.write("Rocket.toml", "[default]\nsince = 2024-01-02\n")
    place.env(ROCKET_LIMITS="{form=1}", rocket_keep_alive="3", ROCKET_LIMITS__JSON="2")
    found = rows(place.run("config", "show").stdout)
    assert found["limits.form"] == ["1", "ROCKET_LIMITS"]
    assert found["limits.json"] == ["2", "ROCKET_LIMITS__JSON"]
    assert found["keep_alive"] == ["3", "rocket_keep_alive"]
    assert found["since"] == ["2024-01-02", "Rocket.toml:2", "[default]"]
    assert found["number"] == ["0", "Settings,", "app.py:6"]
    assert place.run("config", "get", "since").stdout == "2024-01-02\n"
    explained = place.run("config", "explain", "since").stdout
    assert "Settings, app.py:7       2020-01-01  overridden" in explained


@pytest.mark.parametrize(
    "command", [("show",), ("get", "port"), ("dump",), ("dump", "--format=toml")]
)
def test_a_wrong_key_of_ones_own(place: Place, command: tuple[str, ...]) -> None:
    """What can be shown is shown, the error is told, and the exit code is 78."""
    place.write("app.py", OWN)
    run = place.run("config", *command, env={"ROCKET_NUMBER": "x"})
    assert run.returncode == 78
    assert "8000" in run.stdout
    assert "expected an integer" in run.stdout + run.stderr
    assert "app.py:6" in place.run("config", "show", env={"ROCKET_SINCE": "x"}).stdout


def test_json(place: Place) -> None:
    """`--format json` prints the same for programs."""
    place.write("app.py", OWN + "app.add_route('/x', type('X', (), {'on_get': print})())\n")
    place.write("Rocket.toml", "[default]\nsince = 2024-01-02\nport = 1\n")
    show = json.loads(place.run("config", "show", "--format", "json").stdout)
    keys = {key["key"]: key for key in show["keys"]}
    assert show["profile"] == "debug"
    assert show["errors"] == []
    assert keys["ratio"]["value"] == "inf"
    assert keys["since"] == {
        "key": "since",
        "value": "2024-01-02",
        "source": {
            "kind": "file",
            "name": "",
            "file": "Rocket.toml",
            "line": 2,
            "profile": "default",
        },
    }
    explain = json.loads(place.run("config", "explain", "port", "--format", "json").stdout)
    assert explain["value"] == 1
    assert [one["result"] for one in explain["given"]] == ["overridden", "used"]
    check = place.run("check", "--format", "json", "--strict", env={"ROCKET_FOO": "x"})
    (result,) = json.loads(check.stdout)
    assert check.returncode == result["code"] == 78
    assert "ROCKET_FOO" in result["warnings"][0]
    routes = json.loads(place.run("routes", "--format", "json").stdout)
    assert {"method": "GET", "path": "/x", "resource": "X"} in routes
    place.write("Rocket.toml", "[default]\nport = \n")
    broken = place.run("config", "show", "--format", "json")
    assert broken.returncode == 78
    assert json.loads(broken.stdout)["keys"] == []
    assert json.loads(broken.stdout)["errors"]
