"""Faults of processes: no descriptors, half a deployment, no forks, a handler that hangs in C."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes import children, runs, wait_for
from tests.support import ROOT, SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP = """\
import os, re, time
import rocketpy

fork = os.fork
def fork_if_allowed():
    if os.path.exists("nofork"):
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return fork()
os.fork = fork_if_allowed

kept = []

class Pid:
    def on_get(self, request, response):
        response.text = str(os.getpid())

class Exhaust:
    def on_get(self, request, response):
        try:
            while True:
                kept.append(os.dup(0))
        except OSError as error:
            response.text = error.strerror

class Release:
    def on_get(self, request, response):
        while kept:
            os.close(kept.pop())
        response.text = "released"

class Hang:
    def on_get(self, request, response):
        open("hangs", "w").close()
        re.match("(a+)+$", "a" * 60 + "b")  # for years, and no other thread runs meanwhile

class Sleep:
    def on_get(self, request, response):
        time.sleep(float(request.get_param("seconds")))
        response.text = "slept"

app = rocketpy.App()
for path, resource in {"/pid": Pid(), "/exhaust": Exhaust(), "/release": Release(),
                       "/hang": Hang(), "/sleep": Sleep()}.items():
    app.add_route(path, resource)
"""


class Served:
    """A service whose output goes to a file, so that no pipe of it can be full."""

    def __init__(self, place: Place, *prefix: str, root: Path = ROOT, **env: str) -> None:
        place.write("app.py", APP)
        self.folder = place.folder
        self.port = free_port()
        self.out = place.folder / "out"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "rocketpy", "launch"],
                cwd=place.folder,
                env=place.environment()
                | {"ROCKET_PORT": str(self.port), "PYTHONPATH": str(root)}
                | env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.pid = self.process.pid
        self.get("/pid")

    def get(self, path: str) -> str:
        status, _, body = get(f"http://127.0.0.1:{self.port}{path}")
        assert status == 200, body
        return body

    def send(self, path: str) -> socket.socket:
        """Send a request and do not wait for its answer."""
        connection = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return connection

    def wait_for(self, text: str, times: int = 1) -> None:
        wait_for(lambda: self.out.read_text().count(text) >= times)

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(2 * SECONDS), self.out.read_text()


@pytest.fixture
def served(place: Place, request: pytest.FixtureRequest) -> Callable[..., Served]:
    """Make services, and kill what still runs of them after the test."""

    def serve(*prefix: str, **options: str) -> Served:
        service = Served(place, *prefix, **options)  # type: ignore[arg-type]  # root is a path
        request.addfinalizer(lambda: kill(service.process))
        return service

    return serve


def kill(process: subprocess.Popen[bytes]) -> None:
    family = [process.pid, *children(process.pid)] if process.poll() is None else []
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    process.wait(SECONDS)


def test_a_reload_without_descriptors(served: Callable[..., Served]) -> None:
    """SIGHUP when no file can be opened says so; the service goes on, and reloads when one can."""
    service = served("prlimit", "--nofile=200:200", ROCKET_WORKERS="1", ROCKET_KEEP_ALIVE="60")
    # On one connection: no other could be accepted.
    with socket.create_connection(("127.0.0.1", service.port), SECONDS) as connection:

        def send(path: str) -> bytes:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            return connection.recv(65536).rpartition(b"\r\n\r\n")[2]

        assert send("/exhaust") == b"Too many open files"
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("Reload failed: the new process cannot be started (Too many open files).")
        assert send("/pid") == str(service.pid).encode()
        assert send("/release") == b"released"
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("Rocket has been reloaded")
    code, out = service.end()
    assert code == 0
    assert "Traceback" not in out


@pytest.mark.parametrize("workers", ["1", "2"])
def test_half_a_deployment(
    served: Callable[..., Served], tmp_path_factory: pytest.TempPathFactory, workers: str
) -> None:
    """When most of rocketpy's files are gone, a reload fails and says so; the service goes on."""
    root = tmp_path_factory.mktemp("deployed")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "rocketpy", root / "rocketpy", ignore=ignored)
    service = served(root=root, ROCKET_WORKERS=workers)
    for room in ("server", "config", "common", "figment", "web"):
        shutil.rmtree(root / "rocketpy" / room)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("Reload failed: the new process ended with exit code 1.")
    if workers == "2":
        before = children(service.pid)
        os.kill(before[0], signal.SIGKILL)
        wait_for(lambda: len(now := children(service.pid)) == 2 and before[0] not in now)
    assert service.get("/pid")
    with service.send("/sleep?seconds=0.5") as slow:
        time.sleep(0.1)
        code, out = service.end()
        assert slow.recv(65536).endswith(b"slept")
    assert code == 0
    assert "Graceful shutdown completed successfully." in out
    # The one traceback is the new process's, which finds no rocketpy.
    assert out.count("Traceback") <= 1


