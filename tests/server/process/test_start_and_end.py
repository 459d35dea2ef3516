"""Signals that come while a service starts, a terminal that closes, and how processes end."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes import children, runs, wait_for
from tests.support import SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW_START = """\
import os, time
import rocketpy
from rocketpy.server.process import held_signals

held_signals.HOLD_SECONDS = int(os.environ.get("HOLD_SECONDS") or held_signals.HOLD_SECONDS)
open("importing", "w").close()
while os.path.exists("wait"):
    time.sleep(0.01)
app = rocketpy.App()
"""

LONG = str(SECONDS)
"""For HOLD_SECONDS: on a busy machine the rest of a start takes longer than is waited for it."""

UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def starting(place: Place, *prefix: str, **env: str) -> tuple[subprocess.Popen[str], int, int]:
    """Launch, up to the middle of an import; return the process, the service's pid, its port."""
    place.write("app.py", SLOW_START)
    place.write("wait", "")
    port = free_port()
    env = {"ROCKET_PORT": str(port)} | env
    process = place.start("launch", env=env, prefix=prefix)
    wait_for((place.folder / "importing").exists)
    return process, children(process.pid)[0] if prefix else process.pid, port


as_one = pytest.param(
    UNSHARE, marks=pytest.mark.skipif(not may_unshare(), reason="no right to unshare --pid")
)


@pytest.mark.parametrize("prefix", [(), as_one])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_during_the_imports_is_obeyed_after_them(
    place: Place, prefix: tuple[str, ...], workers: str
) -> None:
    """Also for process 1, to which signals without a handler do not come at all."""
    process, pid, _ = starting(place, *prefix, ROCKET_WORKERS=workers, HOLD_SECONDS=LONG)
    os.kill(pid, signal.SIGTERM)
    (place.folder / "wait").unlink()
    out, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    assert "Received SIGTERM. Requesting shutdown." in out


