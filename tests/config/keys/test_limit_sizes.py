"""Numbers of bytes: what is read, and how they are printed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.config.keys import limits
from rocketpy.figment import Error
from rocketpy.figment.value import Unsigned, born

MOST = 2**64 - 1


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (0, 0),
        (512, 512),
        (-1, 0),
        (Unsigned(MOST), MOST),
        ("512", 512),
        ("512B", 512),
        ("512 b", 512),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("1  kib", 1024),
        ("2 MB", 2_000_000),
        ("2MiB", 2 * 1024**2),
        ("1.5GiB", 3 * 1024**3 // 2),
        ("1TB", 10**12),
        ("1PiB", 1024**5),
        ("15EiB", 15 * 1024**6),
        ("16EiB", MOST),
        ("99EB", MOST),
        ("15.9999999EiB", 15 * 1024**6 + int(9999999 / 10**7 * 1024**6)),
        ("18.9EB", MOST),
        ("0.0009kB", 0),
        ("0.00000000000000000001kB", 0),
        ("0." + "0" * 30 + "1EB", 0),
        ("0000000000000000000000001kB", 1000),
    ],
)
def test_sizes_are_read(data: Any, size: int) -> None:
    """Integers are bytes; texts have a unit, in any case; what is too much is the most."""
    assert limits.size(born(data, None)) == size


@pytest.mark.parametrize(
    "text",
    [
        *("", "kB", " 1kB", "1kB ", "1 ", "1k", "1KB/s", "1.kB", ".5kB", "1.5", "1.5B", "-1kB"),
        *("1e3", "\u0661kB", "18446744073709551616", "1.4294967296kB", "1\tkB", "1 kB B"),
    ],
)
def test_texts_that_are_no_sizes_are_refused(text: str) -> None:
    """Neither fractions of bytes, spaces around, digits that are not ASCII, nor other units."""
    with pytest.raises(Error, match=r"^invalid value string .*, expected byte unit string$"):
        limits.size(born(text, None))


@pytest.mark.parametrize(
    ("data", "found"), [(True, "bool true"), (1.5, "float `1.5`"), ([], "sequence"), ({}, "map")]
)
def test_what_is_no_size_is_refused(data: Any, found: str) -> None:
    """A boolean is no integer here, and a float no number of bytes."""
    with pytest.raises(Error) as raised:
        limits.size(born(data, None))
    expected = "expected a byte unit as an integer or string"
    assert str(raised.value) == f"invalid type: found {found}, {expected}"


@pytest.mark.parametrize(
    ("size", "printed"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1kB"),
        (1024, "1KiB"),
        (8192, "8KiB"),
        (1500, "1.46KiB"),
        (1_000_000, "1MB"),
        (1024**2, "1MiB"),
        (5 * 10**9, "5GB"),
        (2 * 1024**4, "2TiB"),
        (10**15, "1000TB"),
        (1024**5, "1024TiB"),
        (10**18, "1EB"),
        (MOST, "15.100EiB"),
    ],
)
def test_sizes_are_printed(size: int, printed: str) -> None:
    """The unit is that which fits without a fraction, or else the binary one.

    Petabytes are none of them, as in ubyte.
    """
    assert limits.display_size(size) == printed


@given(size=st.integers(0, MOST))
@settings(max_examples=60, deadline=None)
def test_a_number_of_bytes_reads_as_itself(size: int) -> None:
    """Digits alone are bytes, with or without the unit; what is printed ends with a unit."""
    assert limits.parse_size(str(size)) == limits.parse_size(f"{size} B") == size
    assert limits.display_size(size)[-1] == "B"
