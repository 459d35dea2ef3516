"""A service under measurement: started, asked, weighed, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE = 60.0
"""Seconds that a service gets to answer for the first time."""
POLL = 0.0005
"""Seconds between two attempts to connect: the grain of a start's time."""
KIB = 1024


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Service:
    """A process that answers on a port, and its children."""

    process: subprocess.Popen[bytes]
    port: int
    start: float
    """Milliseconds from exec to the end of the first answer."""

    def memory(self) -> float:
        """Return the resident memory of the process and its children, in MiB; shared pages count.

        Pages of the file that the executable maps are in it: they are what one container holds.
        """
        return sum(_resident(pid) for pid in _family(self.process.pid))


@contextlib.contextmanager
def serving(
    command: Sequence[str], folder: str, path: str = "/", workers: int = 1
) -> Iterator[Service]:
    """Run a service until the block is left.

    Args:
        command: the program and its arguments; ROCKET_PORT tells it the port, and so does PORT
            where an argument has it.
        folder: where it runs.
        path: what is asked until it answers 200.
        workers: how many processes serve, for who listens to ROCKET_WORKERS.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "ROCKET_PORT": str(port),
        "ROCKET_ADDRESS": "127.0.0.1",
        "ROCKET_WORKERS": str(workers),
        "ROCKET_PROFILE": "release",
        "ROCKET_LOG_LEVEL": "off",
        "ROCKET_SECRET_KEY": "6ZGxTKtZOjYZKmVYVsWrYpYtXbLnuCGfs4qeVZqMhXA=",
    }
    began = time.perf_counter()
    arguments = [argument.replace("PORT", str(port)) for argument in command]
    process = subprocess.Popen(
        arguments, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(port, path):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"{command[0]} did not answer within {PATIENCE:.0f} s")
            time.sleep(POLL)
        yield Service(process, port, (time.perf_counter() - began) * 1000)
    finally:
        for pid in reversed(_family(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def requests_per_second(port: int, seconds: int, connections: int = 32) -> float:
    """Return how many requests wrk gets answered in a second, over kept connections."""
    run = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}/"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    if found is None or "Non-2xx" in run.stdout:
        raise RuntimeError(f"wrk says:\n{run.stdout}")
    return float(found[1])


def need_wrk() -> None:
    """Stop with the remedy if the load generator is missing."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it, parents first."""
    family = [pid]
    for member in family:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{member}/task"):
                path = f"/proc/{member}/task/{task}/children"
                with open(path, encoding="ascii") as children:
                    family.extend(int(child) for child in children.read().split())
    return family


def _resident(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / KIB / KIB
    except OSError:
        return 0.0
