"""`ip_header`: which header has the client's address."""

from __future__ import annotations

from typing import Any

import pytest

from rocketpy.config.keys import ip_header
from rocketpy.figment import Error
from rocketpy.figment.value import Char, Empty, born

EXPECTED = "expected a valid header name or `false`"


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("X-Real-IP", "X-Real-IP"),
        ("x", "x"),
        ("a!#$%&'*+.^_`|~-9", "a!#$%&'*+.^_`|~-9"),
        (Char("c"), "c"),
        (False, None),
        (Empty.NONE, None),
        (Empty.UNIT, None),
    ],
)
def test_a_name_or_false(data: Any, read: str | None) -> None:
    """A header's name is taken as it is spelled; `false` or nothing means none."""
    assert ip_header.decode(born(data, None)) == read


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", 'invalid value string ""'),
        ("X Real", 'invalid value string "X Real"'),
        ("X-Real-IP:", 'invalid value string "X-Real-IP:"'),
        ("X\n", 'invalid value string "X\\n"'),
        ("é", 'invalid value string "é"'),
        (True, "invalid value bool true"),
        (1, "invalid type: found signed int `1`"),
        ({}, "invalid type: found map"),
    ],
)
def test_what_is_no_headers_name_is_refused(data: Any, problem: str) -> None:
    """Only the characters of a token in RFC 9110, and at least one."""
    with pytest.raises(Error) as raised:
        ip_header.decode(born(data, None))
    assert str(raised.value) == f"{problem}, {EXPECTED}"
    assert "X-Real-IP" in raised.value.help
