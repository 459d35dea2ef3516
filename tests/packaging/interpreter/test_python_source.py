"""The source of CPython is the first one in the pins that a server has."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import download, pins
from rocketpy.packaging.fetch.download import UnavailableError
from rocketpy.packaging.interpreter import python_source
from rocketpy.packaging.steps.cache import Cache
from rocketpy.packaging.steps.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path


def archive(path: Path, files: dict[str, str]) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"top/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))


def test_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first available source is unpacked and patched; the build says which one it is not."""
    shown = io.StringIO()
    cache = Cache(str(tmp_path / "cache"), Progress(shown))
    archive(tmp_path / "orig", {"a.c": "one\n", "Doc/index": "", "LICENSE": "text"})
    patch = "--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-one\n+two\n"
    files = {"patches/series": "# why\nfix.diff\n\n", "patches/fix.diff": patch, "copyright": "c"}
    archive(tmp_path / "debian", files)
    requested: list[str] = []

    def fetch(urls: object, sha256: str, target: str) -> None:
        requested.append(sha256)
        if sha256 == "newest":
            raise UnavailableError("404")
        shutil.copy(tmp_path / sha256, target)

    monkeypatch.setattr(download, "fetch", fetch)
    original = pins.File("orig.tar.gz", ("http://x/orig.tar.gz",), "orig")

    def pin(version: str, sha256: str) -> pins.PythonSource:
        return pins.PythonSource(version, original, pins.File(sha256, ("http://x",), sha256))

    monkeypatch.setattr(pins, "PYTHON", (pin("3.11.9", "newest"), pin("3.11.8", "debian")))
    for _ in range(2):
        source = python_source.source(cache)
        assert source.pin.version == "3.11.8"
        assert sorted(os.listdir(source.folder)) == ["LICENSE", "LICENSE.debian", "a.c"]
        with open(f"{source.folder}/a.c", encoding="utf-8") as file:
            assert file.read() == "two\n"
        assert "CPython 3.11.8 is used: 3.11.9 is not available here" in shown.getvalue()
    assert requested.count("newest") == 1  # not in each build
    monkeypatch.setattr(pins, "PYTHON", (pin("3.11.9", "newest"),))
    with pytest.raises(BuildError, match="cannot be downloaded; is there a network"):
        python_source.source(cache)
