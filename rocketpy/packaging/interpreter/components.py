"""What is inside the interpreter, for a bill of materials: names, versions, licences, sources."""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from rocketpy.packaging.steps import toolchain

if TYPE_CHECKING:
    from rocketpy.packaging.interpreter.python_source import Source

SYSTEM_LIBRARIES = (
    ("glibc", "libc6-dev", "LGPL-2.1-or-later"),
    ("libgcc", "libgcc-12-dev", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    ("zlib", "zlib1g-dev", "Zlib"),
)
"""Static libraries of this machine: name, Debian's package, licence."""
OPENSSL = ("openssl", "libssl-dev", "Apache-2.0")


class Vendored(NamedTuple):
    """A library whose source is part of CPython's.

    Args:
        name: its name.
        licence: its licence (SPDX).
        url: its project's address.
        header: the file with its version.
        version: the patterns of the version's parts in the header.
        text: a file that begins with its licence.
        cpe: vendor and product, as vulnerability databases name them.
    """

    name: str
    licence: str
    url: str
    header: str
    version: tuple[str, ...]
    text: str
    cpe: tuple[str, str]


VENDORED = (
    Vendored(
        name="expat",
        licence="MIT",
        url="https://github.com/libexpat/libexpat",
        header="Modules/expat/expat.h",
        version=tuple(rf"XML_{part}_VERSION (\d+)" for part in ("MAJOR", "MINOR", "MICRO")),
        text="Modules/expat/COPYING",
        cpe=("libexpat_project", "libexpat"),
    ),
    Vendored(
        name="libmpdec",
        licence="BSD-2-Clause",
        url="https://www.bytereef.org/mpdecimal/",
        header="Modules/_decimal/libmpdec/mpdecimal.h",
        version=(r'MPD_VERSION "([\d.]+)"',),
        text="Modules/_decimal/libmpdec/crt.h",  # the smallest file: each has it as a comment
        cpe=("bytereef", "mpdecimal"),
    ),
)


def components(source: Source, *, tls: bool) -> list[dict[str, Any]]:
    """Return each part with its "texts": the paths of files with its licence.

    Args:
        source: the source of CPython.
        tls: whether OpenSSL is linked in.
    """
    pin = source.pin
    release = re.match(r"[\d.]+", pin.version)
    parts: list[dict[str, Any]] = [
        {
            "name": "python",
            "version": pin.version,
            "licence": "Python-2.0",
            "url": pin.archive.urls[0],
            "sha256": pin.archive.sha256,
            "cpe": _cpe("python", "python", release[0] if release else pin.version),
            "texts": [],
        }
    ]
    parts += _vendored(source.folder)
    for name, package, licence in (*SYSTEM_LIBRARIES, *((OPENSSL,) if tls else ())):
        version = toolchain.package_version(package) or "unknown"
        parts.append(
            {
                "name": name,
                "version": version,
                "licence": licence,
                "url": f"https://packages.debian.org/source/bookworm/{name}",
                "sha256": "",
                "purl": f"pkg:deb/debian/{package}@{quote(version)}?arch=amd64&upstream={name}",
                "texts": sorted(glob.glob(f"/usr/share/doc/{package}/copyright")),
            }
        )
    parts.append(
        {
            "name": "rust-std",
            "version": toolchain.rust().splitlines()[0].split()[1],
            "licence": "MIT OR Apache-2.0",
            "url": "https://github.com/rust-lang/rust",
            "sha256": "",
            "texts": toolchain.rust_licences(),
        }
    )
    return parts


def _vendored(folder: str) -> list[dict[str, Any]]:
    """Return the libraries in CPython's own source, with the versions that are there."""
    found = []
    for library in VENDORED:
        with open(os.path.join(folder, library.header), encoding="utf-8") as file:
            text = file.read()
        numbers = [re.search(pattern, text) for pattern in library.version]
        version = ".".join(number[1] for number in numbers if number) or "unknown"
        found.append(
            {
                "name": library.name,
                "version": version,
                "licence": library.licence,
                "url": library.url,
                "sha256": "",
                "cpe": _cpe(*library.cpe, version),
                "texts": [os.path.join(folder, library.text)],
            }
        )
    return found


def _cpe(vendor: str, product: str, version: str) -> str:
    """Return the name by which the NVD, and scanners with it, know a product (CPE 2.3)."""
    return f"cpe:2.3:a:{vendor}:{product}:{version}:*:*:*:*:*:*:*"
