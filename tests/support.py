"""What every room's tests may use: a place of their own, and real processes that are ended."""

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
"""What anything started here may take."""


class Place:
    """A folder and an environment that a test has for itself."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._running: list[subprocess.Popen[str]] = []

    def write(self, name: str, text: str) -> Path:
        """Write a file, and the folders that it is in."""
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
        """Run the command in the folder, to its end."""
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
        """Start the command in the folder; it is killed after the test if it still runs."""
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
        """Return the environment, with the project importable and the output not buffered."""
        return dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def end(self) -> None:
        """Kill what still runs, by its pid."""
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
    """Return the status, the type and the body that a URL answers with, waiting for its server."""
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
