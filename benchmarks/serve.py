"""What serving costs: requests a second, latency, CPU time and memory, beside other servers.

    python benchmarks/serve.py [--rounds N] [--seconds N] [--only WORD ...] [--without WORD ...]

All serve the same routes on one Python; wrk uses 32 kept connections. The contestants take
turns; the figures are medians, and only the ratios mean anything on another machine. In the second
table one request in a hundred, at the rate of the first table, sleeps for 100 ms: as many more
connections request nothing else, and the figures are those of the others. Then follow JSON that is
posted, a long answer, TLS, and rocketpy with its metrics and its log beside itself without them.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import peers
import trustme
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
WATCHED = (
    ("ROCKET_METRICS", "true"),
    ("ROCKET_ACCESS_LOG", "json"),
    ("ROCKET_LOG_LEVEL", "normal"),
)
"""What has rocketpy count and log each request."""

STOCK = "waitress-serve"
"""The row that the others are compared with."""
FIGURE = re.compile(r"^measured rate (\S+) p50 (\S+) p99 (\S+) failed (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Contestant:
    """A server: its command, and how many processes serve."""

    command: list[str]
    workers: int = 1
    sleeps: bool = True
    """Whether it has the routes besides the first."""
    tls: tuple[str, ...] | None = None
    """What makes it speak HTTPS: arguments; None if it cannot, or needs environment variables."""
    more: tuple[tuple[str, str], ...] = ()
    """Environment variables."""


@dataclass(frozen=True)
class Workload:
    """What clients ask, and how."""

    path: str = "/"
    script: str = "load.lua"
    tls: bool = False


@dataclass(frozen=True)
class Figures:
    """What one round measured: requests/s, milliseconds, microseconds a request, MiB."""

    rate: float
    p50: float
    p99: float
    cpu: float
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
        "rocketpy": Contestant(rocketpy, tls=()),
        "rocketpy, 2 workers": Contestant(rocketpy, 2),
        "gunicorn sync": Contestant(gunicorn),
        "gunicorn gthread": Contestant([*gunicorn, "-k", "gthread", "--threads", "32"]),
        "gunicorn gthread, 2": Contestant(
            [*gunicorn, "-k", "gthread", "--threads", "32", "--workers", "2"], 2
        ),
        "uvicorn": Contestant(
            uvicorn, tls=("--ssl-keyfile", "KEY", "--ssl-certfile", "CERTIFICATE")
        ),
        "uvicorn, 2": Contestant([*uvicorn, "--workers", "2"], 2),
        "granian": Contestant(
            granian, tls=("--ssl-keyfile", "KEY", "--ssl-certificate", "CERTIFICATE")
        ),
        "granian, 2": Contestant([*granian, "--workers", "2"], 2),
    }
    try:
        found["Rust's Rocket"] = Contestant([peers.rust()], sleeps=False)
    except peers.Unavailable as error:
        print(f"Rust's Rocket: {error}", file=sys.stderr)
    return found


def load(service: Service, seconds: int, work: Workload) -> Figures:
    """Send requests for a while; return what wrk and the kernel measure."""
    url = f"{'https' if work.tls else 'http'}://127.0.0.1:{service.port}{work.path}"
    before = service.cpu()
    run = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", work.script, url],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=True,
    )
    found = FIGURE.search(run.stdout)
    if found is None or int(found[4]):
        raise RuntimeError(f"wrk says:\n{run.stdout}{run.stderr}")
    rate, p50, p99 = (float(figure) for figure in found.groups()[:3])
    cpu = (service.cpu() - before) / (rate * seconds) * 1e6
    return Figures(rate, p50 / 1000, p99 / 1000, cpu, service.memory())


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
    field: dict[str, Contestant],
    rounds: int,
    seconds: int,
    slow: dict[str, int] | None = None,
    work: Workload = Workload(),
) -> dict[str, Figures]:
    """Load all in turn; print the medians, and return them.

    Args:
        field: The contestants.
        rounds: How often each has its turn.
        seconds: How long that is.
        slow: How many connections request what takes long, each.
        work: What the others request.
    """
    slow = slow or {}
    rows: dict[str, list[Figures]] = {name: [] for name in field}
    for _ in range(rounds):
        for name, one in field.items():
            command, more = [*one.command], dict(one.more)
            if work.tls:
                command, more = _encrypted(one)
            with serving(
                command, str(FOLDER), workers=one.workers, more=more, tls=work.tls
            ) as service:
                load(service, 1, work)  # its first requests fill caches
                with slow_requests(service, slow.get(name, 0)):
                    rows[name].append(load(service, seconds, work))
    print(f"{'':26}{'requests/s':>18}{'p50':>16}{'p99':>17}{'CPU':>16}{'RSS':>16}")
    print(f"{'':26}{'':>11}{'ratio':>7}{'ms':>9}{'ratio':>7}{'ms':>10}{'ratio':>7}", end="")
    print(f"{'µs':>9}{'ratio':>7}{'MiB':>9}{'ratio':>7}")
    middle = {name: _middle(figures) for name, figures in rows.items()}
    base = next(iter(middle.values()))
    for name, its in middle.items():
        print(
            f"{name:26}{its.rate:11.0f}{its.rate / base.rate:7.2f}"
            f"{its.p50:9.2f}{its.p50 / base.p50:7.2f}{its.p99:10.2f}{its.p99 / base.p99:7.2f}"
            f"{its.cpu:9.1f}{its.cpu / base.cpu:7.2f}"
            f"{its.memory:9.1f}{its.memory / base.memory:7.2f}",
            flush=True,
        )
    return middle


@functools.cache
def _pair() -> tuple[str, str]:
    """Return the files of a certificate and its key, which are made for this run."""
    folder = pathlib.Path(tempfile.mkdtemp())
    pair = trustme.CA().issue_cert("localhost", "127.0.0.1")
    pair.private_key_pem.write_to_path(folder / "key.pem")
    for blob in pair.cert_chain_pems:
        blob.write_to_path(folder / "certificate.pem", append=True)
    return str(folder / "certificate.pem"), str(folder / "key.pem")


def _encrypted(one: Contestant) -> tuple[list[str], dict[str, str]]:
    """Return the command, and the environment variables, that have a contestant speak HTTPS."""
    certificate, key = _pair()
    files = {"CERTIFICATE": certificate, "KEY": key}
    arguments = [files.get(word, word) for word in one.tls or ()]
    more = {"ROCKET_TLS": f'{{certs="{certificate}", key="{key}"}}'}
    # What follows the last argument names the application.
    return [*one.command[:-1], *arguments, one.command[-1]], dict(one.more) | more


def _middle(figures: list[Figures]) -> Figures:
    median = statistics.median
    return Figures(
        median(its.rate for its in figures),
        median(its.p50 for its in figures),
        median(its.p99 for its in figures),
        median(its.cpu for its in figures),
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
        if name in {STOCK, "rocketpy"}
        or (
            (asked.only is None or any(word in name for word in asked.only))
            and not any(word in name for word in asked.without)
        )
    }
    print("every request is answered at once")
    undisturbed = measure(field, asked.rounds, asked.seconds)
    print("\none request in 100 sleeps for 100 ms; the figures of the others")
    sleepers = {name: one for name, one in field.items() if one.sleeps}
    slow = {
        name: max(1, round(its.rate * SLOW_SHARE / SLOW_PER_SECOND))
        for name, its in undisturbed.items()
    }
    measure(sleepers, asked.rounds, asked.seconds, slow)
    print("\n1 KB of JSON is posted")
    posted = Workload("/sum", "post.lua")
    measure(sleepers, asked.rounds, asked.seconds, work=posted)
    print("\nanswers of 64 KB")
    measure(sleepers, asked.rounds, asked.seconds, work=Workload("/large"))
    print("\nTLS")
    secure = {name: one for name, one in field.items() if one.tls is not None}
    measure(secure, asked.rounds, asked.seconds, work=Workload(tls=True))
    print("\nmetrics, and the log as JSON, which goes to /dev/null")
    ours = field["rocketpy"]
    both = {"rocketpy": ours, "rocketpy, metrics, log": replace(ours, more=WATCHED)}
    measure(both, asked.rounds, asked.seconds)


if __name__ == "__main__":
    main()
