"""Fixtures for the tests of all rooms."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def usual_signals() -> None:
    """Have processes begin as from a terminal: what `nohup` or `&` ignores, they would ignore."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Change into an empty folder, three levels deep, without any ROCKET_* variable."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.strip().upper().startswith("ROCKET_"):
            monkeypatch.delenv(name)
    place = Place(folder, monkeypatch)
    yield place
    place.end()
