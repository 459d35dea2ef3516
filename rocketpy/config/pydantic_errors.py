"""Pydantic's errors about users' own keys, in the form and the words of Rocket's errors.

Pydantic says what its input should be; Rocket's errors say what was found and what was expected.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rocketpy.config.keys.path import LEAKED
from rocketpy.figment.error import Error
from rocketpy.figment.kind import (
    Kind,
    invalid_length,
    invalid_type,
    invalid_value,
    message,
    missing_field,
    unknown_variant,
)
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails, ValidationError

    from rocketpy.figment.figment import Figment

_EXPECTED = {
    "string": ("a string", "write a text in quotes"),
    "int": ("an integer", "write a whole number"),
    "float": ("a number", "write a number"),
    "bool": ("a boolean", "allowed: true, false"),
    "list": ("a sequence", "write [ … ]"),
    "tuple": ("a sequence", "write [ … ]"),
    "set": ("a sequence", "write [ … ]"),
    "frozen_set": ("a sequence", "write [ … ]"),
    "dict": ("a map", "write a table"),
    "mapping": ("a map", "write a table"),
    "model": ("a map", "write a table"),
    "model_attributes": ("a map", "write a table"),
    "dataclass": ("a map", "write a table"),
    "bytes": ("bytes", "write a text in quotes"),
    "url": ("a URL", 'write a text such as "https://example.org/"'),
    "uuid": ("a UUID", 'write a text such as "12345678-1234-5678-1234-567812345678"'),
    "datetime": ("a datetime", "write one such as 2024-12-31T08:00:00Z"),
    "date": ("a date", "write one such as 2024-12-31"),
    "time": ("a time", "write one such as 08:00:00"),
    "time_delta": ("a duration", 'write seconds, or a text such as "1:30:00"'),
    "decimal": ("a number", "write a number"),
    "path": ("a path", "write a text in quotes"),
}
"""By pydantic's name of a type: what an error says was expected, and the remedy."""

_SUFFIX = re.compile("(_from_date(time)?)?_(type|parsing)$")

_WORDS: list[tuple[str, str]] = [
    (r"Input should be (greater|less) than (.*)", r"a value \1 than \2"),
    (r"Input should (not )?have timezone info", r"a time that has \1a time zone"),
    (r"(?:Input|Value) should be (.*?)(?:, (?:got|unable|input|invalid) .*)?", r"\1"),
    (r"URL scheme should be (.*)", r"a URL with the scheme \1"),
    (r"String should match pattern (.*)", r"a text that matches \1"),
    (r"\w+ should have (.*?)(?: after validation)?(?:, not .*)?", r"\1"),
    (r"(?:Decimal input|\w+) should (.*)", r"a value that can \1"),
]
"""Patterns of pydantic's messages, and what each says was expected; the first that fits counts."""


def from_pydantic(
    invalid: ValidationError, figment: Figment, within: tuple[str, ...] = ()
) -> list[Error]:
    """Return an error for each of pydantic's, with the place that its value came from.

    What a value could not be, of several types that it might be, is one error.

    Args:
        invalid: what pydantic raised.
        figment: the layers that it was validating.
        within: the keys that lead to what it was validating.
    """
    errors: list[Error] = []
    for details in invalid.errors(include_url=False, include_input=False):
        details["loc"] = (*within, *details["loc"])
        own = details.get("ctx", {}).get("error")
        if isinstance(own, Error):
            errors.append(_located(own, details["loc"], figment))
            continue
        error = _translated(details, figment)
        last = errors[-1] if errors else None
        if last is not None and last.path == error.path and _is_type(last) and _is_type(error):
            if error.kind.expected not in last.kind.expected:
                expected = f"{last.kind.expected} or {error.kind.expected}"
                last.kind = last.kind._replace(expected=expected)
                last.help = ""
        else:
            errors.append(error)
    return [error.resolved(figment.profile) for error in errors]


def _located(error: Error, loc: tuple[Any, ...], figment: Figment) -> Error:
    """Put the keys before an error that a decoder raised; say where the value came from."""
    path, value, _ = _place(figment.merged(), loc)
    for one in error:
        # A decoder of plain data knows no source; Rocket's own word for a path is not its key.
        inner = tuple(part for part in one.path if part != LEAKED or one.tag is not None)
        if one.tag is None:
            found = value.find(".".join(inner)) if inner else value
            one.tag = (found or value).tag
        one.path = (*path, *inner)
    return error


def _is_type(error: Error) -> bool:
    return error.kind.name == "InvalidType"


def _translated(details: ErrorDetails, figment: Figment) -> Error:
    path, value, leftover = _place(figment.merged(), details["loc"])
    kind, help = _kind(details, value, leftover)
    return Error(kind, path, tag=value.tag, help=help)


def _kind(details: ErrorDetails, value: Value, leftover: tuple[Any, ...]) -> tuple[Kind, str]:
    """Return what is wrong, and what to do about it."""
    problem, text, context = details["type"], details["msg"], details.get("ctx", {})
    data = value.data
    if problem in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        field = leftover[0] if leftover else details["loc"][-1]
        if isinstance(field, int) and isinstance(data, list):
            return invalid_length(len(data), f"at least {field + 1} elements"), "add the others"
        return missing_field(str(field)), f"add the key `{field}`"
    if problem in {"extra_forbidden", "unexpected_keyword_argument"}:
        return message(f"unknown field: found `{details['loc'][-1]}`"), "leave it out"
    if problem == "union_tag_not_found" and isinstance(data, dict):
        tag = str(context.get("discriminator", "")).strip("'")
        return missing_field(tag), f"add the key `{tag}`: it says what the table is"
    if problem == "union_tag_invalid":
        tags = tuple(re.findall("'([^']*)'", str(context.get("expected_tags", ""))))
        name = str(context.get("discriminator", "")).strip("'")
        allowed = f"allowed for {name}: {', '.join(tags)}"
        return unknown_variant(str(context.get("tag", "")), tags), allowed
    if problem in {"value_error", "assertion_error"}:
        words = text.partition(", ")[2] or text
        found = str(invalid_value(value, "")).removesuffix(", expected ")
        return message(words if isinstance(data, dict) else f"{found}: {words}"), ""
    named = _EXPECTED.get(_SUFFIX.sub("", problem)) if _SUFFIX.search(problem) else None
    if named is not None:
        return invalid_type(value, named[0]), named[1]
    expected = _expected(text)
    if expected is None:
        return message(_lowered(text)), ""
    if problem.endswith(("too_short", "too_long")) and isinstance(data, str | list):
        return invalid_length(len(data), expected), ""
    wrong = invalid_type if isinstance(data, dict | list) else invalid_value
    return wrong(value, expected), ""


def _expected(text: str) -> str | None:
    """Return what a message of pydantic's says was expected, or None where it says something else.

    >>> _expected("Input should be greater than 5"), _expected("Input should be 'a' or 'b'")
    ('a value greater than 5', "'a' or 'b'")
    """
    for pattern, words in _WORDS:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return found.expand(words)
    return None


def _lowered(text: str) -> str:
    """Begin with a small letter, where a word begins and no abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _place(value: Value, loc: tuple[Any, ...]) -> tuple[tuple[str, ...], Value, tuple[Any, ...]]:
    """Follow pydantic's location as far as there are values; it also names members of unions."""
    path: list[str] = []
    for index, part in enumerate(loc):
        data = value.data
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            value = data[part]
        elif isinstance(data, dict | list) and index == len(loc) - 1:
            return tuple(path), value, loc[index:]
        else:
            continue
        path.append(str(part))
    return tuple(path), value, ()
