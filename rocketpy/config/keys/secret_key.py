"""`secret_key`: what signs cookies. It shows itself nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import refuse, sequence, u8
from rocketpy.figment.kind import invalid_length, invalid_type, invalid_value
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_BYTES = 32
_BASE64_LENGTHS = frozenset({44, 88})
_HEX_LENGTH = 64
_DIGITS = {
    char: index
    for index, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
PUBLISHED = "hPRYyVRiMyxpw5sBB1XeCMN1kFsDCqKvBi2QJxBVHQk="
"""The key of Rocket's documentation, which too many have copied."""

PUBLISHED_KEY = invalid_value(Value(PUBLISHED), "a key that was never published").redacted()
"""How it is refused."""

_HELP = "make a key with: openssl rand -base64 32"


class SecretKey:
    """A key; its text is `[provided]`, `[generated]` or `[zero]`, never the key.

    Attributes:
        master: the bytes, at least 32; none for an all-zero key, which counts as not set.
        provided: whether the configuration gave it.
    """

    __slots__ = ("master", "provided")

    def __init__(self, master: Iterable[int] = (), *, provided: bool = True) -> None:
        master = bytes(master)
        self.master: bytes = master if any(master) else b""
        self.provided: bool = provided and bool(self.master)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
        return schema_of(cls, decode, str)

    @property
    def is_zero(self) -> bool:
        """Whether there is no key."""
        return not self.master

    @property
    def is_published(self) -> bool:
        """Whether this is the key of Rocket's documentation."""
        return self == decode(Value(PUBLISHED))

    def __eq__(self, other: object) -> bool:
        from hmac import compare_digest

        return isinstance(other, SecretKey) and compare_digest(self.master, other.master)

    def __hash__(self) -> int:
        return hash(self.master)

    def __str__(self) -> str:
        if self.is_zero:
            return "[zero]"
        return "[provided]" if self.provided else "[generated]"

    def __repr__(self) -> str:
        return f"SecretKey({self})"

    def __copy__(self) -> SecretKey:
        return self

    def __deepcopy__(self, _memo: object) -> SecretKey:
        return self  # it never changes

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret key is not to be stored")


def describe(key: SecretKey) -> dict[str, Any]:
    """Return what `config dump` prints of a key, which is never the key."""
    return {"display": str(key), "provided": key.provided, "zero": key.is_zero}


def decode(value: Value) -> SecretKey:
    """Read 256 bits or more: base64 of 44 or 88 characters, 64 of hexadecimal, or bytes.

    Raises:
        Error: the value is none of these.
    """
    data = value.data
    if isinstance(data, str):
        key = _from_text(value, str(data))
    elif isinstance(data, list):
        key = bytes(sequence(u8)(value))
    else:
        expected = "256-bit base64 or hex string, or 32-byte slice"
        raise refuse(value, invalid_type(value, expected), _HELP)
    if len(key) < KEY_BYTES:
        raise refuse(value, invalid_length(len(key), "at least 32"), _HELP)
    return SecretKey(key)


def _from_text(value: Value, text: str) -> bytes:
    size = len(text.encode())
    if size in _BASE64_LENGTHS:
        key = base64(text)
    elif size == _HEX_LENGTH:
        key = hexadecimal(text)
    else:
        raise refuse(value, invalid_length(size, "44 or 88 for base64, 64 for hex"), _HELP)
    if key is None:
        raise refuse(value, invalid_value(Value(text), "256-bit base64 or hex"), _HELP)
    return key


def hexadecimal(text: str) -> bytes | None:
    """Read pairs of hexadecimal digits; None where there is anything else."""
    try:
        # bytes.fromhex would pass over white space.
        return bytes.fromhex(text) if text.isalnum() else None
    except ValueError:
        return None


def base64(text: str) -> bytes | None:
    """Read base64 as Rust's `binascii` does; None where that refuses.

    It is stricter than Python's about the bits that padding leaves over, and laxer about where
    padding stands: what was read ends at the last of it, and what comes after is only looked at.
    """
    output = bytearray()
    length = None
    for start in range(0, len(text), 4):
        block = text[start : start + 4]
        digits = block.partition("=")[0]
        padded = len(digits)
        if any(char not in _DIGITS for char in digits):
            return None
        number = sum(_DIGITS[char] << (18 - 6 * place) for place, char in enumerate(digits))
        if padded < 4:  # noqa: PLR2004  (a block's digits)
            leftover = {2: 0xFFFF, 3: 0xFF}.get(padded)
            if leftover is None or number & leftover or (padded == 2 and block[3] != "="):  # noqa: PLR2004
                return None
            length = start // 4 * 3 + padded - 1
        output += number.to_bytes(3, "big")
    return bytes(output[:length])
