"""`log_level`: the names of levels."""

from __future__ import annotations

from typing import Any

import pytest

from rocketpy.config.keys import log_level
from rocketpy.config.keys.log_level import LogLevel
from rocketpy.figment import Error
from rocketpy.figment.value import born


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("critical", LogLevel.CRITICAL),
        ("Normal", LogLevel.NORMAL),
        ("DEBUG", LogLevel.DEBUG),
        ("oFF", LogLevel.OFF),
    ],
)
def test_levels_are_read_in_any_case(text: str, level: LogLevel) -> None:
    """Four names."""
    assert log_level.decode(born(text, None)) is level


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("info", 'invalid value string "info"'),
        ("", 'invalid value string ""'),
        (" off", 'invalid value string " off"'),
        (0, "invalid type: found signed int `0`"),
        (False, "invalid type: found bool false"),
    ],
)
def test_what_is_no_level_is_refused(data: Any, problem: str) -> None:
    """`off` is a text: TOML's `false` is none of the levels."""
    with pytest.raises(Error) as raised:
        log_level.decode(born(data, None))
    assert str(raised.value).startswith(problem)
    assert raised.value.help == "allowed: critical, normal, debug, off"
