"""rocketpy answers as Rocket 0.5.1 does: every recorded configuration, and some by the command."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.config import sources
from rocketpy.config.dump import dump
from rocketpy.config.keys import table as keys
from tests.conformance import check
from tests.conformance.vectors import Vector, differences, load

if TYPE_CHECKING:
    from pathlib import Path

ALL = load()
SAMPLE = ALL[::24]
"""What a process is started for."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """Return a folder so deep that paths are shown relative to it."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("vector", ALL, ids=[vector.name for vector in ALL])
def test_in_process(vector: Vector, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile, the merged view, the config, the first error and all provenance are Rocket's."""
    root = str(sandbox)
    monkeypatch.chdir(vector.lay_out(root))
    environment = vector.environment(root)
    monkeypatch.setattr(os, "environb", environment)
    if vector.build == "release":
        _as_release(monkeypatch)
    answer: dict[str, Any] = dump(sources.figment(), reveal=True)
    monkeypatch.undo()
    text = json.dumps(answer, ensure_ascii=False).replace(root, "$ROOT")
    assert not differences(vector, json.loads(text))


def _as_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as if `__debug__` were false: what depends on it is a profile and a level."""
    defaults = keys.default_values
    monkeypatch.setattr(sources, "DEFAULT_PROFILE", "release")
    monkeypatch.setattr(keys, "default_values", lambda: defaults() | {"log_level": "critical"})


@pytest.mark.parametrize("vector", SAMPLE, ids=[vector.name for vector in SAMPLE])
def test_by_the_command(vector: Vector, sandbox: Path) -> None:
    """The command, in a process of its own, answers the same."""
    assert not differences(vector, check.answer_of(vector, check.DEFAULT_COMMAND, str(sandbox)))
