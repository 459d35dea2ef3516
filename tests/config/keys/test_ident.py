"""`ident`: what the `Server` header may say."""

from __future__ import annotations

from typing import Any

import pytest

from rocketpy.config.keys import ident
from rocketpy.figment import Error
from rocketpy.figment.value import Char, Empty, born

EXPECTED = "expected a server ident string or `false`"


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("Rocket", "Rocket"),
        ("My server/1.0\t(x)", "My server/1.0\t(x)"),
        ("!~", "!~"),
        ("x ", "x "),
        (Char("c"), "c"),
        (False, None),
        (Empty.NONE, None),
        (Empty.UNIT, None),
    ],
)
def test_a_text_or_false(data: Any, read: str | None) -> None:
    """A header's text is taken as it is; `false` or nothing turns the header off."""
    assert ident.decode(born(data, None)) == read


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", 'invalid value string ""'),
        (" x", 'invalid value string " x"'),
        ("a\nb", 'invalid value string "a\\nb"'),
        ("é", 'invalid value string "é"'),
        ("a\x7f", 'invalid value string "a\\u{7f}"'),
        (True, "invalid value bool true"),
        (1, "invalid type: found signed int `1`"),
        (0.5, "invalid type: found float `0.5`"),
        ([], "invalid type: found sequence"),
    ],
)
def test_what_no_header_can_hold_is_refused(data: Any, problem: str) -> None:
    """Only visible ASCII, spaces and tabs, and something visible first."""
    with pytest.raises(Error) as raised:
        ident.decode(born(data, None))
    assert str(raised.value) == f"{problem}, {EXPECTED}"
    assert raised.value.help.startswith("allowed: visible ASCII")
