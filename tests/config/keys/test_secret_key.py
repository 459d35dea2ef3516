"""`secret_key`: what is a key, and that it does not show itself."""

from __future__ import annotations

import base64
import copy
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.config.keys import secret_key
from rocketpy.config.keys.secret_key import SecretKey
from rocketpy.figment import Error
from rocketpy.figment.value import born


def read(data: Any) -> SecretKey:
    """Read a key from plain data."""
    return secret_key.decode(born(data, None))


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
@settings(max_examples=60, deadline=None)
def test_a_key_reads_the_same_from_every_form(short: bytes, long: bytes) -> None:
    """Hexadecimal in any case, base64 of 32 or 64 bytes, or an array of bytes."""
    encoded = base64.b64encode(short).decode()
    forms = [encoded, short.hex(), short.hex().upper(), short, list(short)]
    assert {read(form) for form in forms} == {SecretKey(short)}
    assert read(base64.b64encode(long).decode()) == SecretKey(long)


@pytest.mark.parametrize(
    "text",
    [
        *("zz" * 32, "_" * 64, "0 " * 32, "é" * 32, "é" * 22, "=" * 44, "-" * 44),
        *("A===" * 11, "AAB=" * 11, "AB==" * 11, "AA=A" * 11, "A" * 42 + "B="),
    ],
)
def test_texts_of_a_right_length_may_be_no_keys(text: str) -> None:
    """Texts of a right length that are no base64 and no hexadecimal are refused."""
    with pytest.raises(Error, match="expected 256-bit base64 or hex"):
        read(text)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", "invalid length 0, expected 44 or 88 for base64, 64 for hex"),
        ("é", "invalid length 2, expected 44 or 88 for base64, 64 for hex"),
        ("A" * 45, "invalid length 45, expected 44 or 88 for base64, 64 for hex"),
        ("AAE=" + "A" * 40, "invalid length 2, expected at least 32"),
        ([1] * 31, "invalid length 31, expected at least 32"),
        ([1] * 31 + [256], "invalid value signed int `256`, expected u8"),
        (5, "found signed int `5`, expected 256-bit base64 or hex string, or 32-byte slice"),
        ({}, "found map, expected 256-bit base64 or hex string, or 32-byte slice"),
    ],
)
def test_what_is_no_key_is_refused(data: Any, problem: str) -> None:
    """A wrong length, a wrong type; base64 ends where its padding does, as Rocket's does."""
    with pytest.raises(Error) as raised:
        read(data)
    assert problem in str(raised.value)


def test_a_key_does_not_show_itself() -> None:
    """Its text says what it is."""
    key = read("0f" * 32)
    generated = SecretKey(b"x" * 32, provided=False)
    assert [str(key), repr(key), str(generated), str(SecretKey())] == [
        "[provided]",
        "SecretKey([provided])",
        "[generated]",
        "[zero]",
    ]
    assert [key.provided, generated.provided, SecretKey().provided] == [True, False, False]


def test_a_key_of_zeros_is_none() -> None:
    """Rocket's default is 32 zeros, and counts as not set."""
    zero = read([0] * 32)
    assert (zero.is_zero, zero.provided, zero.master) == (True, False, b"")
    assert zero == SecretKey()


def test_keys_compare_and_hash() -> None:
    """Keys of the same bytes are one, wherever they are from; nothing else equals a key."""
    key = read("0f" * 32)
    assert len({key, read("0F" * 32), SecretKey(b"x" * 32)}) == 2
    assert key != "0f" * 32


def test_the_key_of_rockets_documentation_is_known() -> None:
    """It is no secret."""
    assert read(secret_key.PUBLISHED).is_published
    assert not read("0f" * 32).is_published


def test_a_key_cannot_be_stored() -> None:
    """Pickles would carry it out of the process; copies are the key itself."""
    key = SecretKey(b"x" * 32)
    with pytest.raises(TypeError, match="not to be stored"):
        pickle.dumps(key)
    assert copy.copy(key) is copy.deepcopy([key])[0] is key
