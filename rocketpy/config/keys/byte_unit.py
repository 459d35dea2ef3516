"""Numbers of bytes, as Rocket's `ubyte` reads and prints them: `512`, `"32 kB"`, `"1.5MiB"`."""

from __future__ import annotations

import re

from rocketpy.figment.decode import refuse
from rocketpy.figment.kind import invalid_type, invalid_value
from rocketpy.figment.value import Value

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

_HELP = 'write a number of bytes, or a text such as "512 kB", "2MiB", "1.5GiB"'


def decode(value: Value) -> int:
    """Read a number of bytes; a negative one is 0, one beyond 64 bits is the largest.

    Raises:
        Error: the value is no integer and no text of a size.
    """
    data = value.data
    if isinstance(data, int) and not isinstance(data, bool):
        return max(0, int(data))
    if isinstance(data, str):
        size = parse(data)
        if size is None:
            raise refuse(value, invalid_value(Value(str(data)), "byte unit string"), _HELP)
        return size
    raise refuse(value, invalid_type(value, "a byte unit as an integer or string"), _HELP)


def parse(text: str) -> int | None:
    """Return the number of bytes that a text means, or None where it means none.

    >>> parse("1.5 KiB"), parse("32kb"), parse("1k")
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


def display(size: int) -> str:
    """Print a number of bytes with the unit that fits it best.

    >>> display(8192), display(1500), display(1000000)
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
