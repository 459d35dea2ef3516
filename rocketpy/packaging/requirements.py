"""What a build needs on this machine, checked before anything else."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from rocketpy.packaging import BuildError
from rocketpy.packaging.steps.programs import output

if TYPE_CHECKING:
    from collections.abc import Iterable

PYTHON = (3, 11)
"""The version of Python in an executable."""
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
"""Of each program, the package of Debian that has it."""
HEADERS = {"libc6-dev": ("stdio.h", "libc.a"), "zlib1g-dev": ("zlib.h", "libz.a")}
"""Of packages of Debian, a header and a static library that each contains."""
TLS_HEADERS = {"libssl-dev": ("openssl/ssl.h", "libssl.a")}
_FULL_VERSION = re.compile(
    r"""python_full_version\s*(?P<operator>[<>]=?)\s*["'](?P<limit>\d+(?:\.\d+)*)["']"""
)
RUSTUP = "curl -sSf https://sh.rustup.rs | sh -s -- -y"


def check(*, tls: bool) -> None:
    """Check that a build can succeed on this machine.

    Args:
        tls: whether OpenSSL is linked in.

    Raises:
        BuildError: all that is missing, with the lines that install it.
    """
    if sys.version_info[:2] != PYTHON:
        running, built = (".".join(map(str, version)) for version in (sys.version_info[:2], PYTHON))
        raise BuildError(
            f"this environment has Python {running}, and executables have {built}, the newest that "
            f"PyOxidizer links: packages may have other dependencies on {running}. Build "
            f"in an environment of {built} (python{built} -m venv .venv)"
        )
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise BuildError(
            f"executables are built on Linux x86_64, and this is {platform.system()}"
            f" {platform.machine()}: build in a container, as the Containerfile does"
        )
    packages, missing = _system(tls=tls)
    lines = [f"apt-get install {' '.join(packages)}"] if packages else []
    rust = _rust()
    if rust:
        missing.append(rust)
        lines.append(f"apt-get install rustc-web cargo-web   (or: {RUSTUP})")
    if _pyoxidizer() is None:
        missing.append("PyOxidizer")
        lines.append("pip install 'rocketpy-config[build]'")
    if missing:
        names = "\n".join(f"  {name}" for name in missing)
        remedy = "\n".join(f"  {line}" for line in lines)
        raise BuildError(
            f"the build needs what is missing here:\n{names}\nTo install it:\n{remedy}"
        )


def missing_on(version: str, packages: Iterable[metadata.Distribution]) -> list[str]:
    """Return what packages need on another patch release of Python than this one, and is missing.

    Args:
        version: the release of the executable, such as `3.11.2`.
        packages: the packages that it will have.

    Returns:
        A sentence for each package that is missing, with the line that installs it.
    """
    running = ".".join(map(str, sys.version_info[:3]))
    found = []
    for package in packages:
        for requirement in package.requires or ():
            name, _, marker = requirement.partition(";")
            condition = _FULL_VERSION.search(marker)
            if condition is None or "extra" in marker:
                continue
            needed, present = (_holds(condition, each) for each in (version, running))
            project = re.split(r"[^\w.-]", name.strip())[0]
            if needed and not present and not _installed(project):
                found.append(
                    f"{package.name} needs {project} on Python {version}, which the executable has;"
                    f" this environment, with {running}, is without it: pip install {project}"
                )
    return found


def _holds(condition: re.Match[str], version: str) -> bool:
    """Return whether a version fulfils a condition on `python_full_version`."""
    numbers, limit = (tuple(map(int, text.split("."))) for text in (version, condition["limit"]))
    return {
        "<": numbers < limit,
        "<=": numbers <= limit,
        ">": numbers > limit,
        ">=": numbers >= limit,
    }[condition["operator"]]


def _installed(project: str) -> bool:
    try:
        metadata.distribution(project)
    except metadata.PackageNotFoundError:
        return False
    return True


def _system(*, tls: bool) -> tuple[list[str], list[str]]:
    """Return the missing packages of Debian, and what is missing of them in words."""
    packages, missing = [], []
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            packages.append(package)
            missing.append(f"the program {program}")
    for package, (header, library) in (HEADERS | (TLS_HEADERS if tls else {})).items():
        if not _has_library(header, library):
            packages.append(package)
            missing.append(f"{header} and {library}")
    return sorted(set(packages)), missing


def _has_library(header: str, library: str) -> bool:
    if shutil.which("gcc") is None:
        # The compiler cannot say where it looks; these are the folders of most systems.
        usual = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
        return any(os.path.exists(os.path.join(folder, library)) for folder in usual)
    found = output(["gcc", f"-print-file-name={library}"])
    include = output(["gcc", "-E", "-v", "-x", "c", "/dev/null"], errors=True)
    folders = tuple(line.strip() for line in include.splitlines() if line.startswith(" /"))
    return os.path.isabs(found) and any(os.path.exists(f"{at}/{header}") for at in folders)


def _rust() -> str:
    """Return what is wrong with Rust; empty when nothing is."""
    wanted = ".".join(map(str, RUST))
    missing = [name for name in ("cargo", "rustc") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)}, {wanted} or newer"
    try:
        stated = output(["rustc", "--version"])
    except BuildError as error:
        return f"a rustc that works ({error})"
    found = re.search(r"(\d+)\.(\d+)", stated)
    if found is None or tuple(map(int, found.groups())) < RUST:
        return f"rustc {wanted} or newer (this is {stated})"
    return ""


def _pyoxidizer() -> str | None:
    try:
        return metadata.version("pyoxidizer")
    except metadata.PackageNotFoundError:
        return None
