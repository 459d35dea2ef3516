"""`--env-file`: variables from a file that the option names."""

from __future__ import annotations

import os
import signal
import time

import pytest

from rocketpy.cli.env_file import TAKEN, read_env_file
from rocketpy.figment import Error
from tests.support import SECONDS, Place, free_port, get

APP = """\
import os
import falcon, rocketpy

class Page:
    def on_get(self, request, response):
        response.text = os.environ.get("WORD", "none")

app = rocketpy.App()
app.add_route("/", Page())
"""


def test_it_is_weaker_than_the_environment(place: Place) -> None:
    """A variable that is set stays, in whatever case Rocket would read it."""
    place.write(".env", "export ROCKET_PORT=1\nROCKET_WORKERS='2'\n# comment\nROCKET_IDENT=a b\n")
    variables = {"rocket_port": "3"}
    shown = place.run("config", "show", "--env-file", ".env", env=variables).stdout
    found = {line.split("  ")[0]: line.split()[1:] for line in shown.splitlines()[2:]}
    assert found["port"][0] == "3"
    assert found["workers"][0] == "2"
    assert '"a b"' in shown


def test_it_is_not_read_without_being_asked_for(place: Place) -> None:
    """A .env that no option names is not read."""
    place.write(".env", "ROCKET_PORT=1\n")
    assert place.run("config", "get", "port").stdout == "8000\n"
    assert place.run("config", "get", "port", "--env-file", ".env").stdout == "1\n"


def test_the_profile_may_stand_in_it(place: Place) -> None:
    """It is read before anything else."""
    place.write("app.py", APP)
    place.write("Rocket.toml", "[staging]\nport = 70000\n")
    place.write("x.env", "\ufeffROCKET_PROFILE=staging\r\n")
    assert place.run("check").returncode == 0
    run = place.run("check", "--env-file", "x.env")
    assert (run.returncode, "staging.port" in run.stderr) == (78, True)


def test_a_service_has_them_and_reads_them_again(place: Place) -> None:
    """The application sees them too; a reload takes what the file says by then."""
    port = free_port()
    place.write("app.py", APP)
    file = place.write("x.env", f"ROCKET_PORT={port}\nWORD=one\n")
    process = place.start("launch", "--env-file", "x.env")
    assert get(f"http://127.0.0.1:{port}/")[2] == "one"
    file.write_text(f"ROCKET_PORT={port}\nWORD=two\n", encoding="utf-8")
    process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + SECONDS
    while get(f"http://127.0.0.1:{port}/")[2] != "two" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert get(f"http://127.0.0.1:{port}/")[2] == "two"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"A=1\nROCKET_PORT\n", "line 2 is no variable"),
        (b"A='unfinished\n", "line 1 is no variable"),
        (b"A=\xff\n", "does not contain valid UTF-8"),
        (b"A=a\0b\n", "the value of A holds a zero byte"),
        (None, "No such file or directory"),
    ],
)
def test_files_that_are_refused(place: Place, text: bytes | None, words: str) -> None:
    """One error that names the file; nothing is set."""
    if text is not None:
        (place.folder / "x.env").write_bytes(text)
    run = place.run("check", "--env-file", "x.env")
    assert run.returncode == 78
    assert words in run.stderr
    assert "x.env env file" in run.stderr
    with pytest.raises(Error):
        read_env_file("x.env")
    assert "A" not in os.environ


def test_what_came_from_a_file_is_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are kept, so that a second reading is not weaker than the first."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    place.write("x.env", "WORD_A=1\nWORD_B=${WORD_A}2\nWORD_C=\n")
    read_env_file("x.env")
    assert (os.environ["WORD_A"], os.environ["WORD_B"], os.environ["WORD_C"]) == ("1", "12", "")
    place.write("x.env", "WORD_B=3\n")
    read_env_file("x.env")
    assert os.environ["WORD_B"] == "3"
    assert "WORD_A" not in os.environ
    assert os.environ[TAKEN] == "WORD_B"
    read_env_file(None)
