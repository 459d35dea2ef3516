"""`ident`: what the `Server` header says, or `false` for no such header."""

from __future__ import annotations

from rocketpy.figment.decode import refuse
from rocketpy.figment.kind import invalid_type, invalid_value
from rocketpy.figment.value import Empty, Value

_EXPECTED = "a server ident string or `false`"
_HELP = "visible ASCII characters, spaces between them; or false for no Server header"


def decode(value: Value) -> str | None:
    """Read the text of a header, or None for `false`.

    Raises:
        Error: the value is something else, or holds what a header cannot.
    """
    data = value.data
    if data is False or isinstance(data, Empty):
        return None
    if isinstance(data, str):
        if is_header_value(data):
            return str(data)
        raise refuse(value, invalid_value(Value(str(data)), _EXPECTED), f"allowed: {_HELP}")
    kind = invalid_value if data is True else invalid_type
    raise refuse(value, kind(value, _EXPECTED), f"allowed: {_HELP}")


def is_header_value(text: str) -> bool:
    """Whether a text can stand in a header: visible ASCII first, then spaces and tabs too."""
    return (
        text.isascii()
        and "!" <= text[:1] <= "~"
        and all(" " <= char <= "~" or char == "\t" for char in text)
    )
