"""What is inside the interpreter, for a bill of materials: names, versions, licences, sources."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.steps import toolchain

if TYPE_CHECKING:
    from rocketpy.packaging.fetch.pins import PythonSource
    from rocketpy.packaging.native.pydantic_core import Native

OF_THE_SYSTEM = (
    ("glibc", "libc6-dev", "LGPL-2.1-or-later"),
    ("libgcc", "libgcc-12-dev", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    ("zlib", "zlib1g-dev", "Zlib"),
)
"""Static libraries of this machine: name, Debian's package, licence."""
OPENSSL = ("openssl", "libssl-dev", "Apache-2.0")


def components(pin: PythonSource, native: Native, *, tls: bool) -> list[dict[str, Any]]:
    """Return each part with its "texts": the paths of files with its licence.

    Args:
        pin: the source of CPython.
        native: pydantic-core.
        tls: whether OpenSSL is linked in.
    """
    parts = [
        {
            "name": "python",
            "version": pin.version,
            "licence": "Python-2.0",
            "url": pin.archive.urls[0],
            "sha256": pin.archive.sha256,
            "texts": [],
        }
    ]
    for name, package, licence in (*OF_THE_SYSTEM, *((OPENSSL,) if tls else ())):
        parts.append(
            {
                "name": name,
                "version": toolchain.package_version(package) or "unknown",
                "licence": licence,
                "url": f"https://packages.debian.org/source/bookworm/{name}",
                "sha256": "",
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
    return parts + [{**part, "texts": []} for part in native.components]
