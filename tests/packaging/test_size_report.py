"""What takes how much room: every byte is somebody's."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging.size_report import linked
from tests.support import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from rocketpy.packaging.executable import Built

BY_LLD = """\
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


def test_what_llvms_linker_tells() -> None:
    """Sections count for the file that they are from, unless they take no room in the result."""
    assert linked(BY_LLD) == {
        "launcher, in Rust": 0x30,
        "CPython": 0x39D4,
        "pydantic-core": 0x100,
        "glibc": 0x200,
        "linker's tables, padding": 0x300,
    }


def test_what_gnus_linker_tells(tmp_path: Path) -> None:
    """A real map, of a program that is almost nothing but the C library."""
    source, told = tmp_path / "core.c", tmp_path / "map"
    source.write_text("int main(void) { return 0; }\n")
    command = ["gcc", "-fuse-ld=bfd", "-static", f"-Wl,-Map={told}", str(source), "-o"]
    done = subprocess.run(
        [*command, str(tmp_path / "made")], capture_output=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        pytest.skip("gcc or a static C library is missing")
    subprocess.run(["strip", str(tmp_path / "made")], timeout=SECONDS, check=True)
    found = linked(told.read_text())
    size = (tmp_path / "made").stat().st_size
    assert size / 2 < found["glibc"] < size
    assert sum(found.values()) < size * 1.1


def test_the_parts_add_up(executable: Built) -> None:
    """All parts together are the executable, and the large ones are known."""
    parts = dict(executable.parts)
    assert sum(parts.values()) == executable.size
    assert {"CPython", "pydantic-core", "glibc", "launcher, in Rust", "bundle: falcon"} <= set(
        parts
    )
    assert max(parts, key=lambda part: parts[part]) == "CPython"
    assert all(count > 0 for count in parts.values())
