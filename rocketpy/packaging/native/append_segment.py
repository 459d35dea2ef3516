"""Adds a bundle to a finished executable, as a segment that the kernel maps with the others.

No linker is needed for that: the notes' entry in the table of segments (an identifier of the build,
for debuggers) becomes the bundle's, which lies behind everything else.
"""

from __future__ import annotations

import struct

from rocketpy.packaging import BuildError

MARK = b"\x7frocketpy-bundle"
"""What stands in front of the place that says where the bundle is (`launcher/src/main.rs`)."""
PAGE = 4096
LOAD, NOTE = 1, 4
READ = 4
_HEADER = struct.Struct("<IIQQQQQQ")
"""An entry of the table: type, flags, offset, two addresses, two sizes, alignment."""


def attach(launcher: bytes, bundle: bytes) -> bytes:
    """Return an executable with a bundle.

    Args:
        launcher: the executable, an ELF file of 64 bits, little-endian.
        bundle: what it is to find in its memory.

    Raises:
        BuildError: it is no such file, or has no place for a bundle.
    """
    if launcher[:6] != b"\x7fELF\x02\x01":
        raise BuildError("the launcher is no ELF file of 64 bits")
    table, size, count = _table(launcher)
    entries = [_HEADER.unpack_from(launcher, table + size * at) for at in range(count)]
    loads = [entry for entry in entries if entry[0] == LOAD]
    note = next((at for at, entry in enumerate(entries) if entry[0] == NOTE), None)
    at_mark = launcher.find(MARK)
    if note is None or at_mark < 0 or launcher.find(MARK, at_mark + 1) >= 0:
        raise BuildError("the launcher has no place for a bundle")
    offset = _page(len(launcher))
    address = _page(max(entry[3] + entry[6] for entry in loads))
    added = (LOAD, READ, offset, address, address, len(bundle), len(bundle), PAGE)
    del entries[note]
    # Segments that are loaded stand in the order of their addresses.
    last = max(at for at, entry in enumerate(entries) if entry[0] == LOAD)
    entries.insert(last + 1, added)
    out = bytearray(launcher)
    for at, entry in enumerate(entries):
        _HEADER.pack_into(out, table + size * at, *entry)
    place = next(
        entry[3] + at_mark - entry[2]
        for entry in loads
        if entry[2] <= at_mark < entry[2] + entry[5]
    )
    struct.pack_into("<QQ", out, at_mark + len(MARK), address - place, len(bundle))
    out += bytes(offset - len(launcher))
    return bytes(out + bundle)


def _table(launcher: bytes) -> tuple[int, int, int]:
    """Return where the table of segments is, the size of an entry, and how many there are."""
    (table,) = struct.unpack_from("<Q", launcher, 32)
    size, count = struct.unpack_from("<HH", launcher, 54)
    return table, size, count


def _page(number: int) -> int:
    return -(-number // PAGE) * PAGE