@pytest.mark.parametrize("prefix", [(), as_one])
def test_an_import_that_hangs_ends_some_time_after_sigterm(
    place: Place, prefix: tuple[str, ...]
) -> None:
    """A start is not waited for without end."""
    process, pid, _ = starting(place, *prefix)
    os.kill(pid, signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_second_sigterm_during_the_imports_ends_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second signal ends the service at once; here the bound would be a minute."""
    place.write(
        "patched.py",
        "import rocketpy.server.process.held_signals as it\n"
        "it.HOLD_SECONDS = 60\nfrom app import *\n",
    )
    place.write("app.py", SLOW_START)
    place.write("wait", "")
    process = place.start("launch", "patched:app")
    wait_for((place.folder / "importing").exists)
    while process.poll() is None:  # each comes in a moment of its own
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    assert process.returncode == 128 + signal.SIGTERM


def test_sighup_during_the_imports_reloads_after_them(place: Place) -> None:
    """It does not end the process; what it wants is done as soon as it can be."""
    process, pid, port = starting(place)
    os.kill(pid, signal.SIGHUP)
    (place.folder / "wait").unlink()
    assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
    assert process.stdout is not None
    for line in process.stdout:
        if "Rocket has been reloaded" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0


def test_sigterm_that_ends_nothing_in_order_kills(place: Place) -> None:
    """Where `shutdown.signals` lacks `term`, one that was held does what it does by default."""
    process, pid, _ = starting(place, ROCKET_SHUTDOWN="{signals=[usr1]}", HOLD_SECONDS=LONG)
    os.kill(pid, signal.SIGTERM)
    (place.folder / "wait").unlink()
    process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGTERM


def test_a_process_forked_by_an_import_gets_its_signals(place: Place) -> None:
    """Signals are held for the service's process, not for those that the application forks."""
    place.write(
        "app.py",
        "import os, signal, time\nimport rocketpy\nchild = os.fork()\nif not child:\n"
        "    time.sleep(600)\nos.kill(child, signal.SIGTERM)\n"
        "print('child', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)\n"
        "app = rocketpy.App()\n",
    )
    port = free_port()
    process = place.start("launch", env={"ROCKET_PORT": str(port)})
    get(f"http://127.0.0.1:{port}/healthz")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert out.startswith("child -15\n")


class Terminal:
    """A terminal with a service started in it."""

    def __init__(self, place: Place, port: int, *, shell: bool, nohup: bool = False) -> None:
        command = [sys.executable, "-m", "rocketpy", "launch"]
        if nohup:
            command = ["nohup", *command]
        if shell:  # the service is a job, not the leader of the session
            command = ["bash", "-i", "-c", 'set -m; "$@" & echo $! > pid; wait', "-", *command]
        env = place.environment() | {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "2"}
        self.leader, self.screen = pty.fork()
        if not self.leader:
            os.chdir(place.folder)
            os.execvpe(command[0], command, env)  # noqa: S606  (no shell is wanted)
        get(f"http://127.0.0.1:{port}/healthz")
        self.service = int((place.folder / "pid").read_text()) if shell else self.leader

    def close(self) -> None:
        if self.screen >= 0:
            os.close(self.screen)
            self.screen = -1

    def end(self) -> None:
        self.close()
        for process in (self.service, self.leader):
            if runs(process):
                os.kill(process, signal.SIGKILL)
        os.waitpid(self.leader, 0)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Collect terminals, which are ended after the test."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.end()


@pytest.mark.parametrize("started", ["by itself", "by a shell"])
def test_a_terminal_that_closes_ends_its_service(
    place: Place, terminals: list[Terminal], started: str
) -> None:
    """Whether the service leads the terminal's session or is a job of the shell that does."""
    place.write("app.py", "import rocketpy\napp = rocketpy.App()\n")
    terminals.append(terminal := Terminal(place, free_port(), shell=started == "by a shell"))
    workers = children(terminal.service)
    assert len(workers) == 2
    terminal.close()
    wait_for(lambda: not any(map(runs, (terminal.service, *workers))))


def test_sighup_reloads_a_service_whose_terminal_is_open(
    place: Place, terminals: list[Terminal]
) -> None:
    """`kill -HUP` reloads a service with a terminal too, as under `docker run -t`."""
    place.write("app.py", "import rocketpy\napp = rocketpy.App()\n")
    terminals.append(terminal := Terminal(place, free_port(), shell=False))
    before = children(terminal.service)
    os.kill(terminal.service, signal.SIGHUP)
    wait_for(lambda: b"reloaded" in os.read(terminal.screen, 65536))
    assert runs(terminal.service)
    wait_for(lambda: not any(map(runs, before)))


def test_nohup_survives_its_terminal(place: Place, terminals: list[Terminal]) -> None:
    """A service that was started with SIGHUP ignored goes on when its terminal is closed."""
    place.write("app.py", "import rocketpy\napp = rocketpy.App()\n")
    port = free_port()
    terminals.append(terminal := Terminal(place, port, shell=False, nohup=True))
    terminal.close()
    time.sleep(0.5)
    assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
    assert runs(terminal.service)


ENDING = """\
import atexit, os, threading, time
import rocketpy

class Index:
    def on_get(self, request, response):
        atexit.register(write, "atexit")
        threading.Thread(target=work, daemon=False).start()
        response.text = str(os.getpid())

def work():
    time.sleep(0.3)
    write("thread")

def write(what):
    with open(f"ended-{os.getpid()}", "a") as file:
        file.write(what + "\\n")

class Hang:
    def on_get(self, request, response):
        threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
        response.text = str(os.getpid())

app = rocketpy.App()
app.add_route("/", Index())
app.add_route("/hang", Hang())
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_process_ends_in_order(place: Place, workers: str) -> None:
    """Threads of the application end, then its `atexit` handlers run, also in a worker."""
    place.write("app.py", ENDING)
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": workers}
    service = place.start("launch", env=env)
    pid = get(f"http://127.0.0.1:{port}/")[2]
    service.send_signal(signal.SIGTERM)
    service.communicate(timeout=SECONDS)
    assert service.returncode == 0
    assert (place.folder / f"ended-{pid}").read_text() == "thread\natexit\n"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_thread_that_does_not_end_is_given_up(place: Place, workers: str) -> None:
    """A thread of the application has grace and mercy, and then the process ends."""
    place.write("app.py", ENDING)
    port = free_port()
    env = {
        "ROCKET_PORT": str(port),
        "ROCKET_WORKERS": workers,
        "ROCKET_SHUTDOWN": "{grace=1,mercy=0}",
    }
    service = place.start("launch", env=env)
    get(f"http://127.0.0.1:{port}/hang")
    service.send_signal(signal.SIGTERM)
    _, log = service.communicate(timeout=SECONDS)
    assert (service.returncode, log) == (0, "")


def test_a_reload_ends_old_workers_in_order(place: Place) -> None:
    """The `atexit` handlers run in the workers that a reload replaces, too."""
    place.write("app.py", ENDING)
    port = free_port()
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "2", "ROCKET_KEEP_ALIVE": "0"}
    service = place.start("launch", env=env)
    pid = get(f"http://127.0.0.1:{port}/")[2]
    service.send_signal(signal.SIGHUP)
    ended = place.folder / f"ended-{pid}"
    wait_for(lambda: ended.exists() and ended.read_text() == "thread\natexit\n")
    service.send_signal(signal.SIGTERM)
    service.communicate(timeout=SECONDS)
    assert service.returncode == 0


def test_the_supervisors_code_runs_in_no_worker(place: Place) -> None:
    """What stands after `launch` in a program runs once, in the process that called it."""
    place.write(
        "program.py",
        "import os\nimport rocketpy\napp = rocketpy.App()\n"
        "try:\n    code = rocketpy.launch(app)\n"
        "finally:\n    print('after', os.getpid(), flush=True)\nraise SystemExit(code)\n",
    )
    port = free_port()
    program = subprocess.Popen(
        [sys.executable, "program.py"],
        cwd=place.folder,
        env=place.environment() | {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "3"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        get(f"http://127.0.0.1:{port}/healthz")
        program.send_signal(signal.SIGTERM)
        out, _ = program.communicate(timeout=SECONDS)
    finally:
        program.kill()
        program.communicate()
    assert program.returncode == 0
    assert [line for line in out.splitlines() if "after" in line] == [f"after {program.pid}"]
