"""Minutes of load with faults in it: what became of each request, and whether anything leaks.

    python tests/faults/soak.py [--minutes N]

Two workers serve clients that keep their connections and clients that do not, large bodies and
slow handlers, and clients that vanish half way. In the first half the configuration is reloaded
every few seconds, and now and then a worker is killed; in the second the same processes serve to
the end, which is SIGTERM. It fails if an answer is lost that no SIGKILL took, if the end is not
orderly, or if memory, descriptors or threads of all processes grow by more than a tenth in the
second half.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.load import Load
from tests.processes import children, descriptors, resident, threads
from tests.support import ROOT, SECONDS, free_port, get

APP = """\
import time, rocketpy

class Index:
    def on_get(self, request, response):
        response.text = "there"

    def on_post(self, request, response):
        response.data = request.bounded_stream.read()

class Slow:
    def on_get(self, request, response):
        time.sleep(0.05)
        response.text = "slow"

app = rocketpy.App()
app.add_route("/", Index())
app.add_route("/slow", Slow())
"""
RELOAD_SECONDS, KILL_SECONDS, LOOK_SECONDS = 5, 23, 2
SETTLE_SECONDS = 10
"""How long the last reload may take, and the processes need to come to what they hold."""
LOST_BY_A_KILL = 12
"""Requests that one worker can have in hand when it is killed: one for each client."""
GROWTH = 1.1
GROUND_KIB = 4096
"""Memory that may come and go in any case."""


@dataclass
class Figures:
    """What all the service's processes held at each look: sums."""

    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def look(self, process: int) -> None:
        """Look at a process and all below it."""
        held = [(resident(pid), descriptors(pid), threads(pid)) for pid in family(process)]
        columns = (self.memory, self.files, self.threads)
        for column, values in zip(columns, zip(*held, strict=True), strict=True):
            column.append(sum(values))


def family(process: int) -> list[int]:
    """Return a process and all below it; those that serve have no children."""
    return [process, *(pid for child in children(process) for pid in family(child))]


class Sundry:
    """Clients of other kinds: large bodies, slow handlers, and those that vanish."""

    def __init__(self, port: int) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self._port = port
        self._stop = threading.Event()
        kinds = (self._large, self._slow, self._slow, self._vanish)
        self._threads = [threading.Thread(target=self._go_on, args=(kind,)) for kind in kinds]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(SECONDS)

    def _go_on(self, kind: object) -> None:
        assert callable(kind)
        while not self._stop.is_set():
            try:
                self.outcomes[kind()] += 1
            except OSError:
                self.outcomes["lost"] += 1
            time.sleep(0.01)

    def _ask(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._port), SECONDS) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def _large(self) -> str:
        body = os.urandom(700_000)
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 700000\r\n\r\n"
        return "answered" if self._ask(head + body).endswith(b"\r\n\r\n" + body) else "lost"

    def _slow(self) -> str:
        answer = self._ask(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return "answered" if answer.endswith(b"slow") else "lost"

    def _vanish(self) -> str:
        with socket.create_connection(("127.0.0.1", self._port), SECONDS) as connection:
            whole = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(whole[: random.randrange(len(whole) + 1)])  # noqa: S311
        return "vanished"


def grown(name: str, values: list[int], ground: int) -> bool:
    """Print, and return, whether there is more at the end than there was at first."""
    part = max(1, len(values) // 3)
    before, after = statistics.median(values[:part]), statistics.median(values[-part:])
    print(f"{name:12} {before:8.0f} at first {after:8.0f} at the end, at most {max(values)}")
    return after > before * GROWTH + ground


def soak(folder: Path, minutes: float) -> bool:
    """Run it all; return whether everything was as it should be."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    port = free_port()
    env = dict(os.environ) | {
        "PYTHONPATH": str(ROOT),
        "ROCKET_PORT": str(port),
        "ROCKET_WORKERS": "2",
        "ROCKET_LOG_LEVEL": "critical",
        "ROCKET_LIMITS": "{bytes=1MB}",
        "ROCKET_SHUTDOWN": f"{{grace={SECONDS},mercy={SECONDS}}}",
    }
    with (folder / "log").open("w+", encoding="utf-8") as log:
        command = [sys.executable, "-m", "rocketpy", "launch"]
        service = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        try:
            get(f"http://127.0.0.1:{port}/")
            figures, load, sundry, kills = disturb(service, port, minutes)
            service.send_signal(signal.SIGTERM)
            code = service.wait(timeout=3 * SECONDS)
        finally:
            if service.poll() is None:
                for pid in reversed(family(service.pid)):
                    os.kill(pid, signal.SIGKILL)
                service.wait()
    lost = load.outcomes["lost"] + sundry.outcomes["lost"]
    answered = load.outcomes["answered"] + sundry.outcomes["answered"]
    print(f"answered {answered}, vanished {sundry.outcomes['vanished']}, lost {lost}", end="")
    print(f", refused {load.outcomes['refused']}, workers killed {kills}, exit code {code}")
    leaks = [
        grown("memory, KiB", figures.memory, GROUND_KIB),
        grown("descriptors", figures.files, 8),
        grown("threads", figures.threads, 4),
    ]
    return not (any(leaks) or code or load.outcomes["refused"] or lost > LOST_BY_A_KILL * kills)


def disturb(
    service: subprocess.Popen[bytes], port: int, minutes: float
) -> tuple[Figures, Load, Sundry, int]:
    """Load the service, reload it and kill its workers; then look at it for as long."""
    figures, kills = Figures(), 0
    half = 30 * minutes
    with Load(port, new=2, kept=6) as load, Sundry(port) as sundry:
        now = began = time.monotonic()
        kill_at = now + KILL_SECONDS
        while (now := time.monotonic()) < began + half:
            time.sleep(RELOAD_SECONDS)
            if now < kill_at:
                service.send_signal(signal.SIGHUP)
                continue
            kill_at = now + KILL_SECONDS
            with contextlib.suppress(OSError):
                os.kill(family(service.pid)[-1], signal.SIGKILL)
                kills += 1
        time.sleep(SETTLE_SECONDS)
        while time.monotonic() < now + half:
            time.sleep(LOOK_SECONDS)
            figures.look(service.pid)
    return figures, load, sundry, kills


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="(default: 10)")
    with tempfile.TemporaryDirectory() as folder:
        good = soak(Path(folder), parser.parse_args().minutes)
    print("good" if good else "BAD")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
