"""Strings, numbers and datetimes of TOML, read exactly as Rust's `toml` 0.8.23 reads them.

Each reader takes the document and the place where a value begins, and returns the value with the
place behind it. Where `toml` refuses, it raises `Reject` at the place that `toml` names.
"""

import re

OUT_OF_RANGE = "value is out of range"

_I64 = range(-(2**63), 2**63)
_I64_DIGITS = 19
_CODE_POINTS = 0x110000
_SURROGATES = range(0xD800, 0xE000)
_NANOSECOND_DIGITS = 9
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# Negated, since classes of all Unicode take long to compile.
_BASIC = re.compile(r'[^\x00-\x08\n-\x1f"\\\x7f]*')
_BASIC_LINES = re.compile(r'(?:[^\x00-\x08\n-\x1f"\\\x7f]+|\r?\n)*+')
_LITERAL = re.compile(r"[^\x00-\x08\n-\x1f'\x7f]*")
_LITERAL_LINES = re.compile(
    r"(?:[^\x00-\x08\n-\x1f'\x7f]+|\r?\n)*+(?:''?(?:[^\x00-\x08\n-\x1f'\x7f]+|\r?\n)++)*+"
)
_NEWLINE = re.compile(r"(?:\r?\n)?")
_QUOTES = re.compile("\"+|'+")
_FOLD = re.compile(r"(?:\\[ \t]*\r?\n(?:[ \t]|\r?\n)*+)++")
_HEX = {"u": re.compile("[0-9A-Fa-f]{4}"), "U": re.compile("[0-9A-Fa-f]{8}")}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
_ESCAPE_NAMES = tuple(f"`{code}`" for code in 'bfnrtuU\\"')

# A group that matches a last underscore: what must follow it is a digit.
_WHOLE = re.compile("[+-]?(?:0|[1-9][0-9]*(?:_[0-9]+)*(_)?)")
_DIGITS = re.compile("[0-9]+(?:_[0-9]+)*(_)?")
_SPECIAL = re.compile("[+-]?(?:inf|nan)")
_RADIX = {
    "0x": (16, "hexadecimal", re.compile("[0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*(_)?")),
    "0o": (8, "octal", re.compile("[0-7]+(?:_[0-7]+)*(_)?")),
    "0b": (2, "binary", re.compile("[01]+(?:_[01]+)*(_)?")),
}

_YEAR = re.compile("([0-9]{4})-")
_HOUR = re.compile("(?:[01][0-9]|2[0-3]):")
_TWO_DIGITS = re.compile("[0-9]{2}")
_FRACTION = re.compile(r"\.([0-9]+)")


class Reject(Exception):  # noqa: N818 - not an error yet: a reader may try another way
    """The text cannot be read any further.

    Attributes:
        pos: The offset of the spot.
        label: What was being read, or nothing.
        expected: What could stand there instead.
        cause: What else is wrong, or nothing.
        final: No other way of reading can help; when false, an enclosing list may end before.
        statement: The offset where the statement begins that cannot be read.
        table: The name of the table that it stands in.
    """

    def __init__(
        self,
        pos: int,
        label: str = "",
        expected: tuple[str, ...] = (),
        cause: str = "",
        *,
        final: bool = True,
    ) -> None:
        super().__init__(pos)
        self.pos = pos
        self.label = label
        self.expected = expected
        self.cause = cause
        self.final = final
        self.statement = 0
        self.table = ""

    @property
    def reason(self) -> str:
        """The words of the `toml` crate; empty where it has none."""
        parts = (
            self.label and f"invalid {self.label}",
            self.expected and f"expected {', '.join(self.expected)}",
            self.cause,
        )
        return "\n".join(part for part in parts if part)


def string(text: str, pos: int) -> tuple[str, int]:
    """Read a string of any of the four kinds.

    Args:
        text: The document.
        pos: The offset of its first quote.

    Returns:
        The string and the offset behind its last quote.

    Raises:
        Reject: It does not end, or holds what it must not.

    Example:
        >>> string("'C:' # drive", 0)
        ('C:', 4)
    """
    if text.startswith('"""', pos):
        return _basic_lines(text, pos + 3)
    if text.startswith("'''", pos):
        begin = _end(_NEWLINE, text, pos + 3)
        end = _end(_LITERAL_LINES, text, begin)
        more, close = _closing(text, end, "multiline literal string")
        return text[begin:end].replace("\r\n", "\n") + more, close
    return key_string(text, pos)


