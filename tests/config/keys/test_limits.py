"""`limits`: a table of sizes, and which of them counts for a name."""

from __future__ import annotations

import pytest

from rocketpy.config.keys import limits
from rocketpy.figment import Error
from rocketpy.figment.value import born


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("file", 1),
        ("FILE", 1),
        ("file/png", 1),
        ("file/jpg", 2),
        ("File/JPG", 2),
        ("file/jpg/x", 2),
        ("x/y", None),
        ("", None),
    ],
)
def test_a_limit_is_found_by_what_stands_before_the_slash(name: str, limit: int | None) -> None:
    """The nearest name counts, whatever its case."""
    assert limits.Limits({"file": 1, "file/jpg": 2}).find(name) == limit


def test_of_two_spellings_the_smaller_limit_counts() -> None:
    """Names that differ in case alone are sorted by their sizes; the first is found."""
    found = limits.Limits({"Json": 9, "json": 3})
    assert list(found) == ["json", "Json"]
    assert found.find("JSON") == 3


def test_limits_are_a_mapping_in_order_of_names() -> None:
    """They print as Rocket's launch line has them."""
    found = limits.Limits({"json": 1024, "File": 1000, "a": 7})
    assert (len(found), found["File"], list(found)) == (3, 1000, ["a", "File", "json"])
    assert str(found) == "a = 7B, File = 1kB, json = 1KiB"
    assert repr(found) == "Limits({'a': 7, 'File': 1000, 'json': 1024})"
    assert found == limits.Limits({"a": 7, "json": 1024, "File": 1000})


def test_a_table_is_read() -> None:
    """Every entry is a limit, whatever its name."""
    assert limits.decode(born({"json": "1MiB", "own": 5}, None)) == {"json": 1024**2, "own": 5}


def test_every_bad_limit_is_told() -> None:
    """In the order of the names, each with its path."""
    with pytest.raises(Error) as raised:
        limits.decode(born({"z": "x", "json": True, "ok": 1}, None))
    assert [error.path for error in raised.value] == [("json",), ("z",)]


def test_what_is_no_table_is_refused() -> None:
    """A number is no limits."""
    with pytest.raises(Error, match="invalid type: found signed int `5`, expected a map"):
        limits.decode(born(5, None))
