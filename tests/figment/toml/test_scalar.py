"""Single values. Whole documents are in `test_toml_read`."""

from typing import Any

import pytest

from rocketpy.figment.toml.scalar import Reject, key_string, moment, number, string


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a\\tb" # c', "a\tb"),
        ('"\\u00e9\\U0001F680"', "é🚀"),
        ("'C:\\new'", "C:\\new"),
        ('"""\r\na\r\nb"""', "a\nb"),
        ('"""a \\  \n\n  b"""', "a b"),
        ('"""a""\\"b"""""', 'a"""b""'),
        ("'''\na'b''c'''''", "a'b''c''"),
    ],
)
def test_strings(text: str, value: str) -> None:
    assert string(text, 0)[0] == value


def test_a_key_is_of_one_line() -> None:
    """Three quotes are an empty key and a quote too many."""
    assert key_string('"""a"""', 0) == ("", 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0", 0),
        ("+1_000", 1000),
        ("0xdead_BEEF", 0xDEADBEEF),
        ("0o17", 15),
        ("0b1_0", 2),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1_0.2_5e-1", 1.025),
        ("-1e999", float("-inf")),
        ("+inf", float("inf")),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert number(text + " ", 0) == (value, len(text))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("1979-05-27 # born", "1979-05-27"),
        ("1979-05-27t07:32:60.1234567899z", "1979-05-27T07:32:60.123456789Z"),
        ("1979-05-27 07:32:00.000-00:00", "1979-05-27T07:32:00+00:00"),
        ("1979-05-27 07:32:00-07:00", "1979-05-27T07:32:00-07:00"),
        ("2000-02-29T24:00:00", "2000-02-29"),
        ("07:32:00.50", "07:32:00.5"),
    ],
)
def test_moments(text: str, printed: str) -> None:
    """Printed as the crate does: `T`, nanoseconds at most and without noughts at the end."""
    found = moment(text, 0)
    assert found is not None
    assert found[0] == printed


def test_a_number_is_no_moment() -> None:
    assert moment("1979", 0) is None


@pytest.mark.parametrize(
    ("read", "text", "pos", "reason"),
    [
        (string, '"a\nb"', 2, "invalid basic string"),
        (string, "'a", 2, "invalid literal string"),
        (string, '"""a"', 4, "invalid multiline basic string"),
        (string, "'''a''", 4, "invalid multiline literal string"),
        (string, '"\\u12"', 3, "invalid unicode 4-digit hex code"),
        (
            string,
            '"\\UFFFFFFFF"',
            3,
            "invalid unicode 8-digit hex code\nvalue is out of range",
        ),
        (number, "+a", 1, "invalid integer"),
        (number, "1__0", 2, "invalid integer\nexpected digit"),
        (number, "0b2", 2, "invalid binary integer"),
        (number, "0o1_", 4, "invalid octal integer\nexpected digit"),
        (number, "1.", 2, "invalid floating-point number\nexpected digit"),
        (number, "1e999", 0, "invalid floating-point number"),
        (number, "9" * 5000, 0, "number too large to fit in target type"),
        (number, "-9223372036854775809", 0, "number too small to fit in target type"),
        (moment, "1979-13-01", 5, "invalid date-time\nvalue is out of range"),
        (moment, "1979-02-29", 8, "invalid date-time\nvalue is out of range"),
        (moment, "1979-5-1", 5, "invalid date-time"),
        (moment, "1979-05/27", 7, "invalid date-time"),
        (moment, "07:32", 5, "invalid time"),
        (moment, "1979-05-27 07:32:00+0", 20, "invalid time offset"),
    ],
)
def test_refusals(read: Any, text: str, pos: int, reason: str) -> None:
    """Each at the crate's place and in its words."""
    with pytest.raises(Reject) as caught:
        read(text, 0)
    assert (caught.value.pos, caught.value.reason) == (pos, reason)
