"""Applications that fork: what the forked processes have, and that they leave the service alone."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.processes import children, runs, wait_for
from tests.support import SECONDS, Place, free_port, get

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

APP = """\
import json, multiprocessing, os, signal, threading, time
import rocketpy

forks = multiprocessing.get_context("fork")

def double(number):
    return 2 * number

def look(pipe):
    '''Report what a forked process has of the service's.'''
    links = {name: os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
             if os.path.lexists(f"/proc/self/fd/{name}")}
    pipe.send({
        "handlers": [str(signal.getsignal(n)) for n in
                     (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)],
        "wakeup": signal.set_wakeup_fd(-1),
        "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "sockets": sum("socket:" in link for link in links.values()),
        "epolls": sum("eventpoll" in link for link in links.values()),
    })
    pipe.close()

class Pool:
    def on_get(self, request, response):
        with forks.Pool(2) as pool:
            response.text = str(pool.map(double, range(4)))

class Terminate:
    def on_get(self, request, response):
        process = forks.Process(target=time.sleep, args=(600,))
        process.start()
        process.terminate()
        process.join()
        response.text = str(process.exitcode)

class Look:
    def on_get(self, request, response):
        ours, theirs = forks.Pipe()
        process = forks.Process(target=look, args=(theirs,))
        process.start()
        found = ours.recv()
        process.join()
        # The two ends of that pipe are sockets too.
        response.text = json.dumps(found)

class Return:
    def on_get(self, request, response):
        process = os.fork()
        if process:
            response.text = str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        else:
            response.text = "the child"

class Sleeper:
    def on_get(self, request, response):
        process = forks.Process(target=time.sleep, args=(600,), daemon=False)
        process.start()
        response.text = str(process.pid)

class Pid:
    def on_get(self, request, response):
        response.text = str(os.getpid())

app = rocketpy.App()
for path, resource in {"/pool": Pool(), "/terminate": Terminate(), "/look": Look(),
                       "/return": Return(), "/sleeper": Sleeper(), "/pid": Pid()}.items():
    app.add_route(path, resource)
"""

both = pytest.mark.parametrize("workers", [1, 2])


class Served:
    """A service of that application."""

    def __init__(self, place: Place, workers: int, **env: str) -> None:
        place.write("app.py", APP)
        self.port = free_port()
        env = {"ROCKET_PORT": str(self.port), "ROCKET_WORKERS": str(workers)} | env
        self.process: subprocess.Popen[str] = place.start("launch", env=env)
        self.get("/pid")

    def get(self, path: str) -> str:
        status, _, body = get(f"http://127.0.0.1:{self.port}{path}")
        assert status == 200, body
        return body

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, log


@both
def test_a_pool_in_a_handler(place: Place, workers: int) -> None:
    """`multiprocessing.Pool`, which terminates its processes, leaves the service running."""
    service = Served(place, workers)
    for _ in range(3):
        assert service.get("/pool") == "[0, 2, 4, 6]"
    assert service.end() == (0, "")


@both
def test_a_pool_in_a_handler_behind_tls(place: Place, workers: int) -> None:
    """The processes that a handler forks do not end the encrypted connections that they close."""
    authority = trustme.CA()
    pair = authority.issue_cert("localhost")
    pair.private_key_pem.write_to_path(place.folder / "key.pem")
    pair.cert_chain_pems[0].write_to_path(place.folder / "certs.pem")
    port = free_port()
    place.write("app.py", APP)
    place.write("Rocket.toml", "[default.tls]\nkey = 'key.pem'\ncerts = 'certs.pem'\n")
    env = {"ROCKET_PORT": str(port), "ROCKET_WORKERS": str(workers)}
    process = place.start("launch", env=env)
    wait_for(lambda: _accepts(port))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    client = http.client.HTTPSConnection("localhost", port, context=context, timeout=SECONDS)
    for _ in range(3):  # all of them on one connection
        client.request("GET", "/pool")
        assert client.getresponse().read() == b"[0, 2, 4, 6]"
    client.close()
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=SECONDS)
    assert (process.returncode, log) == (0, "")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@both
def test_terminate_ends_the_child_alone(place: Place, workers: int) -> None:
    """`Process.terminate` right after the start ends that process, and nothing else."""
    service = Served(place, workers)
    before = service.get("/pid") if workers == 1 else sorted(children(service.process.pid))
    for _ in range(20):
        assert service.get("/terminate") == str(-signal.SIGTERM)
    after = service.get("/pid") if workers == 1 else sorted(children(service.process.pid))
    assert before == after
    assert service.end() == (0, "")


@both
def test_what_a_forked_process_has(place: Place, workers: int) -> None:
    """Default handlers, no wake-up descriptor, no signal blocked, none of the service's sockets."""
    service = Served(place, workers, ROCKET_HEALTH=f"{{port={free_port()}}}")
    found = json.loads(service.get("/look"))
    default = str(signal.Handlers.SIG_DFL)
    assert found == {
        "handlers": [default, default, default],
        "wakeup": -1,
        "blocked": 0,
        "sockets": 2,  # the pipe that the report comes through
        "epolls": 0,
    }
    assert service.end() == (0, "")


@both
def test_a_child_that_returns_answers_nothing(place: Place, workers: int) -> None:
    """When a handler's child returns from the handler, it ends; the parent's answer comes once."""
    service = Served(place, workers)
    with socket.create_connection(("127.0.0.1", service.port), SECONDS) as client:
        client.sendall(b"GET /return HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"\r\n\r\n0")
    assert service.end()[0] == 0


@both
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name
)
def test_a_signal_to_a_child_is_the_childs(place: Place, workers: int, number: int) -> None:
    """A signal to a forked process neither drains nor reloads the service, and ends the process."""
    service = Served(place, workers)
    child = int(service.get("/sleeper"))
    os.kill(child, number)
    wait_for(lambda: not runs(child))
    assert service.get("/pid")
    service.process.send_signal(signal.SIGTERM)
    out, _ = service.process.communicate(timeout=SECONDS)
    assert service.process.returncode == 0
    assert "SIGHUP" not in out
    assert out.count("Received SIGTERM") == 1


@both
def test_a_child_does_not_keep_the_port_or_a_connection(
    place: Place, workers: int, request: pytest.FixtureRequest
) -> None:
    """While a handler's process lives on, connections close, and the port is free afterwards."""
    service = Served(place, workers, ROCKET_SHUTDOWN="{grace=0,mercy=0}")
    with socket.create_connection(("127.0.0.1", service.port), SECONDS) as client:
        client.sendall(b"GET /sleeper HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))  # the end comes at once
    child = int(answer.rpartition(b"\r\n")[2])
    request.addfinalizer(_killer(child))
    service.process.kill()
    service.process.wait(SECONDS)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait_for(lambda: _binds(probe, service.port))
    assert runs(child)


def _killer(process: int) -> Callable[[], None]:
    def kill() -> None:
        if runs(process):
            os.kill(process, signal.SIGKILL)

    return kill


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
