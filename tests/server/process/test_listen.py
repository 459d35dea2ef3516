"""`listen`, and what systemd hands to a service and wants to be notified of."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.processes import children, wait_for
from tests.support import SECONDS, Place, free_port, get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """\
import os
import rocketpy

class Index:
    def on_get(self, request, response):
        response.text = app.config.figment.find("greeting").data if "greeting" in open(
            "Rocket.toml").read() else "first"

class Environment:
    def on_get(self, request, response):
        response.text = " ".join(os.environ)

app = rocketpy.App()
app.add_route("/", Index())
app.add_route("/environ", Environment())
"""


def launch(place: Place, *listen: str, **env: str) -> subprocess.Popen[str]:
    place.write("app.py", APP)
    entries = ", ".join(entry if entry.startswith("{") else f'"{entry}"' for entry in listen)
    place.write("Rocket.toml", f"[default]\nlisten = [{entries}]\n")
    return place.start("launch", env=env)


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=SECONDS)
    return process.returncode, out, errors


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_dual_stack(place: Place) -> None:
    """`[::]` takes IPv4 connections as well."""
    port = free_port()
    process = launch(place, f"[::]:{port}", ROCKET_WORKERS="1")
    assert get(f"http://127.0.0.1:{port}/")[2] == "first"
    assert get(f"http://[::1]:{port}/")[2] == "first"
    assert end(process)[0] == 0


def get_unix(path: Path) -> str:
    """Return what a service answers on a Unix socket."""
    client = http.client.HTTPConnection("localhost")
    with socket.socket(socket.AF_UNIX) as client.sock:
        client.sock.settimeout(SECONDS)
        client.sock.connect(str(path))
        client.request("GET", "/", headers={"Connection": "close"})
        return client.getresponse().read().decode()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_several_listeners(place: Place, workers: str) -> None:
    """All of `listen` are served, by the same processes, also after a reload."""
    ports = [free_port(), free_port()]
    private, public = place.folder / "private.sock", place.folder / "public.sock"
    entries = ['{ unix = "private.sock", mode = "0600" }', "unix:public.sock"]
    process = launch(
        place, *(f"127.0.0.1:{port}" for port in ports), *entries, ROCKET_WORKERS=workers
    )
    for port in ports:
        assert get(f"http://127.0.0.1:{port}/")[2] == "first"
    assert get_unix(private) == get_unix(public) == "first"
    assert private.stat().st_mode & 0o777 == 0o600
    config = (place.folder / "Rocket.toml").read_text()
    place.write("Rocket.toml", f"{config}greeting = 'second'\n")
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: get_unix(private) == "second")
    wait_for(lambda: get_unix(public) == "second")
    for port in ports:
        wait_for(lambda port=port: get(f"http://127.0.0.1:{port}/")[2] == "second")  # type: ignore[misc]
    code, out, errors = end(process)
    assert (code, errors) == (0, "")
    places = f"http://127.0.0.1:{ports[0]}, http://127.0.0.1:{ports[1]}, unix:{private}"
    assert f"Rocket has launched from {places}, unix:{public}\n" in out
    assert "cannot move" not in out
    assert not private.exists()
    assert not public.exists()


def test_a_socket_file_that_was_left_behind(place: Place) -> None:
    """It is replaced after a service that was killed; while one listens there, it is not."""
    path = place.folder / "app.sock"
    killed = launch(place, "unix:app.sock", ROCKET_WORKERS="1")
    wait_for(lambda: answers(path))
    refused = place.run("launch")
    assert refused.returncode == 1
    assert f"cannot listen on unix:{path}: another process listens there" in refused.stderr
    killed.kill()
    killed.communicate()
    assert path.exists()
    process = launch(place, "unix:app.sock", ROCKET_WORKERS="2")
    wait_for(lambda: answers(path))
    assert end(process)[0] == 0
    assert not path.exists()


def answers(path: Path) -> bool:
    try:
        return get_unix(path) == "first"
    except OSError:
        return False


def test_a_reload_does_not_move_them(place: Place) -> None:
    """Each place of a new configuration that the service does not have is named."""
    port = free_port()
    process = launch(place, f"127.0.0.1:{port}", ROCKET_WORKERS="1")
    assert get(f"http://127.0.0.1:{port}/")[2] == "first"
    entries = f'"127.0.0.1:{port}", "unix:new.sock"'
    place.write("Rocket.toml", f"[default]\nlisten = [{entries}]\ngreeting = 'second'\n")
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: get(f"http://127.0.0.1:{port}/")[2] == "second")
    _, out, _ = end(process)
    path = place.folder / "new.sock"
    assert f"A reload cannot move the service to unix:{path}: a restart can.\n" in out


WITH_DESCRIPTORS = """\
import os, sys
count, names, *command = sys.argv[1:]
for index in range(int(count)):
    os.set_inheritable(3 + index, True)
