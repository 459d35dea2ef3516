"""Workers die, are replaced by a reload, and end, all under load: what becomes of requests."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.load import Load
from tests.processes import children, wait_for
from tests.support import SECONDS, Place, free_port, get, problems

if TYPE_CHECKING:
    import subprocess

APP = """\
import falcon, rocketpy

class Settings(rocketpy.Config):
    greeting: str = "first"

class Index:
    def on_get(self, request, response):
        response.text = app.config.greeting

app = rocketpy.App(Settings)
app.add_route("/", Index())
"""


def launch(place: Place, port: int, workers: int) -> subprocess.Popen[str]:
    place.write("app.py", APP)
    process = place.start(
        "launch",
        env={
            "ROCKET_PORT": str(port),
            "ROCKET_WORKERS": str(workers),
            "ROCKET_LOG_LEVEL": "critical",  # or requests would fill the pipe that is not read
            "ROCKET_SHUTDOWN": f"{{grace={SECONDS},mercy={SECONDS}}}",
        },
    )
    assert get(f"http://127.0.0.1:{port}/")[2] == "first"
    return process


def some_more(load: Load) -> None:
    """Wait until requests have been answered that were not sent yet."""
    before = load.outcomes["answered"]
    wait_for(lambda: load.outcomes["answered"] > before + 20)


def until_said(load: Load, body: str) -> None:
    wait_for(lambda: load.bodies[body])


def replace(supervisor: int) -> None:
    """Kill a worker, and wait until there is another."""
    before = children(supervisor)
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: len(now := children(supervisor)) == len(before) and now != before)


def test_a_worker_that_is_killed_is_replaced(place: Place) -> None:
    """SIGKILL of a worker costs at most what it was answering; no connection is refused."""
    port = free_port()
    service = launch(place, port, workers=2)
    with Load(port) as load:
        for kills in range(1, 4):
            some_more(load)
            replace(service.pid)
            some_more(load)
            assert load.outcomes["lost"] <= 4 * kills
    assert load.outcomes["refused"] == 0
    service.send_signal(signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)
    log = problems(out) + err
    assert service.returncode == 0
    assert log.count("was killed by SIGKILL; another takes its place") == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_reload_loses_nothing(place: Place, workers: int) -> None:
    """SIGHUP after SIGHUP: no connection is refused, no request lost, the new words are said."""
    port = free_port()
    service = launch(place, port, workers)
    with Load(port) as load:
        some_more(load)
        for greeting in ("second", "third"):
            place.write("Rocket.toml", f"[default]\ngreeting = '{greeting}'\n")
            service.send_signal(signal.SIGHUP)
            until_said(load, greeting)
        some_more(load)
    service.send_signal(signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)
    log = problems(out) + err
    assert (service.returncode, log) == (0, "")
    assert set(load.outcomes) == {"answered"}
    assert set(load.bodies) == {"first", "second", "third"}
    assert out.count("Rocket has been reloaded") == 2


def test_the_end_loses_nothing(place: Place) -> None:
    """SIGTERM: clients that get a connection get an answer, the others are refused."""
    port = free_port()
    service = launch(place, port, workers=2)
    with Load(port, new=4, kept=0) as load:
        some_more(load)
        service.send_signal(signal.SIGTERM)
        wait_for(lambda: not load.is_going_on)
    out, err = service.communicate(timeout=SECONDS)
    log = problems(out) + err
    assert (service.returncode, log) == (0, "")
    assert load.outcomes["lost"] == 0
    assert load.outcomes["refused"] == 4
