"""docs/architecture.md is true: the picture is that of the imports, and the files exist."""

from __future__ import annotations

import re

import pytest

from scripts.architecture import PACKAGE, PAGE, ROOT, VERSION, page, picture, room_edges

TEXT = PAGE.read_text("utf-8")


def test_the_picture_is_up_to_date() -> None:
    """The page has the picture of today's imports; `python scripts/architecture.py` writes it."""
    assert page(TEXT) == TEXT


def test_the_picture_has_every_arrow() -> None:
    """Each import between rooms is an arrow, or follows from arrows."""
    shown: dict[str, set[str]] = {}
    for importer, imported in re.findall(r"^    (\w+) --> (\w+)$", picture(), re.MULTILINE):
        shown.setdefault(importer, set()).add(imported)

    def reaches(node: str) -> set[str]:
        return {
            found
            for following in shown.get(node, set())
            for found in {following, *reaches(following)}
        }

    for importer, targets in room_edges().items():
        names = {re.sub(r"\W", "_", target) for target in targets - {VERSION}}
        assert names <= reaches(re.sub(r"\W", "_", importer))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w/]+\.py)`", TEXT))))
def test_files_exist(path: str) -> None:
    """A file that the page names is there."""
    assert (PACKAGE / path).is_file() or (ROOT / path).is_file()


def test_every_room_is_walked_through() -> None:
    """The two walks name a file of each room of a running service."""
    named = {path.rpartition("/")[0] for path in re.findall(r"`([\w/]+\.py)`", TEXT)}
    rooms = {"cli", "common", "config", "config/keys", "figment", "figment/providers"}
    rooms |= {"figment/toml", "server", "server/http", "server/loop", "server/observe"}
    assert named >= rooms | {"server/process", "server/tls", "web"}