if names:
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count, "LISTEN_FDNAMES": names}
os.execv(command[0], command)
"""


class Activated:
    """A service that is handed open listeners as its descriptors from 3 on; they stay open here."""

    def __init__(
        self,
        place: Place,
        count: int,
        names: str,
        listeners: list[socket.socket] | None = None,
        **env: str,
    ) -> None:
        self.listeners = listeners or [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self.ports = [listener.getsockname()[1] for listener in self.listeners]
        place.write("app.py", APP)
        numbers = [listener.fileno() for listener in self.listeners]

        def put_in_place() -> None:
            # From beyond, so that no number that is yet to be copied is written over.
            copies = [os.dup(number) for number in numbers]
            for index, copy in enumerate(copies):
                os.dup2(copy, 3 + index)

        command = [sys.executable, "-m", "rocketpy", "launch"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WITH_DESCRIPTORS, str(count), names, *command],
            cwd=place.folder,
            env=place.environment() | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            close_fds=False,
            preexec_fn=put_in_place,  # noqa: PLW1509  (this process has one thread)
        )

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        for listener in self.listeners:
            listener.close()


@pytest.fixture
def activated(place: Place) -> Iterator[list[Activated]]:
    """Collect such services, which are ended after the test."""
    started: list[Activated] = []
    yield started
    for service in started:
        service.kill()


@pytest.mark.parametrize("count", [1, 3])
def test_socket_activation(place: Place, activated: list[Activated], count: int) -> None:
    """Systemd's sockets take the place of `address` and `port`, also through a reload."""
    place.write("Rocket.toml", "[default]\nport = 1\n")
    activated.append(service := Activated(place, count, "web", ROCKET_WORKERS="1"))
    for port in service.ports:
        assert get(f"http://127.0.0.1:{port}/")[2] == "first"
        # They are for this process alone, so those that it starts do not see them.
        assert "LISTEN_FDS" not in get(f"http://127.0.0.1:{port}/environ")[2]
    place.write("Rocket.toml", "[default]\nport = 1\ngreeting = 'second'\n")
    service.process.send_signal(signal.SIGHUP)
    for port in service.ports:
        wait_for(lambda port=port: get(f"http://127.0.0.1:{port}/")[2] == "second")  # type: ignore[misc]
    code, out, _ = end(service.process)
    assert code == 0
    assert "cannot move" not in out


@pytest.mark.parametrize("reloads", [False, True])
def test_connections_wait_for_the_next_service(
    place: Place, activated: list[Activated], *, reloads: bool
) -> None:
    """A listener that systemd keeps open is as it was when a service has ended that used it."""
    place.write("Rocket.toml", "[default]\n")
    activated.append(service := Activated(place, 1, "web", ROCKET_WORKERS="2"))
    where = ("127.0.0.1", service.ports[0])
    assert get(f"http://127.0.0.1:{service.ports[0]}/")[2] == "first"
    if reloads:
        place.write("Rocket.toml", "[default]\ngreeting = 'second'\n")
        service.process.send_signal(signal.SIGHUP)
        wait_for(lambda: get(f"http://127.0.0.1:{service.ports[0]}/")[2] == "second")
    assert end(service.process)[0] == 0
    with socket.create_connection(where, timeout=SECONDS) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        activated.append(Activated(place, 1, "web", service.listeners, ROCKET_WORKERS="1"))
        assert client.recv(65536).startswith(b"HTTP/1.0 200 OK\r\n")
    assert end(activated[-1].process)[0] == 0


