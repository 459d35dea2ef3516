"""The linker's map says which part takes how many bytes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging.native.linker_map import sizes
from tests.support import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

LLD = """\
             VMA              LMA     Size Align Out     In      Symbol
             2c8              2c8       20     4 .note.ABI-tag
           590c8            590c8       30     4  /b/launcher-19f2.0.rcgu.o:(.rodata.x)
           59100            59100     39d4    32  /b/libpyo3_ffi-f5.rlib(core.o):(.rodata)
           59100            59100       10     1          a_symbol
           60000            60000      100     1  /b/libpyo3_ffi-f5.rlib(pydantic_core.o):(.text.f)
           70000            70000      200    16  /usr/lib/libc.a(offtime.o):(.text)
           80000            80000      300     8  <internal>:(.relr.dyn)
           90000            90000     1000     8  /usr/lib/libc.a(x.o):(.bss)
               0                0     5000     1  /usr/lib/libc.a(x.o):(.debug_str)
"""


def test_the_map_of_lld() -> None:
    """A section counts for its file, unless it takes no room in the result."""
    assert sizes(LLD) == {
        "launcher, in Rust": 0x30,
        "CPython": 0x39D4,
        "pydantic-core": 0x100,
        "glibc": 0x200,
        "linker's tables, padding": 0x300,
    }


def test_the_map_of_gnu_ld(tmp_path: Path) -> None:
    """A real map, of a program that is almost only the C library."""
    source, map_file = tmp_path / "core.c", tmp_path / "map"
    source.write_text("int main(void) { return 0; }\n")
    command = ["gcc", "-fuse-ld=bfd", "-static", f"-Wl,-Map={map_file}", str(source), "-o"]
    done = subprocess.run(
        [*command, str(tmp_path / "made")], capture_output=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        pytest.skip("gcc or a static C library is missing")
    subprocess.run(["strip", str(tmp_path / "made")], timeout=SECONDS, check=True)
    found = sizes(map_file.read_text())
    size = (tmp_path / "made").stat().st_size
    assert size / 2 < found["glibc"] < size
    assert sum(found.values()) < size * 1.1
