"""Start a service, measure its first answer, its memory and its speed, and end it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIRST_ANSWER_TIMEOUT = 60.0
"""Seconds within which a service must answer for the first time."""
POLL = 0.0005
"""Seconds between two attempts to connect: the resolution of a start's time."""
KIB = 1024


def free_port() -> int:
    """Return a TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Service:
    """A service: its process, its port and the time of its start."""

    process: subprocess.Popen[bytes]
    port: int
    start: float
    """Milliseconds from exec to the end of the first answer."""

    def memory(self) -> float:
        """Return the resident memory of the process and its children, in MiB; shared pages count.

        Pages of the executable's file are included, as they are in the memory of a container.
        """
        return sum(_resident(pid) for pid in _family(self.process.pid))

    def cpu(self) -> float:
        """Return the seconds that the process and its children have computed, kernel's included."""
        return sum(_cpu(pid) for pid in _family(self.process.pid))


@contextlib.contextmanager
def serving(  # noqa: PLR0913  (two of them are keywords)
    command: Sequence[str],
    folder: str,
    path: str = "/",
    workers: int = 1,
    *,
    more: Mapping[str, str] | None = None,
    tls: bool = False,
) -> Iterator[Service]:
    """Run a service within a `with` block.

    Args:
        command: the program and its arguments; the port is in ROCKET_PORT, and replaces PORT in
            the arguments.
        folder: its working directory.
        path: what is requested until the answer is 200.
        workers: how many processes serve, for services that read ROCKET_WORKERS.
        more: further environment variables.
        tls: whether it speaks HTTPS.

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
        **(more or {}),
    }
    began = time.perf_counter()
    arguments = [argument.replace("PORT", str(port)) for argument in command]
    process = subprocess.Popen(
        arguments, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(port, path, tls=tls):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            if time.perf_counter() - began > FIRST_ANSWER_TIMEOUT:
                raise RuntimeError(
                    f"{command[0]} did not answer within {FIRST_ANSWER_TIMEOUT:.0f} s"
                )
            time.sleep(POLL)
        yield Service(process, port, (time.perf_counter() - began) * 1000)
    finally:
        for pid in reversed(_family(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def requests_per_second(port: int, seconds: int, connections: int = 32) -> float:
    """Return how many requests a second wrk measures, over connections that are kept alive."""
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
    """Exit with an error that says how to install the load generator, if it is missing."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")


def _answers(port: int, path: str, *, tls: bool = False) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=FIRST_ANSWER_TIMEOUT)
    if tls:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=FIRST_ANSWER_TIMEOUT, context=trusting
        )
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants, parents first."""
    family = [pid]
    for member in family:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{member}/task"):
                path = f"/proc/{member}/task/{task}/children"
                with open(path, encoding="ascii") as children:
                    family.extend(int(child) for child in children.read().split())
    return family


def _cpu(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / KIB / KIB
    except OSError:
        return 0.0
