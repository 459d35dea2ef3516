"""The kinds of error that a configuration can have, each worded as Figment words it."""

from __future__ import annotations

from typing import NamedTuple

from rocketpy.figment.rust_text import debug_str, display_float, one_of
from rocketpy.figment.value import Empty, Unsigned, Value

REDACTED = "[redacted]"

_WORDING = {
    "Message": "{found}",
    "InvalidType": "invalid type: found {found}, expected {expected}",
    "InvalidValue": "invalid value {found}, expected {expected}",
    "InvalidLength": "invalid length {found}, expected {expected}",
    "UnknownVariant": "unknown variant: found `{found}`, expected `{expected}`",
    "MissingField": "missing field `{found}`",
}
_QUOTE_VALUES = frozenset({"Message", "InvalidType", "InvalidValue", "UnknownVariant"})


class Actual(NamedTuple):
    """What was found where something else was expected: its type, and its value as printed."""

    type: str
    shown: str = ""

    def __str__(self) -> str:
        return f"{self.type} {self.shown}" if self.shown else self.type


class Kind(NamedTuple):
    """What is wrong: Figment's name for it, what was found, and what was expected.

    >>> str(invalid_type(Value("80"), "u16"))
    'invalid type: found string "80", expected u16'
    """

    name: str
    found: str | int | Actual
    expected: str = ""

    def __str__(self) -> str:
        return _WORDING[self.name].format(found=self.found, expected=self.expected)

    def redacted(self) -> Kind:
        """Return the same without the value that it quotes, for values that are secret.

        >>> str(invalid_value(Value("hunter2"), "a key").redacted())
        'invalid value string [redacted], expected a key'
        """
        if self.name not in _QUOTE_VALUES:
            return self
        found = self.found
        if isinstance(found, Actual):
            return self._replace(found=found._replace(shown=REDACTED if found.shown else ""))
        return self._replace(found=REDACTED)


def message(text: str) -> Kind:
    """Anything that no other kind says."""
    return Kind("Message", text)


def invalid_type(found: Value, expected: str) -> Kind:
    """The value is of another type than what is expected."""
    return Kind("InvalidType", actual(found), expected)


def invalid_value(found: Value, expected: str) -> Kind:
    """The type is right and the value is not."""
    return Kind("InvalidValue", actual(found), expected)


def invalid_length(length: int, expected: str) -> Kind:
    """A text or a sequence is too short or too long."""
    return Kind("InvalidLength", length, expected)


def unknown_variant(found: str, choices: tuple[str, ...]) -> Kind:
    """A text is none of the names that are allowed."""
    return Kind("UnknownVariant", found, one_of(choices))


def missing_field(field: str) -> Kind:
    """A key that must be there is not."""
    return Kind("MissingField", field)


def actual(value: Value) -> Actual:
    """Describe a value as errors do; a character reads as a string, as serde visits it.

    >>> str(actual(Value(80))), str(actual(Value("80"))), str(actual(Value([])))
    ('signed int `80`', 'string "80"', 'sequence')
    """
    data = value.data
    match data:
        case bool():
            return Actual("bool", "true" if data else "false")
        case Unsigned():
            return Actual("unsigned int", f"`{int(data)}`")
        case int():
            return Actual("signed int", f"`{data}`")
        case float():
            return Actual("float", f"`{display_float(data)}`")
        case str():
            return Actual("string", debug_str(data))
        case Empty():
            return Actual("option" if data is Empty.NONE else "unit")
        case list():
            return Actual("sequence")
        case _:
            return Actual("map")
