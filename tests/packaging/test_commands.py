"""`rocketpy build` and `rocketpy image` as commands: what they write and print."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

from tests.packaging.conftest import cache_root
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rocketpy.packaging.executable import Built


def command(*arguments: str) -> str:
    """Run the command for the demo, with the cache of the tests, and return what it prints."""
    env = dict(os.environ) | {"ROCKETPY_CACHE_DIR": cache_root()}
    run = subprocess.run(
        [sys.executable, "-m", "rocketpy", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_build(executable: Built, tmp_path: Path) -> None:
    """`build` writes the executable, and prints its path, size, digest and parts."""
    output = tmp_path / "out" / "app"
    printed = command("build", "--quick", "--sizes", "--output", str(output))
    first, *parts = printed.splitlines()
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    assert first.endswith(f"  {output.stat().st_size / 1e6:.2f} MB  sha256 {digest}")
    assert digest == executable.sha256
    assert all(re.match(r" *\d+\.\d{3} MB  .+", line) for line in parts)
    total = sum(float(line.split()[0]) for line in parts)
    assert abs(total - output.stat().st_size / 1e6) < 0.001 * len(parts)


def test_image(executable: Built, tmp_path: Path) -> None:
    """`image --save` writes an archive with the executable, and prints its names and its id."""
    output, saved = tmp_path / "app", tmp_path / "images" / "demo.tar"
    printed = command(
        *("image", "--quick", "--output", str(output), "--save", str(saved)),
        *("--tag", "demo:one", "--tag", "demo:two", "--label", "team=a=b"),
    )
    names = [line.split()[0] for line in printed.splitlines()]
    assert [name.rpartition("/")[2] for name in names] == ["demo:one", "demo:two"]
    assert len({line.split()[-1] for line in printed.splitlines()}) == 1
    with tarfile.open(saved) as archive:
        assert "manifest.json" in archive.getnames()
    assert hashlib.sha256(output.read_bytes()).hexdigest() == executable.sha256
