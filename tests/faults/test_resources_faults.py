"""A full disk, no more descriptors, a clock that jumps: the service says so and goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes import cpu_seconds, descriptors, wait_for
from tests.support import SECONDS, Place, free_port, get, problems

if TYPE_CHECKING:
    from pathlib import Path

APP = """\
import time, rocketpy

class Length:
    def on_get(self, request, response):
        response.text = "there"

    def on_post(self, request, response):
        response.text = str(len(request.bounded_stream.read()))

class Jump:
    def on_get(self, request, response, hours):
        now = time.time
        time.time = lambda: now() + int(hours) * 3600
        response.text = "jumped"

app = rocketpy.App()
app.add_route("/", Length())
app.add_route("/jump/{hours}", Jump())
"""
MEGABYTE = 1_000_000
MOUNT = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'


class Served:
    """A service, its address and its end."""

    def __init__(self, place: Place, *prefix: str, **env: str) -> None:
        place.write("app.py", APP)
        self.port = free_port()
        env = {"ROCKET_PORT": str(self.port), "ROCKET_WORKERS": "1"} | env
        self.process = place.start("launch", prefix=prefix, env=env)
        assert get(f"http://127.0.0.1:{self.port}/")[2] == "there"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def post(self, size: int) -> str:
        """Send a body of so many bytes; return the answer's status line and body."""
        with self.connect() as connection:
            head = (
                f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n"
            )
            connection.sendall(head.encode())
            with contextlib.suppress(ConnectionError):  # a refusal comes before all is sent
                connection.sendall(b"x" * size)
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        return answer.partition("\r\n")[0] + answer.partition("\r\n\r\n")[2]

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, problems(out) + err


def may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def disk_of_a_megabyte(folder: Path) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", MOUNT, str(folder)]


def files_of_a_megabyte(_: Path) -> list[str]:
    return ["prlimit", f"--fsize={1 << 20}"]


@pytest.mark.parametrize(
    "small",
    [
        pytest.param(
            disk_of_a_megabyte,
            marks=pytest.mark.skipif(not may_mount(), reason="no right to mount (unshare --mount)"),
        ),
        files_of_a_megabyte,
    ],
)
def test_a_full_disk(place: Place, tmp_path_factory: pytest.TempPathFactory, small: object) -> None:
    """What `temp_dir` has no room for is answered with 507, the rest as ever; nothing is left."""
    folder = tmp_path_factory.mktemp("small")
    assert callable(small)
    env = {"ROCKET_TEMP_DIR": f'"{folder}"', "ROCKET_LIMITS": "{bytes=100MB}"}
    service = Served(place, *small(folder), **env)
    before = descriptors(service.process.pid)
    for _ in range(3):
        assert service.post(20 * MEGABYTE).startswith("HTTP/1.1 507 ")
        assert service.post(700_000).endswith("700000")
        assert service.post(10).endswith("10")
    wait_for(lambda: descriptors(service.process.pid) <= before)
    assert os.listdir(folder) == []
    code, log = service.end()
    assert code == 0
    assert "Traceback" not in log


def test_no_descriptors_left(place: Place) -> None:
    """Connections that there is no room for wait until there is, and no thread spins."""
    env = {"ROCKET_KEEP_ALIVE": "60", "ROCKET_LOG_LEVEL": "critical"}
    service = Served(place, "prlimit", "--nofile=100:100", **env)
    pid = service.process.pid
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(service.connect()) for _ in range(150)]
        for connection in opened:
            connection.sendall(request)
        assert opened[0].recv(1000).endswith(b"there")
        wait_for(lambda: descriptors(pid) > 70)
        before = cpu_seconds(pid)
        time.sleep(1)
        assert cpu_seconds(pid) - before < 0.5
        for connection in opened[1:]:  # each that leaves makes room for another
            opened.pop(0).close()
            assert connection.recv(1000).endswith(b"there")
    assert get(f"http://127.0.0.1:{service.port}/")[2] == "there"
    code, log = service.end()
    assert code == 0
    assert log.count("the limit of open files allows no more connections") == 1  # a minute


@pytest.mark.parametrize("hours", [-48, 48])
def test_the_clock_jumps(place: Place, hours: int) -> None:
    """Nothing is cut off by it, and what is to be cut off still is, in the time that it has."""
    service = Served(place, ROCKET_KEEP_ALIVE="2", ROCKET_SHUTDOWN="{grace=30,mercy=30}")
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with service.connect() as kept, service.connect() as arriving:
        arriving.sendall(request[:20])
        for _ in range(3):
            kept.sendall(request)
            assert kept.recv(1000).endswith(b"there")
            assert get(f"http://127.0.0.1:{service.port}/jump/{hours}")[2] == "jumped"
        arriving.sendall(request[20:])
        assert arriving.recv(1000).endswith(b"there")
        assert kept.recv(1) == b""  # after keep_alive, not after two days
    assert service.end() == (0, "")
