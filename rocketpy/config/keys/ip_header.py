"""`ip_header`: the header with the client's address behind a proxy, or `false` for none."""

from __future__ import annotations

import re

from rocketpy.figment.decode import refuse
from rocketpy.figment.kind import invalid_type, invalid_value
from rocketpy.figment.value import Empty, Value

_EXPECTED = "a valid header name or `false`"
_HELP = 'allowed: a header\'s name, such as "X-Real-IP"; or false'
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def decode(value: Value) -> str | None:
    """Read a header's name, or None for `false`.

    Raises:
        Error: the value is something else, or no name that a header can have.
    """
    data = value.data
    if data is False or isinstance(data, Empty):
        return None
    if isinstance(data, str):
        if _NAME.fullmatch(data):
            return str(data)
        raise refuse(value, invalid_value(Value(str(data)), _EXPECTED), _HELP)
    kind = invalid_value if data is True else invalid_type
    raise refuse(value, kind(value, _EXPECTED), _HELP)
