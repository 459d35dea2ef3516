"""Writing a zstd file without compressing: PyOxidizer reads only .tar.zst, from this same disk."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = 0xFD2FB528
BLOCK = 128 * 1024
"""Bytes: the format's limit for one block."""
WINDOW = 0x38
"""A window of 128 KB, as RFC 8878 (3.1.1.1.2) writes it: exponent 7, mantissa 0."""


def store(data: bytes) -> Iterator[bytes]:
    """Return the pieces of a zstd frame that holds data in raw blocks."""
    yield struct.pack("<IBB", MAGIC, 0, WINDOW)
    for start in range(0, len(data) or 1, BLOCK):
        block = data[start : start + BLOCK]
        last = start + BLOCK >= len(data)
        # 24 bits: whether it is the last one, the type (0: raw) in two bits, the size.
        yield (len(block) << 3 | last).to_bytes(3, "little") + block
