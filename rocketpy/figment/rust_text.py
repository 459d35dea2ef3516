"""How Rust prints what errors quote: numbers by `Display`, texts by `Debug`.

Errors read to the letter as Rocket words them, so that what people know and find by searching
holds here too.
"""

from __future__ import annotations

_ESCAPES = {"\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"}


def display_float(number: float) -> str:
    """Print a float without an exponent, and without `.0` where it is whole.

    >>> display_float(80.0), display_float(1e21), display_float(float("nan"))
    ('80', '1000000000000000000000', 'NaN')
    """
    text = repr(number)
    if text == "nan":
        return "NaN"
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits, point = whole + fraction, len(whole) + int(exponent)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return sign + digits.ljust(point, "0")


def debug_str(text: str) -> str:
    r"""Print a text in double quotes, escaped.

    >>> debug_str('a "b"\n')
    '"a \\"b\\"\\n"'
    """
    return '"' + "".join('\\"' if c == '"' else _debug_part(c) for c in text) + '"'


def _debug_part(char: str) -> str:
    if " " <= char <= "~":
        return "\\\\" if char == "\\" else char
    if char in _ESCAPES:
        return _ESCAPES[char]
    # A quarter of a megabyte of tables, for errors about letters that few texts have.
    from unicodedata import category

    if char.isprintable() and category(char) not in {"Mn", "Me"}:
        return char
    return f"\\u{{{ord(char):x}}}"


def one_of(choices: tuple[str, ...]) -> str:
    """Print the alternatives as figment does.

    >>> one_of(("a",)), one_of(("a", "b")), one_of(("a", "b", "c"))
    ('`a`', '`a` or `b`', 'one of `a`, `b`, `c`')
    """
    quoted = [f"`{choice}`" for choice in choices]
    if len(quoted) > 2:  # noqa: PLR2004  (two are joined by "or")
        return "one of " + ", ".join(quoted)
    return " or ".join(quoted) or "none"
