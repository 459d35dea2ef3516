"""What the package index says of a source is kept, and its digest decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rocketpy.packaging import download
from rocketpy.packaging import package_index as index
from rocketpy.packaging.cache import Cache
from rocketpy.packaging.errors import BuildError
from rocketpy.packaging.native import pydantic_core as pydantic_native
from rocketpy.packaging.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

NAME = "some_thing-1.2.tar.gz"
SHA256 = "ab" * 32


class Index:
    """An index that answers from memory."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.files: list[dict[str, Any]] = [
            {"filename": "some_thing-1.2-py3-none-any.whl", "hashes": {"sha256": "cd" * 32}},
            {"filename": NAME, "hashes": {"sha256": SHA256}, "url": "https://files.example/a"},
            {"filename": "some_thing-1.3.tar.gz", "hashes": {}, "url": "https://files.example/b"},
        ]

    def get(self, url: str, *, accept: str) -> bytes:
        self.asked.append((url, accept))
        return json.dumps({"files": self.files}).encode()


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Index:
    there = Index()
    monkeypatch.setattr(download, "get", there.get)
    return there


def test_asked_once(there: Index, tmp_path: Path) -> None:
    """What was said first holds: a release whose files change later is not taken."""
    first = index.sdist("some-thing", "1.2", str(tmp_path))
    assert (first.name, first.urls, first.sha256) == (NAME, ("https://files.example/a",), SHA256)
    there.files.clear()
    assert index.sdist("some-thing", "1.2", str(tmp_path)) == first
    assert there.asked == [(f"{index.INDEX}some-thing/", index.AS_JSON)]


@pytest.mark.parametrize("version", ["1.3", "1.4"])
def test_not_there(there: Index, tmp_path: Path, version: str) -> None:
    """A release without a source, or a source without a digest, is refused by its name."""
    with pytest.raises(BuildError, match=rf"has no some_thing-{version}\.tar\.gz with a SHA-256"):
        index.sdist("some-thing", version, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_pydantic_core_that_is_not_to_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version, the cause and the remedy are named."""

    def get(url: str, *, accept: str) -> bytes:
        raise download.AbsentError(f"{url}: no way there")

    monkeypatch.setattr(download, "get", get)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9.9.9")
    with pytest.raises(BuildError) as caught:
        pydantic_native.pydantic_core(Cache(str(tmp_path), Progress()))
    text = str(caught.value)
    assert "pydantic-core 9.9.9 is installed here, and its source is not to be had" in text
    assert f"{index.INDEX}pydantic-core/: no way there" in text
    assert "help: install a pydantic whose pydantic-core is pinned, which is 2." in text


def test_a_pydantic_core_that_was_not_tried(there: Index, tmp_path: Path) -> None:
    """Its source is taken from the index, which is told."""
    there.files[1]["filename"] = "pydantic_core-9.9.9.tar.gz"
    cache = Cache(str(tmp_path), Progress())
    found = pydantic_native._source(cache, "9.9.9")
    assert (found.name, found.sha256) == ("pydantic_core-9.9.9.tar.gz", SHA256)
