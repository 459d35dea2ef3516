"""Run the command on the recorded configurations and print what differs from Rocket's answers.

    python tests/conformance/check.py                        # python -m rocketpy config dump …
    python tests/conformance/check.py --family env-parse -v  # one family, with the differences
    python tests/conformance/check.py --build release -- dist/app config dump --format json …

Of a program's errors only the first is compared: Rocket stops there.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# A script finds its own folder only.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.conformance.vectors import VECTORS, Vector, differences, load

DUMP = ["config", "dump", "--format", "json", "--reveal-secrets"]
DEFAULT_COMMAND = [sys.executable, "-m", "rocketpy", *DUMP]
SECONDS = 60
"""What one run may take before it counts as a hang."""


def answer_of(vector: Vector, command: list[str], base: str) -> dict[str, object]:
    """Return what the command answers to a recorded configuration."""
    with tempfile.TemporaryDirectory(dir=base) as root:
        cwd = vector.lay_out(root)
        env = vector.environment(root)
        if vector.build == "release":
            env[b"PYTHONOPTIMIZE"] = b"1"
        run = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        out = run.stdout.decode(errors="replace").replace(root, "$ROOT")
        try:
            return dict(json.loads(out))
        except ValueError:
            return {"result": (out + run.stderr.decode(errors="replace")).strip()[-600:]}


def main() -> int:
    """Compare, print, and return 0 when everything agrees."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--vectors", type=pathlib.Path, default=VECTORS, help="a file of answers")
    parser.add_argument("--family", default="", help="only families that start with this")
    parser.add_argument("--build", choices=("debug", "release"), help="only this build's vectors")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once")
    parser.add_argument("--verbose", "-v", action="store_true", help="show what differs")
    parser.add_argument("command", nargs="*", default=DEFAULT_COMMAND)
    asked = parser.parse_args()
    vectors = [
        vector
        for vector in load(asked.vectors)
        if vector.family.startswith(asked.family) and asked.build in {None, vector.build}
    ]
    good: collections.Counter[str] = collections.Counter()
    total = collections.Counter(vector.family for vector in vectors)
    with tempfile.TemporaryDirectory() as top, ThreadPoolExecutor(asked.jobs) as pool:
        # Source paths are shown relative to the folder only where that is shorter.
        base = os.path.join(top, "a", "b")
        os.makedirs(base)
        answers = pool.map(lambda vector: answer_of(vector, asked.command, base), vectors)
        for vector, answer in zip(vectors, answers, strict=True):
            wrong = differences(vector, answer)
            good[vector.family] += not wrong
            if wrong and asked.verbose:
                print("DIFFERS", vector.name, *(f"\n    {line}" for line in wrong))
    for family, count in total.items():
        if good[family] != count or asked.verbose:
            print(f"{family:20} {good[family]:4} / {count}")
    print(f"{good.total()} of {total.total()} agree with Rocket 0.5.1")
    return int(good.total() != total.total())


if __name__ == "__main__":
    sys.exit(main())
