"""The compilers: their versions, for the keys of the cache, and the paths of their libraries."""

from __future__ import annotations

import functools
import glob
import os
import shutil

from rocketpy.packaging import BuildError
from rocketpy.packaging.steps.cache import file_digest
from rocketpy.packaging.steps.programs import output

TARGET = "x86_64-unknown-linux-gnu"
"""The only machine that executables are built for, and on."""


@functools.cache
def c() -> str:
    """Return the C compiler's version, and the digest of the C library that is linked."""
    return f"{output(['gcc', '--version']).splitlines()[0]} {file_digest(library('libc.a'))}"


@functools.cache
def rust() -> str:
    """Return the Rust compiler's version."""
    return output(["rustc", "-vV"])


@functools.cache
def binutils() -> str:
    """Return the linker's version."""
    return output(["ld", "--version"]).splitlines()[0]


@functools.cache
def library(name: str) -> str:
    """Return the path of a static library, such as libz.a.

    Raises:
        BuildError: it is not installed.
    """
    path = output(["gcc", f"-print-file-name={name}"])
    if not os.path.isabs(path):
        raise BuildError(f"{name} is not installed")
    return os.path.realpath(path)


@functools.cache
def package_version(package: str) -> str:
    """Return the version of an installed Debian package; empty if it is unknown."""
    if shutil.which("dpkg-query") is None:
        return ""
    try:
        return output(["dpkg-query", "-W", "-f", "${Version}", package])
    except BuildError:
        return ""


def rust_licences() -> list[str]:
    """Return the paths of the licences of Rust's standard library, as its package has them."""
    root = output(["rustc", "--print", "sysroot"])
    found = [
        *glob.glob(f"{root}/share/doc/rust/COPYRIGHT*"),
        *glob.glob(f"{root}/share/doc/rust/licenses/*"),
        *glob.glob("/usr/share/doc/rustc-web/copyright"),
        *glob.glob("/usr/share/doc/rustc/copyright"),
    ]
    return sorted(path for path in found if not path.endswith(".html"))