def test_sockets_for_another_process(place: Place, activated: list[Activated]) -> None:
    """LISTEN_FDS counts only for the process that LISTEN_PID names."""
    port = free_port()
    place.write("Rocket.toml", f"[default]\nport = {port}\n")
    activated.append(
        service := Activated(place, 1, "", LISTEN_PID="1", LISTEN_FDS="1", ROCKET_WORKERS="1")
    )
    assert get(f"http://127.0.0.1:{port}/")[2] == "first"
    assert end(service.process)[0] == 0


def test_a_descriptor(place: Place, activated: list[Activated]) -> None:
    """`fd:3` is a listener that the process which started the service left open."""
    place.write("Rocket.toml", '[default]\nlisten = ["fd:3"]\n')
    activated.append(service := Activated(place, 1, "", ROCKET_WORKERS="2"))
    assert get(f"http://127.0.0.1:{service.ports[0]}/")[2] == "first"
    assert end(service.process)[0] == 0


def test_a_descriptor_that_is_none(place: Place) -> None:
    """A number that is not open, or no listener, is one sentence."""
    launch(place, "fd:77").communicate(timeout=SECONDS)
    refused = place.run("launch")
    assert refused.returncode == 1
    assert "cannot listen on fd:77: bad file descriptor; hand the service" in refused.stderr


class Systemd:
    """Receives what a service notifies systemd of."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(SECONDS)

    def next(self, *, watchdog: bool = False) -> str:
        """Return the next notification; signs of life count only if `watchdog`."""
        while True:
            text = self._socket.recv(65536).decode()
            if watchdog or text != "WATCHDOG=1":
                return text

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("abstract", ["", "@"])
def test_notifications(place: Place, workers: str, abstract: str) -> None:
    """Ready, reloading with its time, ready again (also when the reload failed), stopping."""
    name = str(place.folder / "notify")
    systemd = Systemd(f"\0{name}" if abstract else name)
    try:
        port = free_port()
        place.write("Rocket.toml", "[default]\n")
        place.write("app.py", APP)
        env = {
            "ROCKET_PORT": str(port),
            "ROCKET_WORKERS": workers,
            "NOTIFY_SOCKET": f"{abstract}{name}",
        }
        process = place.start("launch", env=env)
        assert systemd.next() == f"READY=1\nMAINPID={process.pid}"
        assert get(f"http://127.0.0.1:{port}/")[0] == 200
        assert "NOTIFY_SOCKET" not in get(f"http://127.0.0.1:{port}/environ")[2]
        for app in (APP, "syntax error"):
            place.write("app.py", app)
            process.send_signal(signal.SIGHUP)
            reloading, usec = systemd.next().split("\n")
            assert reloading == "RELOADING=1"
            assert usec.startswith("MONOTONIC_USEC=")
            assert int(usec.partition("=")[2]) > 0
            assert systemd.next() == "READY=1"
        process.send_signal(signal.SIGTERM)
        assert systemd.next() == "STOPPING=1"
        process.communicate(timeout=SECONDS)
        assert process.returncode == 0
    finally:
        systemd.close()


def test_signs_of_life(place: Place) -> None:
    """As long as the main thread runs, the watchdog is notified; when it hangs, it is not."""
    systemd = Systemd(str(place.folder / "notify"))
    try:
        place.write("Rocket.toml", "[default]\n")
        place.write("app.py", APP)
        env = {
            "ROCKET_PORT": str(free_port()),
            "ROCKET_WORKERS": "2",
            "NOTIFY_SOCKET": str(place.folder / "notify"),
            "WATCHDOG_USEC": "200000",
        }
        process = place.start("launch", env=env)
        heard = {systemd.next(watchdog=True) for _ in range(5)}
        assert heard == {f"READY=1\nMAINPID={process.pid}", "WATCHDOG=1"}
        assert len(children(process.pid)) == 2
        assert end(process)[0] == 0
    finally:
        systemd.close()
