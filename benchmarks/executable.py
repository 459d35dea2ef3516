"""What one static executable costs, in size, start and memory, beside other ways to ship the demo.

    python benchmarks/executable.py [--rounds N] [--seconds N] [--without NAME ...] [--quick]

Both forms are built now (from the cache where nothing changed). The contestants take turns; the
figures are medians, and only the ratios mean anything on another machine. wrk makes the load.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import peers
from service import need_wrk, requests_per_second, serving

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1_000_000
BEFORE = "installed Python"
"""The row that the others are compared with."""


def built(folder: str, *options: str) -> Callable[[], list[str]]:
    """Return what builds one form of the executable and gives its command."""

    def build() -> list[str]:
        output = os.path.join(folder, "-".join(("app", *options)).replace("--", ""))
        command = [sys.executable, "-m", "rocketpy", "build", "--output", output, *options]
        if "--packed" not in options:
            command.append("--sizes")
        run = subprocess.run(command, cwd=peers.ROOT, check=False)
        if run.returncode:
            raise peers.Unavailable("`rocketpy build` failed")
        return [output]

    return build


def contestants(folder: str, *, quick: bool) -> dict[str, Callable[[], list[str]]]:
    """Return what makes each contestant; each gives the command that serves."""
    extra = ["--quick"] if quick else []
    return {
        BEFORE: peers.installed,
        "rocketpy, plain": built(folder, *extra),
        "rocketpy, packed": built(folder, "--packed", *extra),
        "PyInstaller, one file": lambda: [peers.pyinstaller()],
        "Nuitka, one file": lambda: [peers.nuitka()],
        "Rust's Rocket": lambda: [peers.rust()],
    }


def measure(commands: dict[str, list[str]], rounds: int, seconds: int) -> None:
    """Time, weigh and load all in turn; print the medians."""
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            with serving(command, str(peers.ROOT)) as service:
                idle = service.memory()
                rate = requests_per_second(service.port, seconds)
                if number:  # the first round fills the file cache
                    rows[name].append((service.start, idle, service.memory(), rate))
    print(f"{'':24}{'size':>9}{'start':>17}{'RSS':>8}{'loaded':>8}{'requests/s':>19}")
    print(f"{'':24}{'MB':>9}{'ms':>9}{'ratio':>8}{'MiB':>8}{'MiB':>8}{'':>11}{'ratio':>8}")
    base = [statistics.median(column) for column in zip(*rows[BEFORE], strict=True)]
    for name, found in rows.items():
        start, idle, loaded, rate = (
            statistics.median(column) for column in zip(*found, strict=True)
        )
        size = f"{os.path.getsize(commands[name][0]) / MB:.2f}" if name != BEFORE else "-"
        print(
            f"{name:24}{size:>9}{start:9.1f}{start / base[0]:8.2f}{idle:8.1f}{loaded:8.1f}"
            f"{rate:11.0f}{rate / base[3]:8.2f}"
        )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (default: 7)")
    parser.add_argument("--seconds", type=int, default=2, help="of load in each (default: 2)")
    parser.add_argument("--quick", action="store_true", help="build without profile training")
    parser.add_argument(
        "--without", nargs="*", default=[], metavar="NAME", help="pyinstaller, nuitka, rust"
    )
    asked = parser.parse_args()
    need_wrk()
    with tempfile.TemporaryDirectory() as folder:
        commands = {}
        for name, make in contestants(folder, quick=asked.quick).items():
            if any(word.lower() in name.lower() for word in asked.without):
                continue
            try:
                commands[name] = make()
            except peers.Unavailable as error:
                print(f"{name}: {error}", file=sys.stderr)
        measure(commands, asked.rounds, asked.seconds)


if __name__ == "__main__":
    main()
