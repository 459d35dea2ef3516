"""Typed reading of values: small functions that take a `Value` and return what it says.

A decoder raises `Error` and nothing else; the error already carries the value's tag, and the
containers' decoders put the keys in front. What each accepts, and the words with which it refuses,
are those of the Rust type of its name as serde reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from rocketpy.figment.error import Error
from rocketpy.figment.kind import (
    Kind,
    invalid_length,
    invalid_type,
    invalid_value,
    missing_field,
    unknown_variant,
)
from rocketpy.figment.profile import lower
from rocketpy.figment.value import Empty, Value

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def refuse(value: Value, kind: Kind, help: str = "") -> Error:
    """Make the error that a value is refused with."""
    return Error(kind, tag=value.tag, help=help)


def integer(name: str, least: int, most: int) -> Callable[[Value], int]:
    """Return the decoder of an integer type.

    >>> integer("u16", 0, 65535)(Value(80))
    80
    """

    def decode(value: Value) -> int:
        data = value.data
        if isinstance(data, bool) or not isinstance(data, int):
            raise refuse(value, invalid_type(value, name), f"write a whole number: {span}")
        if not least <= data <= most:
            raise refuse(value, invalid_value(value, name), f"allowed: {span}")
        return int(data)

    span = f"from {least} to {most}"
    return decode


u8: Callable[[Value], int] = integer("u8", 0, 2**8 - 1)
u16: Callable[[Value], int] = integer("u16", 0, 2**16 - 1)
u32: Callable[[Value], int] = integer("u32", 0, 2**32 - 1)
usize: Callable[[Value], int] = integer("usize", 0, 2**64 - 1)


def boolean(value: Value) -> bool:
    """Read `true` or `false`."""
    if isinstance(value.data, bool):
        return value.data
    raise refuse(value, invalid_type(value, "a boolean"), "allowed: true, false")


def loose_boolean(value: Value) -> bool:
    """Read a boolean, `"true"` or `"false"` in any case, 1 or 0."""
    data = value.data
    allowed = "allowed: true, false, 1, 0"
    if isinstance(data, bool):
        return data
    if isinstance(data, int):
        if data in {0, 1}:
            return bool(data)
        raise refuse(value, invalid_value(value, "0 or 1"), allowed)
    if isinstance(data, str):
        if lower(data) in {"true", "false"}:
            return lower(data) == "true"
        raise refuse(
            Value(str(data), value.tag), invalid_value(Value(str(data)), "true or false"), allowed
        )
    raise refuse(value, invalid_type(value, "a boolean"), allowed)


def string(
    value: Value,
    expected: str = "a string",
    help: str = "write a text in quotes",
) -> str:
    """Read a text; a character is one."""
    if isinstance(value.data, str):
        return str(value.data)
    raise refuse(value, invalid_type(value, expected), help)


def variant(type_name: str, choices: tuple[str, ...]) -> Callable[[Value], str]:
    """Return the decoder of an enumeration without data: one of some names, in that case."""

    def decode(value: Value) -> str:
        data = value.data
        if isinstance(data, str):
            if data in choices:
                return str(data)
            raise refuse(value, unknown_variant(str(data), choices), allowed)
        if isinstance(data, dict):
            raise in_table(value)
        raise refuse(value, invalid_type(value, f"enum {type_name}"), allowed)

    def in_table(value: Value) -> Error:
        # serde also reads `{ name = <unit> }`, and no source has units.
        for name in sorted(value.data):
            kind = unknown_variant(name, choices)
            if name in choices:
                kind = invalid_type(value.data[name], "unit")
            return refuse(value.data[name], kind, allowed).within(name)
        return refuse(value, invalid_type(value, "enum"), allowed)

    allowed = "allowed: " + ", ".join(choices)
    return decode


def sequence(
    item: Callable[[Value], T], expected: str = "a sequence"
) -> Callable[[Value], list[T]]:
    """Return the decoder of an array; the first item that is refused refuses it."""

    def decode(value: Value) -> list[T]:
        if not isinstance(value.data, list):
            raise refuse(value, invalid_type(value, expected), "write [ … ]")
        items = []
        for index, part in enumerate(value.data):
            try:
                items.append(item(part))
            except Error as error:
                raise error.within(str(index)) from None
        return items

    return decode


class Option(Generic[T]):
    """The decoder of a value that may be absent, which is None then.

    Args:
        inner: the decoder of a value that is there.
    """

    def __init__(self, inner: Callable[[Value], T]) -> None:
        self.inner = inner

    def __call__(self, value: Value) -> T | None:
        """Read a value, or raise `Error`."""
        return None if isinstance(value.data, Empty) else self.inner(value)


REQUIRED: Any = object()
"""In place of a field's default: the field must be there."""


class Field(NamedTuple):
    """A field of a `struct`: its decoder, and what it is where it is not given."""

    decode: Callable[[Value], Any]
    default: Any = REQUIRED


class Struct:
    """The decoder of a table with known keys, or of an array in their order.

    Keys that are not known are passed over. All that is wrong in a table is reported, in the order
    of the keys, and what is missing last.

    Args:
        name: Rocket's name of the type, for errors.
        make: gets every field by name and makes the result.
        fields: the decoder and the default of each.
    """

    def __init__(self, name: str, make: Callable[..., Any], fields: dict[str, Field]) -> None:
        self.name = name
        self.make = make
        self.fields = fields

    def __call__(self, value: Value) -> Any:
        """Read a value, or raise `Error`."""
        if isinstance(value.data, dict):
            return self.make(**self._from_table(value))
        if isinstance(value.data, list):
            return self.make(**self._from_array(value))
        known = f"allowed: a table with {', '.join(self.fields)}"
        raise refuse(value, invalid_type(value, f"struct {self.name}"), known)

    def _from_table(self, value: Value) -> dict[str, Any]:
        found, errors = {}, []
        for key in sorted(value.data):
            if key in self.fields:
                try:
                    found[key] = self.fields[key].decode(value.data[key])
                except Error as error:
                    errors.append(error.within(key))
        for key, field in self.fields.items():
            if key not in value.data:
                if field.default is REQUIRED:
                    errors.append(refuse(value, missing_field(key), f"add the key `{key}`"))
                found[key] = field.default
        if errors:
            raise Error.chain(errors)
        return found

    def _from_array(self, value: Value) -> dict[str, Any]:
        found = {}
        for index, (key, field) in enumerate(self.fields.items()):
            if index < len(value.data):
                try:
                    found[key] = field.decode(value.data[index])
                except Error as error:
                    raise error.within(str(index)) from None
            elif field.default is REQUIRED:
                elements = f"struct {self.name} with {len(self.fields)} elements"
                raise refuse(value, invalid_length(index, elements), "write it as a table")
            else:
                found[key] = field.default
        return found
