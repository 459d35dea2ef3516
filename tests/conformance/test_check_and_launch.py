"""`rocketpy check` refuses what `rocketpy launch` refuses: over every recorded configuration."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.cli.check import check
from rocketpy.config.report import HEADING
from rocketpy.server import launch
from rocketpy.server.process import listeners
from tests.conformance.vectors import Vector, load
from tests.support import SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from pathlib import Path

ALL = load()


@pytest.mark.parametrize("vector", ALL, ids=[vector.name for vector in ALL])
def test_the_same_is_refused(
    vector: Vector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code and the errors are the same; what is not refused would be served."""
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True)
    monkeypatch.chdir(vector.lay_out(str(root)))
    monkeypatch.setattr(os, "environb", vector.environment(str(root)))
    monkeypatch.setattr(launch, "_serve", lambda *_given, **_options: 0)

    def app(_environ: Any, _start: Any) -> Any:
        raise AssertionError("nothing is served")

    # What listens is another test's: recorded addresses are often not this machine's.
    monkeypatch.setattr(listeners, "bind", lambda *_given, **_options: socket.socket())
    code = launch.launch(app)
    printed = capsys.readouterr().err
    checked = check(None, None)
    monkeypatch.undo()
    assert checked.code == code
    text = "\n".join([f"Error: {HEADING}", *checked.errors, ""]) if checked.errors else ""
    assert printed == text
    assert bool(checked.errors) == (code != 0)


COOKIES = """\
import rocketpy
app = rocketpy.App()
cookies = rocketpy.SignedCookies(app.config)
"""
REFUSED = {
    # the profile, the files, a part of the error
    "cookies without a key": ("release", {"app.py": COOKIES}, "missing field `secret_key`"),
    "the probes' port": (
        "debug",
        {"Rocket.toml": "[default]\nport = 4444\nhealth.port = 4444\n"},
        "the probes cannot have the port of the service",
    ),
    "no certificates": (
        "debug",
        {"Rocket.toml": "[default.tls]\ncerts = 'missing.pem'\nkey = 'missing.pem'\n"},
        "missing.pem",
    ),
    "no threads": ("debug", {"Rocket.toml": "[default]\nmax_blocking = 0\n"}, "cannot be set to 0"),
    "a broken application": ("debug", {"app.py": "import nowhere_at_all\n"}, "nowhere_at_all"),
}


@pytest.mark.parametrize(("profile", "files", "expected"), REFUSED.values(), ids=REFUSED)
def test_by_the_command(place: Place, profile: str, files: dict[str, str], expected: str) -> None:
    """Both end with the same exit code and say the same; so does --all-profiles."""
    place.write("app.py", "import rocketpy\napp = rocketpy.App()\n")
    for name, text in files.items():
        place.write(name, text)
    launched = place.run("launch", env={"ROCKET_PROFILE": profile})
    checked = place.run("check", "--profile", profile)
    both = place.run("check", "--all-profiles", env={"ROCKET_PROFILE": profile})
    assert launched.returncode == checked.returncode == both.returncode != 0
    for run in (launched, checked, both):
        assert expected in run.stderr


@pytest.mark.parametrize(
    ("variables", "cause"),
    [
        ({"ROCKET_ADDRESS": "192.0.2.1"}, "cannot listen on 192.0.2.1:8000"),
        ({"ROCKET_HEALTH": "{port=9999}", "ROCKET_ADDRESS": "192.0.2.1"}, "192.0.2.1:9999"),
        ({"ROCKET_LISTEN": '["192.0.2.1:81"]'}, "cannot listen on 192.0.2.1:81"),
    ],
)
def test_places_that_cannot_be_had(place: Place, variables: dict[str, str], cause: str) -> None:
    """An address that the machine does not have is refused by both, with the same words."""
    place.write("app.py", "import rocketpy\napp = rocketpy.App()\n")
    launched, checked = (place.run(command, env=variables) for command in ("launch", "check"))
    assert launched.returncode == checked.returncode == 1
    assert cause in checked.stderr
    assert launched.stderr.removeprefix("Error: ").splitlines()[0] in checked.stderr


def test_a_place_that_is_taken(place: Place) -> None:
    """`check` is run before a reload: the service itself listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert place.run("check", env={"ROCKET_PORT": str(port)}).returncode == 0


def test_what_check_calls_good_is_served(place: Place) -> None:
    """With a key, cookies are signed in release."""
    place.write("app.py", COOKIES)
    variables = {
        "ROCKET_PROFILE": "release",
        "ROCKET_SECRET_KEY": "b" * 64,
        "ROCKET_PORT": str(free_port()),
        "ROCKET_WORKERS": "1",
    }
    assert place.run("check", env=variables).returncode == 0
    process = place.start("launch", env=variables)
    get(f"http://127.0.0.1:{variables['ROCKET_PORT']}/")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0
