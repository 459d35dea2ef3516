"""The pins are whole, and fit each other."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from rocketpy.packaging.fetch import pins

FILES = [
    *(file for pin in pins.PYTHON for file in (pin.archive, pin.patches) if file),
    *pins.PYDANTIC_CORE.values(),
    *pins.TRAINING,
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_pins(file: pins.File) -> None:
    """A pin has a whole digest, and its addresses end in its name."""
    assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert file.urls
    for url in file.urls:
        assert re.match("https?://", url)
        assert url.replace("%2B", "+").endswith(f"/{file.name}")


def test_pins_fit_each_other() -> None:
    """The pydantic-core of the training's pydantic is pinned, as is the one that is installed."""
    assert pins.TRAINING_PYDANTIC_CORE in pins.PYDANTIC_CORE
    assert metadata.version("pydantic-core") in pins.PYDANTIC_CORE
    names = [file.name for file in FILES]
    digests = {file.name: file.sha256 for file in FILES}
    assert all(digests[file.name] == file.sha256 for file in FILES)
    assert len({*digests.values()}) == len({*names})
    for version, file in pins.PYDANTIC_CORE.items():
        assert file.name == f"pydantic_core-{version}.tar.gz"
    assert all(pin.version.startswith("3.11.") for pin in pins.PYTHON)
