"""A bundle is appended to an executable."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.native.append_segment import MARK, append
from tests.support import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = r"""
#include <stdint.h>
#include <stdio.h>
static volatile struct { char mark[16]; uint64_t distance, length; } place
    __attribute__((used)) = {"\x7frocketpy-bundle", 0, 0};
int main(void) {
    if (!place.length) return 3;
    fwrite((const char *)&place + place.distance, 1, place.length, stdout);
    return 0;
}
"""


@pytest.fixture(scope="module", params=["-static-pie", "-static"])
def launcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Compile a program that prints its bundle."""
    folder = tmp_path_factory.mktemp("launcher")
    (folder / "main.c").write_text(PROGRAM.replace(r'"\x7frocketpy', r'"\x7f" "rocketpy'))
    command = ["gcc", request.param, "-O2", "-o", "main", "main.c"]
    subprocess.run(command, cwd=folder, check=True, timeout=SECONDS)
    return (folder / "main").read_bytes()


def run(program: bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end."""
    path = folder / "program"
    path.write_bytes(program)
    path.chmod(0o755)
    return subprocess.run([path], capture_output=True, timeout=SECONDS, check=False)


@pytest.mark.parametrize("size", [1, 4096, 100_001])
def test_a_program_finds_its_bundle(launcher: bytes, size: int, tmp_path: Path) -> None:
    """In its memory, wherever that is."""
    assert run(launcher, tmp_path).returncode == 3
    bundle = bytes(index % 251 for index in range(size))
    done = run(append(launcher, bundle), tmp_path)
    assert (done.returncode, done.stdout) == (0, bundle)


def test_what_is_no_launcher_is_refused(launcher: bytes) -> None:
    """A file that is no ELF, and an ELF that is no launcher."""
    with pytest.raises(BuildError, match="no ELF file"):
        append(b"#!/bin/sh", b"x")
    with pytest.raises(BuildError, match="no place for a bundle"):
        append(launcher.replace(MARK, bytes(len(MARK))), b"x")
