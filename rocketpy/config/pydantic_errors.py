"""Pydantic's errors about users' own keys, told as Rocket tells of its keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rocketpy.figment.error import Error
from rocketpy.figment.kind import (
    invalid_length,
    invalid_type,
    invalid_value,
    message,
    missing_field,
)
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails, ValidationError

    from rocketpy.figment.figment import Figment

_EXPECTED = {
    "string": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "list": "a sequence",
    "tuple": "a sequence",
    "set": "a sequence",
    "dict": "a map",
    "model": "a map",
    "bytes": "bytes",
    "url": "a URL",
    "uuid": "a UUID",
    "datetime": "a datetime",
    "date": "a date",
    "time": "a time",
    "time_delta": "a duration",
    "decimal": "a number",
    "enum": "one of the names",
    "path": "a path",
}

_SUFFIX = re.compile("(_from_date(time)?)?_(type|parsing)$")


def from_pydantic(invalid: ValidationError, figment: Figment) -> list[Error]:
    """Return an error for each of pydantic's, with the place that its value came from.

    Args:
        invalid: what pydantic raised.
        figment: the layers that it was validating.
    """
    errors: list[Error] = []
    for details in invalid.errors(include_url=False, include_input=False):
        own = details.get("ctx", {}).get("error")
        if isinstance(own, Error):
            errors.append(own.within(str(details["loc"][0])))
        else:
            errors.append(_foreign(details, figment))
    return [error.resolved(figment.profile) for error in errors]


def _foreign(details: ErrorDetails, figment: Figment) -> Error:
    path, value, leftover = _place(figment.merged(), details["loc"])
    problem = details["type"]
    text = details["msg"]
    text = text[:1].lower() + text[1:]
    if problem == "missing":
        field = str(leftover[0]) if leftover else str(details["loc"][-1])
        kind = missing_field(field)
        help = f"add the key {field}"
    elif problem.endswith(("_type", "_parsing")) and (expected := _expected(problem)):
        kind, help = invalid_type(value, expected), text
    elif problem.endswith(("too_short", "too_long")) and isinstance(value.data, str | list):
        kind, help = invalid_length(len(value.data), text), ""
    elif isinstance(value.data, dict):
        kind, help = message(text), ""
    else:
        kind, help = invalid_value(value, text), ""
    return Error(kind, path, tag=value.tag, help=help)


def _expected(problem: str) -> str | None:
    return _EXPECTED.get(_SUFFIX.sub("", problem))


def _place(value: Value, loc: tuple[Any, ...]) -> tuple[tuple[str, ...], Value, tuple[Any, ...]]:
    """Follow pydantic's location as far as there are values; it also names members of unions."""
    path: list[str] = []
    for index, part in enumerate(loc):
        data = value.data
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            value = data[part]
        elif isinstance(data, dict) and index == len(loc) - 1:
            return tuple(path), value, loc[index:]
        else:
            continue
        path.append(str(part))
    return tuple(path), value, ()
