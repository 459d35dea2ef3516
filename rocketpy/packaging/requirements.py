"""What a build needs on the machine, checked before anything is done."""

from __future__ import annotations

import os
import platform
import re
import shutil
from importlib import metadata
from typing import TYPE_CHECKING

from rocketpy.packaging import BuildError
from rocketpy.packaging.steps.programs import output

if TYPE_CHECKING:
    from rocketpy.packaging.interpreter.recipe import Recipe

RUST = (1, 88)
"""The oldest Rust that pydantic-core 2.50 compiles with."""

PROGRAMS = {
    "gcc": "gcc",
    "ld": "binutils",
    "ar": "binutils",
    "objcopy": "binutils",
    "strip": "binutils",
    "make": "make",
    "patch": "patch",
}
"""Of each program, Debian's package."""
HEADERS = {"libc6-dev": ("stdio.h", "libc.a"), "zlib1g-dev": ("zlib.h", "libz.a")}
"""Of each of Debian's packages, a header and a static library that it brings."""
TLS_HEADERS = {"libssl-dev": ("openssl/ssl.h", "libssl.a")}
RUSTUP = "curl -sSf https://sh.rustup.rs | sh -s -- -y"


def check(recipe: Recipe) -> None:
    """Refuse to begin a build that cannot end.

    Raises:
        BuildError: all that is missing, with the lines that install it.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise BuildError(
            f"executables are built on Linux x86_64, and this is {platform.system()}"
            f" {platform.machine()}: build in a container, as the Containerfile does"
        )
    packages, said = _system(recipe)
    lines = [f"apt-get install {' '.join(packages)}"] if packages else []
    rust = _rust()
    if rust:
        said.append(rust)
        lines.append(f"apt-get install rustc-web cargo-web   (or: {RUSTUP})")
    if _pyoxidizer() is None:
        said.append("PyOxidizer")
        lines.append("pip install 'rocketpy-config[build]'")
    if said:
        missing = "\n".join(f"  {name}" for name in said)
        remedy = "\n".join(f"  {line}" for line in lines)
        raise BuildError(f"a build needs what is not here:\n{missing}\nThis installs it:\n{remedy}")


def _system(recipe: Recipe) -> tuple[list[str], list[str]]:
    """Return Debian's packages that are missing, and what is missing of them in words."""
    packages, said = [], []
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            packages.append(package)
            said.append(f"the program {program}")
    for package, (header, library) in (HEADERS | (TLS_HEADERS if recipe.tls else {})).items():
        if not _has_library(header, library):
            packages.append(package)
            said.append(f"{header} and {library}")
    return sorted(set(packages)), said


def _has_library(header: str, library: str) -> bool:
    if shutil.which("gcc") is None:
        # Nobody to ask; Debian's places are as good a guess as any.
        places = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
        return any(os.path.exists(os.path.join(place, library)) for place in places)
    found = output(["gcc", f"-print-file-name={library}"])
    include = output(["gcc", "-E", "-v", "-x", "c", "/dev/null"], errors=True)
    folders = tuple(line.strip() for line in include.splitlines() if line.startswith(" /"))
    return os.path.isabs(found) and any(os.path.exists(f"{at}/{header}") for at in folders)


def _rust() -> str:
    """Return what is wrong with Rust; empty when nothing is."""
    wanted = ".".join(map(str, RUST))
    absent = [name for name in ("cargo", "rustc") if shutil.which(name) is None]
    if absent:
        return f"{' and '.join(absent)}, {wanted} or newer"
    try:
        said = output(["rustc", "--version"])
    except BuildError as error:
        return f"a rustc that works ({error})"
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or tuple(map(int, found.groups())) < RUST:
        return f"rustc {wanted} or newer (this is {said})"
    return ""


def _pyoxidizer() -> str | None:
    try:
        return metadata.version("pyoxidizer")
    except metadata.PackageNotFoundError:
        return None
