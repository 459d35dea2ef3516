"""rocketpy answers as Rocket 0.5.1 does: every recorded configuration, and some by the command."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.config import sources
from rocketpy.config.dump import describe, described_config, dump
from rocketpy.config.keys import table as keys
from rocketpy.config.own_keys.config import Config
from rocketpy.config.rocket_config import RocketConfig, ServiceConfig
from rocketpy.figment.error import Error
from tests.conformance import check
from tests.conformance.vectors import Vector, differences, load

if TYPE_CHECKING:
    from pathlib import Path

    from rocketpy.figment import Figment

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
    _lay_out(vector, sandbox, monkeypatch)
    answer: dict[str, Any] = dump(sources.figment(), reveal=True)
    monkeypatch.undo()
    text = json.dumps(answer, ensure_ascii=False).replace(str(sandbox), "$ROOT")
    assert not differences(vector, json.loads(text))


@pytest.mark.parametrize("vector", ALL, ids=[vector.name for vector in ALL])
def test_by_both_classes(vector: Vector, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`RocketConfig` and `Config` read what was recorded, and refuse it with the same errors."""
    _lay_out(vector, sandbox, monkeypatch)
    layers = sources.figment()
    without_secrets = dump(layers)
    with_secrets = dump(layers, reveal=True)
    answers = [_read(kind, layers) for kind in (RocketConfig, Config)]
    monkeypatch.undo()
    for config, errors in answers:
        assert config == with_secrets.get("config")
        assert errors == without_secrets.get("errors", [])


def _lay_out(vector: Vector, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process read what was recorded: its files, its environment, its build."""
    root = str(sandbox)
    monkeypatch.chdir(vector.lay_out(root))
    monkeypatch.setattr(os, "environb", vector.environment(root))
    if vector.build == "release":
        _as_release(monkeypatch)


def _read(
    kind: type[ServiceConfig], layers: Figment
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return what a class reads from layers, and the errors that it refuses them with."""
    try:
        config = kind(layers)
    except Error as error:
        return None, [describe(one) for one in error]
    values = {name: getattr(config, name) for name in keys.ROCKET_KEYS}
    return described_config(values, config.profile, reveal=True), []


def _as_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as if `__debug__` were false: what depends on it is a profile and a level."""
    defaults = keys.default_values
    monkeypatch.setattr(sources, "DEFAULT_PROFILE", "release")
    monkeypatch.setattr(keys, "default_values", lambda: defaults() | {"log_level": "critical"})


@pytest.mark.parametrize("vector", SAMPLE, ids=[vector.name for vector in SAMPLE])
def test_by_the_command(vector: Vector, sandbox: Path) -> None:
    """The command, in a process of its own, answers the same."""
    assert not differences(vector, check.answer_of(vector, check.DEFAULT_COMMAND, str(sandbox)))
