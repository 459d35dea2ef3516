"""What serving costs: requests a second, latency and memory, beside other servers.

    python benchmarks/serve.py [--rounds N] [--seconds N] [--only WORD ...] [--without WORD ...]

All serve the same two routes on one Python; wrk uses 32 kept connections. The contestants take
turns; the figures are medians, and only the ratios mean anything on another machine. In the second
table one request in a hundred, at the rate of the first table, sleeps for 100 ms: as many more
connections request nothing else, and the figures are those of the others.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import peers
from service import Service, need_wrk, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = peers.ROOT / "benchmarks" / "serve"
CONNECTIONS = 32
SLOW_PER_SECOND = 10
"""Slow requests that one connection gets answered."""
SLOW_SHARE = 0.01

SERVERS = (
    "gunicorn==27.0.1",
    "uvicorn==0.54.0",
    "httptools==0.9.0",
    "uvloop==0.23.0",
    "granian==2.8.7",
)
STOCK = "waitress-serve"
"""The row that the others are compared with."""
FIGURE = re.compile(r"^measured rate (\S+) p50 (\S+) p99 (\S+) failed (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Contestant:
    """A server: its command, and how many processes serve."""

    command: list[str]
    workers: int = 1
    sleeps: bool = True
    """Whether it has the slow route."""


@dataclass(frozen=True)
class Figures:
    """What one round measured: requests/s, milliseconds, MiB."""

    rate: float
    p50: float
    p99: float
    memory: float


def contestants() -> dict[str, Contestant]:
    """Return the contestants by name; those that are not installed are reported and left out."""
    folder = peers.environment("servers", *SERVERS) / "bin"
    python = str(folder / "python")

    def module(name: str, *arguments: str) -> list[str]:
        return [python, "-O", "-m", name, *arguments]

    rocketpy = module("rocketpy", "launch", "ours:app")
    bound = ("--bind", "127.0.0.1:PORT", "--log-level", "error")
    gunicorn = module("gunicorn", *bound, "plain:app")
    uvicorn = module(
        *("uvicorn", "--port", "PORT", "--log-level", "error", "--no-access-log"),
        *("--http", "httptools", "--loop", "uvloop", "evented:app"),
    )
    granian = module(
        *("granian", "--port", "PORT", "--interface", "wsgi", "--no-log", "plain:app"),
    )
    listen = ("--listen", "127.0.0.1:PORT")
    found = {
        STOCK: Contestant(module("waitress", *listen, "plain:app")),
        "rocketpy": Contestant(rocketpy),
        "rocketpy, 2 workers": Contestant(rocketpy, 2),
        "gunicorn sync": Contestant(gunicorn),
        "gunicorn gthread": Contestant([*gunicorn, "-k", "gthread", "--threads", "32"]),
        "gunicorn gthread, 2": Contestant(
            [*gunicorn, "-k", "gthread", "--threads", "32", "--workers", "2"], 2
        ),
        "uvicorn": Contestant(uvicorn),
        "uvicorn, 2": Contestant([*uvicorn, "--workers", "2"], 2),
        "granian": Contestant(granian),
        "granian, 2": Contestant([*granian, "--workers", "2"], 2),
    }
    try:
        found["Rust's Rocket"] = Contestant([peers.rust()], sleeps=False)
    except peers.Unavailable as error:
        print(f"Rust's Rocket: {error}", file=sys.stderr)
    return found


def load(service: Service, seconds: int) -> Figures:
    """Send requests for a while; return what wrk and the kernel measure."""
    url = f"http://127.0.0.1:{service.port}/"
    run = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(FOLDER / "load.lua"), url],
        capture_output=True,
        text=True,
        check=True,
    )
    found = FIGURE.search(run.stdout)
    if found is None or int(found[4]):
        raise RuntimeError(f"wrk says:\n{run.stdout}{run.stderr}")
    rate, p50, p99 = (float(figure) for figure in found.groups()[:3])
    return Figures(rate, p50 / 1000, p99 / 1000, service.memory())


@contextlib.contextmanager
def slow_requests(service: Service, connections: int) -> Iterator[None]:
    """Have some connections request what takes long, until the block is left."""
    if not connections:
        yield
        return
    url = f"http://127.0.0.1:{service.port}/slow"
    process = subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", "-d1h", url], stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def measure(
    field: dict[str, Contestant], rounds: int, seconds: int, slow: dict[str, int]
) -> dict[str, Figures]:
    """Load all in turn; print the medians, and return them.

    Args:
        field: The contestants.
        rounds: How often each has its turn.
        seconds: How long that is.
        slow: How many connections request what takes long, each.
    """
    rows: dict[str, list[Figures]] = {name: [] for name in field}
    for _ in range(rounds):
        for name, one in field.items():
            with serving(one.command, str(FOLDER), workers=one.workers) as service:
                load(service, 1)  # its first requests fill caches
                with slow_requests(service, slow.get(name, 0)):
                    rows[name].append(load(service, seconds))
    print(f"{'':21}{'requests/s':>18}{'p50':>16}{'p99':>17}{'RSS':>16}")
    print(f"{'':21}{'':>11}{'ratio':>7}{'ms':>9}{'ratio':>7}{'ms':>10}{'ratio':>7}", end="")
    print(f"{'MiB':>9}{'ratio':>7}")
    middle = {name: _middle(figures) for name, figures in rows.items()}
    base = middle[STOCK]
    for name, its in middle.items():
        print(
            f"{name:21}{its.rate:11.0f}{its.rate / base.rate:7.2f}"
            f"{its.p50:9.2f}{its.p50 / base.p50:7.2f}{its.p99:10.2f}{its.p99 / base.p99:7.2f}"
            f"{its.memory:9.1f}{its.memory / base.memory:7.2f}"
        )
    return middle


def _middle(figures: list[Figures]) -> Figures:
    median = statistics.median
    return Figures(
        median(its.rate for its in figures),
        median(its.p50 for its in figures),
        median(its.p99 for its in figures),
        median(its.memory for its in figures),
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="of each table (default: 5)")
    parser.add_argument("--seconds", type=int, default=3, help="of load in each (default: 3)")
    parser.add_argument("--only", nargs="*", metavar="WORD", help="rows whose names have one")
    parser.add_argument("--without", nargs="*", default=[], metavar="WORD", help="the contrary")
    asked = parser.parse_args()
    need_wrk()
    field = {
        name: one
        for name, one in contestants().items()
        if name == STOCK
        or (
            (asked.only is None or any(word in name for word in asked.only))
            and not any(word in name for word in asked.without)
        )
    }
    print("every request is answered at once")
    undisturbed = measure(field, asked.rounds, asked.seconds, {})
    print("\none request in 100 sleeps for 100 ms; the figures of the others")
    sleepers = {name: one for name, one in field.items() if one.sleeps}
    slow = {
        name: max(1, round(its.rate * SLOW_SHARE / SLOW_PER_SECOND))
        for name, its in undisturbed.items()
    }
    measure(sleepers, asked.rounds, asked.seconds, slow)


if __name__ == "__main__":
    main()
