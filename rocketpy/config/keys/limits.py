"""`limits`: the most bytes that are read of a request's body, by the kind of data.

Sizes read and print as Rocket's `ubyte` has them: `512`, `"32 kB"`, `"1.5MiB"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import refuse
from rocketpy.figment.error import Error
from rocketpy.figment.kind import invalid_type, invalid_value
from rocketpy.figment.profile import lower
from rocketpy.figment.value import Value

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
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
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
        return ", ".join(f"{name} = {display_size(size)}" for name, size in self.items())

    def __repr__(self) -> str:
        return f"Limits({self._sizes})"


def decode(value: Value) -> Limits:
    """Read a table of limits.

    Raises:
        Error: the value is no table, or a limit is no number of bytes; each such limit is reported.
    """
    if not isinstance(value.data, dict):
        raise refuse(value, invalid_type(value, "a map"), 'write a table: { json = "1MiB" }')
    sizes, errors = {}, []
    for name in sorted(value.data):
        try:
            sizes[name] = size(value.data[name])
        except Error as error:
            errors.append(error.within(name))
    if errors:
        raise Error.chain(errors)
    return Limits(sizes)


UNITS: dict[str, int] = {"B": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate("kMGTPE", 1)
    for suffix, base in (("B", 1000), ("iB", 1024))
}
UNITS["KiB"] = UNITS.pop("kiB")
_BY_NAME = {name.lower(): size for name, size in UNITS.items()}
_PRINTED = (("EiB", "EB"), ("TiB", "TB"), ("GiB", "GB"), ("MiB", "MB"), ("KiB", "kB"))
_TEXT = re.compile(r"([0-9]+)(?:\.([0-9]+))? *([A-Za-z]*)", re.ASCII)
_MAX = 2**64 - 1
_FRACTION_MAX = 2**32 - 1
_POWER_MAX = 19
"""The powers of ten beyond 10^19 are more than 64 bits hold: the divisor stays there."""

_SIZE_HELP = 'write a number of bytes, or a text such as "512 kB", "2MiB", "1.5GiB"'


def size(value: Value) -> int:
    """Read a number of bytes; a negative one is 0, one beyond 64 bits is the largest.

    Raises:
        Error: the value is no integer and no text of a size.
    """
    data = value.data
    if isinstance(data, int) and not isinstance(data, bool):
        return max(0, int(data))
    if isinstance(data, str):
        number = parse_size(data)
        if number is None:
            raise refuse(value, invalid_value(Value(str(data)), "byte unit string"), _SIZE_HELP)
        return number
    raise refuse(value, invalid_type(value, "a byte unit as an integer or string"), _SIZE_HELP)


def parse_size(text: str) -> int | None:
    """Return the number of bytes that a text means, or None where it means none.

    >>> parse_size("1.5 KiB"), parse_size("32kb"), parse_size("1k")
    (1536, 32000, None)
    """
    found = _TEXT.fullmatch(text)
    if found is None or (text.endswith(" ")):
        return None
    whole, fraction, suffix = found.groups()
    unit = _BY_NAME.get((suffix or "b").lower())
    number = _bounded(whole, _MAX)
    if unit is None or number is None:
        return None
    size = min(number * unit, _MAX)
    if fraction is not None:
        part = _bounded(fraction, _FRACTION_MAX)
        if unit == 1 or part is None:
            return None
        divisor = float(min(10 ** min(len(fraction), _POWER_MAX + 1), _MAX))
        size += int(part / divisor * float(unit))
    return min(size, _MAX)


def _bounded(digits: str, most: int) -> int | None:
    """Read digits, or return None where they are more than `most`."""
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= len(str(most)) and int(digits) <= most else None


def display_size(size: int) -> str:
    """Print a number of bytes with the unit that fits it best.

    >>> display_size(8192), display_size(1500), display_size(1000000)
    ('8KiB', '1.46KiB', '1MB')
    """
    for binary, decimal in _PRINTED:
        if size >= UNITS[decimal]:
            whole_unit = size % UNITS[decimal] < UNITS[binary] - UNITS[decimal]
            suffix = decimal if whole_unit else binary
            whole, rest = divmod(size, UNITS[suffix])
            # The fraction is printed as a number of its own: 15.999 EiB reads "15.100EiB".
            return (
                f"{whole}.{rest / UNITS[suffix] * 100:02.0f}{suffix}"
                if rest
                else f"{whole}{suffix}"
            )
    return f"{size}B"
