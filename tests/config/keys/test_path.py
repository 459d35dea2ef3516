"""Paths: relative to the file that they stand in."""

from __future__ import annotations

import os

import pytest

from rocketpy.config.keys import path
from rocketpy.figment import Error, Figment, Serialized, Toml
from rocketpy.figment.value import born


@pytest.mark.parametrize(
    ("file", "text", "resolved"),
    [
        ("/a/c.toml", "x", "/a/x"),
        ("/a/c.toml", "./x", "/a/./x"),
        ("/a/c.toml", "../x", "/a/../x"),
        ("/a/c.toml", "/x", "/x"),
        ("/a/c.toml", "", "/a/"),
        ("/a/./c.toml", "x", "/a/x"),
        ("/a/././c.toml", "x", "/a/x"),
        ("/./c.toml", "x", "/x"),
        ("/c.toml", "x", "/x"),
        ("/a/../c.toml", "x", "/a/../x"),
    ],
)
def test_paths_are_relative_to_their_file(file: str, text: str, resolved: str) -> None:
    """A path is joined to the folder of its file, by text alone."""
    figment = Figment.of(Serialized({"p": text}, metadata=Toml(file).metadata()))
    found = path.decode(figment.find("p"))
    assert (str(found), os.fspath(found), found.original) == (resolved, resolved, text)


def test_paths_from_elsewhere_stay_as_they_are() -> None:
    """What code or variables give has no folder; neither has a value without a source."""
    assert path.decode(Figment.of(Serialized({"p": "x"})).find("p")).resolved == "x"
    assert path.decode(born("x", None)).resolved == "x"


def test_what_is_no_text_is_refused() -> None:
    """The path of the error is figment's, with the name that it leaks."""
    with pytest.raises(Error) as raised:
        path.decode(born(5, None))
    assert raised.value.path == ("___figment_relative_path",)
    assert str(raised.value) == "invalid type: found signed int `5`, expected path string"
