"""`log_level`: how much the service says of itself."""

from __future__ import annotations

from enum import StrEnum

from rocketpy.figment.decode import refuse, string
from rocketpy.figment.kind import invalid_value
from rocketpy.figment.profile import lower
from rocketpy.figment.rust_text import one_of
from rocketpy.figment.value import Value


class LogLevel(StrEnum):
    """A level; each says all that those before it say, but for `off`, which says nothing."""

    CRITICAL = "critical"
    NORMAL = "normal"
    DEBUG = "debug"
    OFF = "off"


_NAMES = tuple(LogLevel)
_HELP = "allowed: " + ", ".join(_NAMES)


def decode(value: Value) -> LogLevel:
    """Read a level's name, in any case.

    Raises:
        Error: the value is no text, or the text no level.
    """
    text = string(value, help=_HELP)
    if lower(text) in _NAMES:
        return LogLevel(lower(text))
    raise refuse(value, invalid_value(Value(text), one_of(_NAMES)), _HELP)
