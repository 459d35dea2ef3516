"""The source of CPython, downloaded, unpacked and patched."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import download, pins
from rocketpy.packaging.fetch.archives import fetch, unpack
from rocketpy.packaging.steps.programs import run

if TYPE_CHECKING:
    from rocketpy.packaging.steps.cache import Cache

RETRY_AFTER = 24 * 3600
"""Seconds until a source that no server had is requested again."""
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

    @property
    def stdlib(self) -> str:
        """The folder with the standard library's Python files."""
        return os.path.join(self.folder, "Lib")


def source(cache: Cache) -> Source:
    """Return the first source of CPython in `pins.PYTHON` that a server has.

    Raises:
        BuildError: no server has any, or a server has one with other content.
    """
    downloads = cache.work("downloads")
    missing: list[str] = []
    for pin in pins.PYTHON:
        note = os.path.join(downloads, f"{pin.version}.unavailable")
        if _recent(note):
            missing.append(f"{pin.version}: it was not available a short while ago")
            continue
        files = [file for file in (pin.patches, pin.archive) if file]
        try:
            # A file that was downloaded before is taken without contacting a server.
            archives = [fetch(file, downloads) for file in files]
        except download.UnavailableError as error:
            missing.append(str(error))
            with open(note, "w", encoding="utf-8"):
                continue
        if missing:
            cache.progress.say(
                f"CPython {pin.version} is used: {pins.PYTHON[0].version} is not available here"
            )
        made = cache.result(
            "CPython source",
            [pin.version, *(file.sha256 for file in files)],
            partial(_unpack, archives, log=cache.log("cpython-source")),
            note=pin.version,
        )
        return Source(made, pin)
    raise BuildError(
        "the source of CPython cannot be downloaded; is there a network, or a proxy to set"
        " (https_proxy)?\n" + "\n".join(missing)
    )


def _recent(note: str) -> bool:
    """Return whether servers were tried in vain lately: they are not tried in each build."""
    return os.path.exists(note) and time.time() - os.path.getmtime(note) < RETRY_AFTER


def _unpack(archives: list[str], out: str, *, log: str) -> None:
    unpack(archives[-1], out)
    if len(archives) > 1:
        packaging = os.path.join(out, "debian")
        unpack(archives[0], packaging)
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