def key_string(text: str, pos: int) -> tuple[str, int]:
    """Read a string of one line, as a key may be.

    Args:
        text: The document.
        pos: The offset of its first quote.

    Returns:
        The string and the offset behind its last quote.

    Raises:
        Reject: It does not end on its line, or holds what it must not.
    """
    quote, parts = text[pos], []
    pos += 1
    while True:
        end = _end(_BASIC if quote == '"' else _LITERAL, text, pos)
        parts.append(text[pos:end])
        if text.startswith(quote, end):
            return "".join(parts), end + 1
        if quote == "'":
            raise Reject(end, "literal string")
        if not text.startswith("\\", end) or end + 1 == len(text):
            raise Reject(end, "basic string")
        char, pos = _escape(text, end)
        parts.append(char)


def number(text: str, pos: int) -> tuple[int | float, int]:
    """Read an integer or a float.

    Args:
        text: The document.
        pos: The offset of its sign or first digit.

    Returns:
        The number and the offset behind it. An integer fits into 64 bits, as in Rust.

    Raises:
        Reject: It is none, or out of range.

    Example:
        >>> number("1_000 # ms", 0)
        (1000, 5)
    """
    if special := _SPECIAL.match(text, pos):
        return float(special[0]), special.end()
    if radix := _RADIX.get(text[pos : pos + 2]):
        base, name, digits = radix
        end = _digits(digits, text, pos + 2, f"{name} integer")
        return _fitting(int(text[pos + 2 : end], base), pos), end
    whole = _WHOLE.match(text, pos)
    if not whole:
        raise Reject(pos + (text[pos] in "+-"), "integer", final=False)
    if whole[1]:
        raise Reject(whole.end(), "integer", ("digit",))
    end = whole.end()
    if text.startswith((".", "e", "E"), end):
        end = _float_end(text, end)
        value = float(text[pos:end])
        # As in Rust: only the positive overflow is refused.
        if value == float("inf"):
            raise Reject(pos, "floating-point number")
        return value, end
    plain = whole[0].replace("_", "")
    if len(plain.lstrip("+-")) > _I64_DIGITS:
        # Not converted: Python refuses very long ones, and they take long.
        plain = plain[0] + "9" * (_I64_DIGITS + 1)
    return _fitting(int(plain), pos), end


def moment(text: str, pos: int) -> tuple[str, int] | None:
    """Read a date, a time, or both.

    Args:
        text: The document.
        pos: The offset of its first digit.

    Returns:
        Its text as the `toml` crate prints it and the offset behind it, or nothing when what
        stands there begins like no datetime.

    Raises:
        Reject: It begins like one and is none.

    Example:
        >>> moment("1979-05-27 07:32:00.500z # born", 0)
        ('1979-05-27T07:32:00.5Z', 24)
    """
    year = _YEAR.match(text, pos)
    if not year:
        return _clock(text, pos, "time") if _HOUR.match(text, pos) else None
    month, pos = _two_digits(text, year.end(), range(1, 13), "date-time")
    pos = _mark(text, pos, "-", "date-time")
    day, end = _two_digits(text, pos, range(1, 32), "date-time")
    if int(day) > _days(int(year[1]), int(month)):
        raise Reject(pos, "date-time", cause=OUT_OF_RANGE)
    date = f"{year[1]}-{month}-{day}"
    if not text.startswith(("T", "t", " "), end) or not _HOUR.match(text, end + 1):
        return date, end
    clock, end = _clock(text, end + 1, "date-time")
    offset, end = _offset(text, end)
    return f"{date}T{clock}{offset}", end


def _end(pattern: re.Pattern[str], text: str, pos: int) -> int:
    """The end of a pattern that matches anywhere, if only the empty text."""
    found = pattern.match(text, pos)
    return found.end() if found else pos


def _closing(text: str, pos: int, label: str) -> tuple[str, int]:
    """The quotes that end a multi-line string; up to two more belong to the string."""
    quotes = _end(_QUOTES, text, pos) - pos
    if quotes < 3:  # noqa: PLR2004 - a delimiter is of three
        raise Reject(pos, label)
    more = min(quotes - 3, 2)
    return text[pos] * more, pos + more + 3


