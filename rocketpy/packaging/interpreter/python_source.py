"""The source of CPython, fetched, unpacked and patched."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import download, pins
from rocketpy.packaging.fetch.archives import fetch, unpack
from rocketpy.packaging.steps.programs import run

if TYPE_CHECKING:
    from rocketpy.packaging.steps.cache import Cache

PATIENCE = 24 * 3600
"""Seconds until a source that no server had is asked for again."""
UNUSED = ("Doc", "Mac", "PC", "PCbuild")
"""Folders of the source that a build on Linux does not read."""


@dataclass(frozen=True)
class Source:
    """A patched source.

    Args:
        folder: its root.
        pin: what it was made from.
    """

    folder: str
    pin: pins.PythonSource


def source(cache: Cache) -> Source:
    """Return the best source of CPython that can be had.

    Raises:
        BuildError: none can be had, or one is not what was pinned.
    """
    downloads = cache.work("downloads")
    absent: list[str] = []
    for pin in pins.PYTHON:
        memory = os.path.join(downloads, f"{pin.version}.absent")
        if _recent(memory):
            absent.append(f"{pin.version}: not to be had a short while ago")
            continue
        try:
            # One that was fetched before is there without asking the network.
            fetched = [fetch(file, downloads) for file in (pin.patches, pin.archive) if file]
        except download.UnavailableError as error:
            absent.append(str(error))
            with open(memory, "w", encoding="utf-8"):
                continue
        if absent:
            cache.progress.say(
                f"CPython {pins.PYTHON[0].version} is nowhere: {pin.version} is taken"
            )
        inputs = [pin.version, *(file.sha256 for file in (pin.patches, pin.archive) if file)]
        made = cache.result(
            "CPython source",
            inputs,
            lambda out: _unpack(fetched, out, cache.log("cpython-source")),  # noqa: B023
            note=pin.version,
        )
        return Source(made, pin)
    raise BuildError(
        "the source of CPython cannot be fetched; is there a network, or a proxy to set"
        " (https_proxy)?\n" + "\n".join(absent)
    )


def _recent(memory: str) -> bool:
    """Tell whether servers were asked in vain not long ago: they are not asked in each build."""
    return os.path.exists(memory) and time.time() - os.path.getmtime(memory) < PATIENCE


def _unpack(fetched: list[str], out: str, log: str) -> None:
    unpack(fetched[-1], out)
    if len(fetched) > 1:
        packaging = os.path.join(out, "debian")
        unpack(fetched[0], packaging)
        _patch(os.path.join(packaging, "patches"), out, log)
        shutil.copy(os.path.join(packaging, "copyright"), os.path.join(out, "LICENSE.debian"))
        shutil.rmtree(packaging)
    for name in UNUSED:
        shutil.rmtree(os.path.join(out, name), ignore_errors=True)


def _patch(patches: str, out: str, log: str) -> None:
    with open(os.path.join(patches, "series"), encoding="utf-8") as file:
        names = [line.split()[0] for line in file if line.strip() and not line.startswith("#")]
    for name in names:
        patch = os.path.join(patches, name)
        run(["patch", "-p1", "--force", "--no-backup-if-mismatch", "-i", patch], cwd=out, log=log)
