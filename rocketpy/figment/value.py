"""Values that know where they came from.

A configuration is a tree of `Value`s. Each carries the `Tag` it was born with, and no merge ever
gives it another: provenance is looked up, never rebuilt. The kinds are Figment's: a string, a
character, a boolean, a number (an integer that came unsigned, as all integers of environment
variables do, is `Unsigned`), an array, a dictionary, or `Empty`.
"""

from __future__ import annotations

import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.figment.metadata import Metadata
    from rocketpy.figment.profile import Profile

DATETIME_KEY = "$__toml_private_datetime"
"""The one key of the dictionary that a TOML datetime becomes, as the toml crate spells it."""


class Tag(NamedTuple):
    """Where a value came from: the provider's description and the profile it spoke for."""

    metadata: Metadata
    profile: Profile


class Char(str):
    """A single character, as a quoted `'a'` in an environment variable makes one."""

    __slots__ = ()


class Word(str):
    """The word `none` as an environment variable gives it without quotes.

    It is a text like any other, but where None is a value too, it means that.
    """

    __slots__ = ()


class Unsigned(int):
    """An integer that its source gave as unsigned: it reads `unsigned int` in errors."""

    __slots__ = ()


class Empty(Enum):
    """No value: an absent option, or a unit."""

    NONE = "none"
    UNIT = "unit"


class Value:
    """A piece of configuration and its tag.

    `data` is a `str`, `Char`, `bool`, `int`, `Unsigned`, `float`, `Empty`, a `list` of values or a
    `dict` from `str` to values. A value is never changed once it is in a figment.
    """

    __slots__ = ("data", "tag")

    def __init__(self, data: Any, tag: Tag | None = None) -> None:
        self.data: Any = data
        self.tag: Tag | None = tag

    def __eq__(self, other: object) -> bool:
        """Values are equal when their data are, of one kind; where they came from is no part."""
        if not isinstance(other, Value):
            return NotImplemented
        return type(self.data) is type(other.data) and bool(self.data == other.data)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # a value may hold a dict

    def __repr__(self) -> str:
        return f"Value({self.data!r})"

    def find(self, path: str) -> Value | None:
        """Return the value at a dotted path, or None; an empty part ends the path.

        >>> born({"tls": {"key": "k.pem"}}, None).find("tls.key")
        Value('k.pem')
        """
        value = self
        for part in path.split("."):
            if not part:
                break
            if not isinstance(value.data, dict) or part not in value.data:
                return None
            value = value.data[part]
        return value

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Value]]:
        """Yield every value below this one with its path: dictionaries, then what they hold.

        An array is one leaf: it is replaced whole by a merge. Keys come in order.
        """
        if path:
            yield path, self
        if isinstance(self.data, dict):
            for key in sorted(self.data):
                yield from self.data[key].leaves((*path, key))

    def plain(self) -> Any:
        """Return the data without tags, as Python spells it.

        A datetime becomes a `datetime`, `date` or `time`; an empty value `None`.

        >>> born({"when": datetime.date(1979, 5, 27), "on": True}, None).plain()
        {'when': datetime.date(1979, 5, 27), 'on': True}
        """
        data = self.data
        if isinstance(data, dict):
            if len(data) == 1 and DATETIME_KEY in data:
                return _moment(data[DATETIME_KEY].plain())
            return {key: value.plain() for key, value in data.items()}
        if isinstance(data, list):
            return [value.plain() for value in data]
        if isinstance(data, Char | Word):
            return str(data)
        if isinstance(data, Unsigned):
            return int(data)
        return None if isinstance(data, Empty) else data


def born(data: Any, tag: Tag | None) -> Value:
    """Make a tagged value of plain Python data, all its parts included.

    Values that are in it already keep the tag they have: a figment may provide for another.

    Raises:
        TypeError: the data hold something that no configuration file could.
    """
    kind = type(data)
    if kind is Value:
        return _adopted(data, tag)
    if kind in _SCALARS:
        return Value(data, tag)
    if isinstance(data, dict):
        return Value({_key(key): born(value, tag) for key, value in data.items()}, tag)
    if isinstance(data, list | tuple):
        return Value([born(value, tag) for value in data], tag)
    if data is None:
        return Value(Empty.NONE, tag)
    if isinstance(data, datetime.date | datetime.time):
        return born({DATETIME_KEY: data.isoformat()}, tag)
    for scalar in (bool, int, float, str):
        # Subclasses, such as the members of a StrEnum.
        if isinstance(data, scalar):
            return Value(scalar(data), tag)
    if isinstance(data, bytes | bytearray):
        return Value([Value(Unsigned(byte), tag) for byte in data], tag)
    if hasattr(data, "__fspath__"):
        return Value(str(data), tag)
    raise TypeError(f"a configuration cannot hold a {kind.__name__}")


_SCALARS = frozenset({str, bool, int, float, Char, Word, Unsigned, Empty})


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key must be a string, not {key!r}")
    return key


def _adopted(value: Value, tag: Tag | None) -> Value:
    """Give a tag to those parts of a value that have none."""
    data = value.data
    if isinstance(data, dict):
        data = {key: _adopted(part, tag) for key, part in data.items()}
    elif isinstance(data, list):
        data = [_adopted(part, tag) for part in data]
    return Value(data, value.tag or tag)


def _moment(text: Any) -> Any:
    """Read a TOML datetime's text; what is none is returned as it is."""
    for kind in (datetime.date, datetime.time, datetime.datetime):
        try:
            return kind.fromisoformat(text)
        except (TypeError, ValueError):
            continue
    return text