def _basic_lines(text: str, pos: int) -> tuple[str, int]:
    label, parts = "multiline basic string", []
    pos = _end(_NEWLINE, text, pos)
    while True:
        end = _end(_BASIC_LINES, text, pos)
        parts.append(text[pos:end].replace("\r\n", "\n"))
        pos = end
        if text.startswith("\\", pos) and pos + 1 < len(text):
            if fold := _FOLD.match(text, pos):
                pos = fold.end()
                continue
            char, pos = _escape(text, pos)
            parts.append(char)
        elif text.startswith('"', pos) and not text.startswith('"""', pos):
            quotes = _end(_QUOTES, text, pos)
            if quotes == len(text):
                raise Reject(pos, label)
            parts.append(text[pos:quotes])
            pos = quotes
        else:
            more, close = _closing(text, pos, label)
            return "".join(parts) + more, close


def _escape(text: str, pos: int) -> tuple[str, int]:
    """Read the escape at a backslash that is not the document's last character."""
    code = text[pos + 1]
    if code in _ESCAPES:
        return _ESCAPES[code], pos + 2
    if code not in _HEX:
        # The crate reads bytes: it is past an ASCII character, and still within any other.
        raise Reject(pos + 1 + code.isascii(), "escape sequence", _ESCAPE_NAMES)
    digits = _HEX[code].match(text, pos + 2)
    label = f"unicode {4 if code == 'u' else 8}-digit hex code"
    if not digits:
        raise Reject(pos + 2, label)
    point = int(digits[0], 16)
    if point >= _CODE_POINTS or point in _SURROGATES:
        raise Reject(pos + 2, label, cause=OUT_OF_RANGE)
    return chr(point), digits.end()


def _digits(
    pattern: re.Pattern[str], text: str, pos: int, label: str, expected: tuple[str, ...] = ()
) -> int:
    """The end of digits that must stand here."""
    found = pattern.match(text, pos)
    if not found:
        raise Reject(pos, label, expected)
    if found[1]:
        raise Reject(found.end(), label, ("digit", *expected))
    return found.end()


def _float_end(text: str, pos: int) -> int:
    """The end of a float whose whole part ends at a point or an exponent."""
    label = "floating-point number"
    if text[pos] == ".":
        pos = _digits(_DIGITS, text, pos + 1, label, ("digit",))
    if text.startswith(("e", "E"), pos):
        pos += 2 if text.startswith(("+", "-"), pos + 1) else 1
        pos = _digits(_DIGITS, text, pos, label)
    return pos


def _fitting(value: int, pos: int) -> int:
    if value not in _I64:
        size = "large" if value > 0 else "small"
        raise Reject(pos, cause=f"number too {size} to fit in target type")
    return value


def _two_digits(text: str, pos: int, allowed: range, label: str) -> tuple[str, int]:
    found = _TWO_DIGITS.match(text, pos)
    if not found:
        raise Reject(pos, label)
    if int(found[0]) not in allowed:
        raise Reject(pos, label, cause=OUT_OF_RANGE)
    return found[0], pos + 2


def _days(year: int, month: int) -> int:
    """The days of a month, of the year 0 too, which `datetime` does not know."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap and month == 2 else _DAYS[month - 1]  # noqa: PLR2004 - February


def _mark(text: str, pos: int, mark: str, label: str) -> int:
    if not text.startswith(mark, pos):
        raise Reject(pos, label)
    return pos + 1


def _clock(text: str, pos: int, label: str) -> tuple[str, int]:
    """Read a time of day, whose hour is known to be one."""
    hour = text[pos : pos + 2]
    minute, pos = _two_digits(text, pos + 3, range(60), label)
    pos = _mark(text, pos, ":", label)
    second, pos = _two_digits(text, pos, range(61), label)
    out = f"{hour}:{minute}:{second}"
    if fraction := _FRACTION.match(text, pos):
        pos = fraction.end()
        digits = fraction[1][:_NANOSECOND_DIGITS].rstrip("0")
        out += digits and f".{digits}"
    return out, pos


def _offset(text: str, pos: int) -> tuple[str, int]:
    sign = text[pos : pos + 1]
    if sign in ("Z", "z"):
        return "Z", pos + 1
    if sign not in ("+", "-"):
        return "", pos
    hour, pos = _two_digits(text, pos + 1, range(24), "time offset")
    pos = _mark(text, pos, ":", "time offset")
    minute, pos = _two_digits(text, pos, range(60), "time offset")
    # The crate keeps minutes, of which none are negative.
    return f"{'+' if hour == minute == '00' else sign}{hour}:{minute}", pos