def test_forks_that_fail_do_not_end_a_service_that_serves(served: Callable[..., Served]) -> None:
    """As long as one worker serves, the others are tried for again and again."""
    service = served(ROCKET_WORKERS="2", ROCKET_LOG_LEVEL="critical")
    (service.folder / "nofork").touch()
    lost, other = children(service.pid)
    os.kill(lost, signal.SIGKILL)
    service.wait_for("no worker can be started: Resource temporarily unavailable", times=6)
    assert service.get("/pid") == str(other)
    (service.folder / "nofork").unlink()
    wait_for(lambda: len(children(service.pid)) == 2)
    assert service.end()[0] == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_worker_stuck_in_c_is_replaced(served: Callable[..., Served], workers: str) -> None:
    """With `worker_timeout`, a worker whose main thread does not run is killed; one is enough."""
    service = served(ROCKET_WORKERS=workers, ROCKET_WORKER_TIMEOUT="1")
    before = children(service.pid)
    assert len(before) == int(workers)
    with service.send("/hang") as client:
        assert client.recv(1) == b""  # cut off with its worker
    wait_for(lambda: len(now := children(service.pid)) == len(before) and now != before)
    assert service.get("/pid") in map(str, children(service.pid))
    code, out = service.end()
    assert code == 0
    assert "has not answered for 1 seconds (`worker_timeout`): it is killed" in out
    assert out.count("was killed by SIGKILL; another takes its place") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_worker_stuck_in_c_ends_with_the_service(
    served: Callable[..., Served], workers: str
) -> None:
    """SIGTERM ends it some seconds after grace and mercy, though it obeys nothing."""
    service = served(
        ROCKET_WORKERS=workers,
        ROCKET_WORKER_TIMEOUT="600",
        ROCKET_SHUTDOWN="{grace=0,mercy=1}",
    )
    with service.send("/hang"):
        wait_for((service.folder / "hangs").exists)
        workers_ = children(service.pid)
        code, out = service.end()
    assert code == 1
    assert "a worker that does not end is killed" in out
    assert not any(map(runs, workers_))


def test_a_worker_that_waits_answers(served: Callable[..., Served]) -> None:
    """A handler that takes longer than `worker_timeout`, and lets others run, is left alone."""
    service = served(ROCKET_WORKERS="2", ROCKET_WORKER_TIMEOUT="1")
    before = children(service.pid)
    assert service.get("/sleep?seconds=3") == "slept"
    assert children(service.pid) == before
    code, out = service.end()
    assert code == 0
    assert "worker_timeout" not in out.partition("Rocket has launched")[2]


def test_a_service_that_was_stopped_kills_no_worker(served: Callable[..., Served]) -> None:
    """After SIGSTOP and SIGCONT of all its processes, none is late for the supervisor."""
    service = served(ROCKET_WORKERS="2", ROCKET_WORKER_TIMEOUT="1")
    before = children(service.pid)
    for _ in range(2):
        for process in (service.pid, *before):
            os.kill(process, signal.SIGSTOP)
        time.sleep(2.5)
        os.kill(service.pid, signal.SIGCONT)
        time.sleep(0.1)  # the supervisor looks first
        for process in before:
            os.kill(process, signal.SIGCONT)
        assert service.get("/pid")
    time.sleep(1.5)
    assert children(service.pid) == before, service.out.read_text()
    assert service.end()[0] == 0
