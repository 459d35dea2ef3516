"""`limits`: the most bytes that are read of a request's body, by the kind of data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rocketpy.config.keys import byte_unit
from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import refuse
from rocketpy.figment.error import Error
from rocketpy.figment.kind import invalid_type
from rocketpy.figment.profile import lower
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

DEFAULTS: Final = {
    "form": 32 * 1024,
    "data-form": 2 * 1024 * 1024,
    "file": 1024 * 1024,
    "string": 8 * 1024,
    "bytes": 8 * 1024,
    "json": 1024 * 1024,
    "msgpack": 1024 * 1024,
}
"""Rocket's own limits, in bytes."""


class Limits(Mapping[str, int]):
    """Names of limits and their bytes, sorted by name.

    >>> limits = Limits({"file": 1000, "file/jpg": 5000})
    >>> limits.find("file/jpg"), limits.find("file/png"), limits.find("JSON")
    (5000, 1000, None)
    """

    __slots__ = ("_sizes",)

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = dict(sorted(sizes.items(), key=lambda item: (lower(item[0]), item[1])))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return schema_of(cls, decode, dict)

    @classmethod
    def defaults(cls) -> Limits:
        """Return Rocket's own limits."""
        return cls(DEFAULTS)

    def find(self, name: str) -> int | None:
        """Return the limit of a name, in bytes; else that of what stands before its last `/`.

        Case does not count. None where there is no limit.
        """
        sizes = {lower(key): size for key, size in reversed(self._sizes.items())}
        name = lower(name)
        while name not in sizes:
            name, slash, _ = name.rpartition("/")
            if not slash:
                return None
        return sizes[name]

    def __getitem__(self, name: str) -> int:
        return self._sizes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def __str__(self) -> str:
        return ", ".join(f"{name} = {byte_unit.display(size)}" for name, size in self.items())

    def __repr__(self) -> str:
        return f"Limits({self._sizes})"


def decode(value: Value) -> Limits:
    """Read a table of limits.

    Raises:
        Error: the value is no table, or a limit is no number of bytes; each is told.
    """
    if not isinstance(value.data, dict):
        raise refuse(value, invalid_type(value, "a map"), 'write a table: { json = "1MiB" }')
    sizes, errors = {}, []
    for name in sorted(value.data):
        try:
            sizes[name] = byte_unit.decode(value.data[name])
        except Error as error:
            errors.append(error.within(name))
    if errors:
        raise Error.chain(errors)
    return Limits(sizes)
