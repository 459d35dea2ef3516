"""Packages come from where pip would take them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch import pip_config
from rocketpy.packaging.fetch.pip_config import PYPI, PipConfig

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_file_of_the_machine(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out /etc/pip.conf, which a test cannot write."""
    files = pip_config._files
    monkeypatch.setattr(
        pip_config, "_files", lambda: [path for path in files() if path != "/etc/pip.conf"]
    )


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_any_configuration() -> None:
    """It is PyPI."""
    assert pip_config.read() == PipConfig((PYPI,), (), "", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[global]\nindex-url = https://a/simple", PipConfig(("https://a/simple/",))),
        ("[global]\nindex_url = https://a/simple/", PipConfig(("https://a/simple/",))),
        (
            "[global]\nextra-index-url =\n  https://b/\n  https://c",
            PipConfig((PYPI, "https://b/", "https://c/")),
        ),
        ("[global]\nindex-url = https://a\n[install]\nindex-url = https://b",
         PipConfig(("https://b/",))),
        ("[global]\ncert = /a.pem\nproxy = http://p:1", PipConfig((PYPI,), (), "/a.pem", "http://p:1")),
        ("[install]\nno-index = yes\nfind-links = /x /y", PipConfig((), ("/x", "/y"))),
        ("[download]\nindex-url = https://a", PipConfig((PYPI,))),
        ("[global]\nindex-url =", PipConfig((PYPI,))),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "place",
    [".pip/pip.conf", ".config/pip/pip.conf", "environment/pip.conf", "machine/pip/pip.conf"],
)
def test_files(clean: Path, place: str, text: str, expected: PipConfig) -> None:
    """The user's, the environment's and the machine's count; [install] overrides [global]."""
    write(clean / place, text)
    assert pip_config.read() == expected


def test_precedence(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable overrides the environment's file, that the user's, that the machine's."""
    for place in ("machine/pip/pip.conf", ".config/pip/pip.conf", "environment/pip.conf"):
        name = place.partition("/")[0].strip(".")
        write(clean / place, f"[global]\nindex-url = https://{name}/")
        assert pip_config.read().indexes == (f"https://{name}/",)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(write(clean / "x", "[global]\nindex-url=https://x")))
    assert pip_config.read().indexes == ("https://x/",)
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable/simple")
    assert pip_config.read().indexes == ("https://variable/simple/",)
    monkeypatch.setenv("PIP_INDEX_URL", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert pip_config.read().indexes == (PYPI,)


def test_a_named_file_replaces_the_users(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with pip: where PIP_CONFIG_FILE exists, the user's file is not read."""
    write(clean / ".config/pip/pip.conf", "[global]\nindex-url = https://user/")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(write(clean / "x", "[global]\ncert = /c")))
    assert pip_config.read() == PipConfig((PYPI,), (), "/c")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(clean / "missing"))
    assert pip_config.read().indexes == ("https://user/",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no section", "pip's configuration cannot be read: .*pip.conf"),
        ("[global]\nno-index = perhaps", "`no-index` is 'perhaps'; it must be true or false"),
    ],
)
def test_what_pip_refuses(clean: Path, text: str, problem: str) -> None:
    """A file that is no configuration and a value that is no boolean are errors."""
    write(clean / ".pip/pip.conf", text)
    with pytest.raises(BuildError, match=f"(?s){problem}"):
        pip_config.read()
