"""Several processes that serve at one listener, and their supervisor."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from tests.processes import children, runs, wait_for
from tests.support import SECONDS, Place, free_port, get, problems

APP = """\
import gc, os, sys, time
import rocketpy

class Pid:
    def on_get(self, request, response):
        response.text = str(os.getpid())

class Slow:
    def on_get(self, request, response):
        open(f"began-{os.getpid()}", "w").close()
        time.sleep(float(request.get_param("seconds")))
        response.text = "slow"

class Frozen:
    def on_get(self, request, response):
        response.text = str(gc.get_freeze_count())

class Modules:
    def on_get(self, request, response):
        response.text = " ".join(sys.modules)

class Orphan:
    def on_get(self, request, response):
        if not os.fork():
            if not os.fork():
                time.sleep(0.2)
            os._exit(0)
        os.wait()
        response.text = "left"

app = rocketpy.App()
for path, resource in {
    "/pid": Pid(), "/slow": Slow(), "/frozen": Frozen(), "/modules": Modules(), "/orphan": Orphan()
}.items():
    app.add_route(path, resource)
"""


class Served:
    """A service that is served by some workers."""

    def __init__(self, place: Place, *prefix: str, app: str = APP, **env: str) -> None:
        place.write("app.py", app)
        port = free_port()
        self.address = ("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}"
        self.folder = place.folder
        env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": "2"} | env
        self.process = place.start("launch", env=env, prefix=prefix)
        self.pid = self.process.pid

    def get(self, path: str) -> str:
        status, _, body = get(self.url + path)
        assert status == 200
        return body

    def ask_slow(self, seconds: float) -> tuple[list[str], threading.Thread]:
        """Begin a request that takes so long; return where its answer will be, and when."""
        answers: list[str] = []

        def ask() -> None:
            try:
                answers.append(self.get(f"/slow?seconds={seconds}"))
            except (OSError, AssertionError) as error:
                answers.append(repr(error))

        before = self._began()
        client = threading.Thread(target=ask, daemon=True)
        client.start()
        wait_for(lambda: self._began() > before)
        return answers, client

    def _began(self) -> int:
        return sum(name.startswith("began-") for name in os.listdir(self.folder))

    def workers(self) -> list[int]:
        return children(self.pid)

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was logged."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, problems(out) + err


def test_the_workers_serve_and_the_supervisor_does_not(place: Place) -> None:
    """There are as many processes as `workers` says, and answers come from them alone."""
    service = Served(place, ROCKET_WORKERS="3")
    assert int(service.get("/pid")) in service.workers()
    assert len(service.workers()) == 3
    service.process.send_signal(signal.SIGTERM)
    assert service.end() == (0, "")


def test_one_worker_is_the_process_itself(place: Place) -> None:
    """`workers = 1` has no supervisor, and none of its code."""
    service = Served(place, ROCKET_WORKERS="1")
    assert service.get("/pid") == str(service.pid)
    assert service.workers() == []
    modules = service.get("/modules").split()
    assert "rocketpy.server.loop.engine" in modules
    for name in ("process.supervisor", "process.find_listener", "loop.accept_balance", "tls"):
        assert f"rocketpy.server.{name}" not in modules


def test_what_is_imported_is_imported_once(place: Place) -> None:
    """All is imported before the fork, and the collector leaves it alone."""
    service = Served(place)
    assert int(service.get("/frozen")) > 10_000
    assert get(service.url + "/nowhere")[0] == 404


def test_a_slow_request_is_answered_at_the_end(place: Place) -> None:
    """Each worker drains as one process would."""
    service = Served(place, ROCKET_SHUTDOWN="{grace=60,mercy=60}")
    answers, client = service.ask_slow(1)
    service.process.send_signal(signal.SIGTERM)
    client.join(SECONDS)
    assert answers == ["slow"]
    assert service.end() == (0, "")


def test_what_a_worker_cuts_off_is_in_the_exit_code(place: Place) -> None:
    """A request that outlasts grace and mercy in one of the workers makes it 1."""
    service = Served(place, ROCKET_SHUTDOWN="{grace=0,mercy=0}")
    service.ask_slow(60)
    service.process.send_signal(signal.SIGTERM)
    assert service.end() == (1, "")


def test_ctrl_c_reaches_everybody_and_counts_once(place: Place) -> None:
    """A terminal sends SIGINT to all processes of the service: that is one signal, not many."""
    service = Served(place, ROCKET_SHUTDOWN="{grace=60,mercy=60}")
    answers, client = service.ask_slow(1)
    for process in (*service.workers(), service.pid, *service.workers()):
        os.kill(process, signal.SIGINT)
    client.join(SECONDS)
    assert answers == ["slow"]
    assert service.end() == (0, "")


def test_a_second_signal_ends_all_at_once(place: Place) -> None:
    """After a second signal the supervisor waits for no worker."""
    service = Served(place, ROCKET_SHUTDOWN="{grace=600,mercy=600}")
    service.ask_slow(600)
    workers = service.workers()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.stdout is not None
    while "Received SIGTERM" not in service.process.stdout.readline():
        pass
    service.process.send_signal(signal.SIGTERM)
    assert service.end() == (128 + signal.SIGTERM, "")
    wait_for(lambda: not any(map(runs, workers)))


def test_workers_end_when_their_supervisor_is_gone(place: Place) -> None:
    """After SIGKILL of the supervisor, workers answer the requests that they have, and end."""
    service = Served(place, ROCKET_SHUTDOWN="{grace=60,mercy=60}")
    answers, client = service.ask_slow(1)
    workers = service.workers()
    service.process.kill()
    client.join(SECONDS)
    assert answers == ["slow"]
    wait_for(lambda: not any(map(runs, workers)))


def test_a_worker_that_hangs_is_killed_at_the_end(place: Place) -> None:
    """A worker that does not even obey is killed some time after grace and mercy."""
    app = "import rocketpy.server.process.supervisor as it\nit.OVERDUE_SECONDS = 0.5\n" + APP
    service = Served(place, app=app, ROCKET_SHUTDOWN="{grace=0,mercy=0}")
    service.get("/pid")
    os.kill(service.workers()[0], signal.SIGSTOP)
    service.process.send_signal(signal.SIGTERM)
    assert service.end() == (1, "Warning: a worker that does not end is killed\n")


def test_workers_that_fail_at_once_stop_the_service(place: Place) -> None:
    """A worker that never gets to serve is tried a few times, and then all ends with 1."""
    app = "import os\nos.register_at_fork(after_in_child=lambda: os._exit(3))\n" + APP
    service = Served(place, app=app)
    code, log = service.end()
    assert code == 1
    assert "ended with exit code 3; another takes its place" in log
    assert log.splitlines()[-1].startswith(
        "Error: 5 workers in a row failed at once, the last ended with exit code 3"
    )


def test_the_error_of_a_worker_is_told(place: Place) -> None:
    """What is raised in a worker before it serves is in the log."""
    app = (
        "import rocketpy.server.process.supervisor as it\n"
        "def fail(*_, **__): raise RuntimeError('no descriptors')\n"
        "it.run_worker = fail\n" + APP
    )
    code, log = Served(place, app=app).end()
    assert code == 1
    assert "RuntimeError: no descriptors" in log


BROKEN = (
    "import os, rocketpy.server.loop.engine as it\n"
    "poll = it.Engine._poll\n"
    "def fail(engine):\n"
    "    try:\n"
    "        os.unlink('fail')\n"  # one worker's only, also when two look at once
    "    except FileNotFoundError:\n"
    "        return poll(engine)\n"
    "    raise RuntimeError('a fault of ours')\n"
    "it.Engine._poll = fail\n"
) + APP


def test_a_worker_whose_server_fails_is_replaced(place: Place) -> None:
    """A fault in the server is reported, and does not leave a worker that answers nothing."""
    service = Served(place, app=BROKEN)
    service.get("/pid")
    before = service.workers()
    place.write("fail", "")
    wait_for(lambda: service.get("/pid") and len(set(service.workers()) - set(before)) == 1)
    service.get("/pid")
    service.process.send_signal(signal.SIGTERM)
    code, log = service.end()
    assert code == 0
    assert "RuntimeError: a fault of ours" in log
    assert "ended with exit code 1; another takes its place" in log


def test_one_worker_whose_server_fails_ends(place: Place) -> None:
    """Without a supervisor the exit code says so to the process that started it."""
    service = Served(place, app=BROKEN, ROCKET_WORKERS="1")
    service.get("/pid")
    place.write("fail", "")
    with contextlib.suppress(OSError), socket.create_connection(service.address, SECONDS) as client:
        client.recv(1)
    code, log = service.end()
    assert code == 1
    assert "RuntimeError: a fault of ours" in log


UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_unshare(), reason="no right to make a PID namespace (unshare --pid)")
def test_as_process_one(place: Place) -> None:
    """As process 1 the supervisor also buries processes whose parents ended before them."""
    service = Served(place, *UNSHARE)
    assert service.get("/orphan") == "left"
    service.pid = children(service.pid)[0]
    wait_for(lambda: len(service.workers()) == 2)
    os.kill(service.pid, signal.SIGTERM)
    assert service.end() == (0, "")
