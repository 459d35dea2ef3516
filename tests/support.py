"""Shared helpers of the tests: a folder and an environment for one test, and real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 30
"""Seconds that anything started here may take."""


class Place:
    """A folder and an environment for one test, and the processes that it starts."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._running: list[subprocess.Popen[str]] = []

    def write(self, name: str, text: str) -> Path:
        """Write a file, making its folders."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def env(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def run(
        self, *arguments: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in the folder until it ends."""
        return subprocess.run(
            [sys.executable, "-m", "rocketpy", *arguments],
            cwd=self.folder,
            env=self.environment() | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def start(
        self, *arguments: str, env: dict[str, str] | None = None, prefix: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start the command in the folder; it is killed after the test if it is still running."""
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "rocketpy", *arguments],
            cwd=self.folder,
            env=self.environment() | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def environment(self) -> dict[str, str]:
        """Return the environment, with the project on PYTHONPATH and without output buffering."""
        return dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def end(self) -> None:
        """Kill the processes that are still running, by their pids."""
        for process in self._running:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.communicate(timeout=SECONDS)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(url: str, accept: str = "*/*") -> tuple[int, str, str]:
    """Wait for the server of a URL, and return the status, the type and the body of its answer."""
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310  (our own http)
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.headers["Content-Type"], refused.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


EXPECTED = ("Warning: Received ", "Warning: secrets enabled without")
"""How the warnings begin that a launch or an end has by itself."""


def problems(log: str) -> str:
    """Return the warnings, errors and tracebacks of a service's log that are not expected."""
    found = []
    is_problem = in_traceback = False
    for line in log.splitlines(keepends=True):
        if line.startswith(("Warning: ", "Error: ")):
            is_problem, in_traceback = not line.startswith(EXPECTED), False
        elif line.startswith("Traceback "):
            is_problem = in_traceback = True
        elif not line.startswith(" "):
            is_problem, in_traceback = is_problem and in_traceback, False
        if is_problem:
            found.append(line)
    return "".join(found)
