"""`launch` as a function that a program calls."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.processes import children
from tests.support import SECONDS, Place, free_port, get

TWICE = """\
import sys
import rocketpy

app = rocketpy.App()
codes = [rocketpy.launch(app), rocketpy.launch(app)]
print("exit codes:", *codes, flush=True)
"""


def test_two_services_one_after_the_other(place: Place) -> None:
    """A second launch in one process is ready and healthy, and counts its own requests alone."""
    port = free_port()
    place.write("twice.py", TWICE)
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "1", "ROCKET_METRICS": "true"}
    program = subprocess.Popen(
        [sys.executable, "twice.py"],
        cwd=place.folder,
        env=place.environment() | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert program.stdout is not None
        for _ in range(2):
            assert any("Rocket has launched" in line for line in iter(program.stdout.readline, ""))
            assert get(f"http://127.0.0.1:{port}/readyz")[::2] == (200, "ready\n")
            figures = get(f"http://127.0.0.1:{port}/metrics")[2]
            assert 'rocketpy_requests_total{method="GET",status="2xx"} 1\n' in figures
            program.send_signal(signal.SIGTERM)
        out, _ = program.communicate(timeout=SECONDS)
    finally:
        program.kill()
        program.communicate()
    assert program.returncode == 0
    assert out.endswith("exit codes: 0 0\n")


ONE = "   >> processes: 1, since the profile is debug, and nothing sets `workers`\n"


@pytest.mark.parametrize(
    ("env", "toml", "processes"),
    [
        ({}, "", 1),
        ({}, "[global]\nworkers = 3", 3),
        ({"ROCKET_WORKERS": "2"}, "", 2),
        ({"ROCKET_PROFILE": "release", "ROCKET_LOG_LEVEL": "normal"}, "", 4),
    ],
)
def test_one_process_in_debug(place: Place, env: dict[str, str], toml: str, processes: int) -> None:
    """In debug, where no source sets `workers`, one process serves, and the launch says so."""
    # The default is the number of processors; a machine with one has nothing to say.
    code = "from rocketpy.config.keys import workers\nworkers.available = lambda root='': 4\n"
    place.write("app.py", f"{code}import rocketpy\napp = rocketpy.App()\n")
    place.write("Rocket.toml", f"{toml}\n")
    port = free_port()
    service = place.start("launch", env={"ROCKET_PORT": str(port)} | env)
    get(f"http://127.0.0.1:{port}/")
    assert len(children(service.pid)) == (processes if processes > 1 else 0)
    service.send_signal(signal.SIGTERM)
    out, errors = service.communicate(timeout=SECONDS)
    assert (service.returncode, errors) == (0, "")
    assert (ONE in out) == (processes == 1)
    assert f">> workers: {4 if processes == 1 else processes}\n" in out


@pytest.mark.parametrize("workers", ["1", "2"])
def test_timings(place: Place, workers: str) -> None:
    """`--timings` prints what each part of the start took, and the slowest imports, once."""
    place.write("slow.py", "import time\ntime.sleep(0.2)\n")
    place.write("app.py", "import slow\nimport rocketpy\napp = rocketpy.App()\n")
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": workers, "ROCKET_LOG_LEVEL": "off"}
    service = place.start("launch", "--timings", env=env)
    get(f"http://127.0.0.1:{port}/healthz")
    service.send_signal(signal.SIGTERM)
    out, errors = service.communicate(timeout=SECONDS)
    assert (service.returncode, errors) == (0, "")
    table, heading, imports = out.partition("Imports that took longest")
    first, *lines = table.splitlines()
    assert first.startswith("The start took ")
    assert heading
    for phase in ("interpreter, command line", "application", "launch lines, listeners", "engine"):
        assert sum(phase in line for line in lines) == 1
    slowest = [line.split() for line in imports.splitlines()[1:]]
    assert any(words[-1] == "slow" and float(words[0]) >= 200 for words in slowest)


def test_no_timings_unless_asked(place: Place) -> None:
    """Nothing is measured without it: the module is not even imported."""
    place.write(
        "app.py",
        "import rocketpy\napp = rocketpy.App()\nimport sys, atexit\n"
        "atexit.register(lambda: print('rocketpy.common.start_trace' in sys.modules))\n",
    )
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "1", "ROCKET_LOG_LEVEL": "off"}
    service = place.start("launch", env=env)
    get(f"http://127.0.0.1:{port}/healthz")
    service.send_signal(signal.SIGTERM)
    assert service.communicate(timeout=SECONDS) == ("False\n", "")
