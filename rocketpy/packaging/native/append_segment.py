"""Appends a bundle to a finished executable, as a segment that the kernel maps with the others.

No linker is needed for that: the entry of the notes in the table of segments (a build identifier,
for debuggers) becomes the bundle's, and the bundle follows all other content.
"""

from __future__ import annotations

import struct

from rocketpy.packaging import BuildError

MARK = b"\x7frocketpy-bundle"
"""The bytes before the two numbers that locate the bundle (launcher/src/main.rs)."""
PAGE = 4096
LOAD, NOTE = 1, 4
READ = 4
_ENTRY = struct.Struct("<IIQQQQQQ")
"""An entry of the table: type, flags, offset, two addresses, two sizes, alignment."""


def append(launcher: bytes, bundle: bytes) -> bytes:
    """Return an executable with a bundle.

    Args:
        launcher: the executable, an ELF file of 64 bits, little-endian.
        bundle: the bytes that the launcher finds in its memory.

    Raises:
        BuildError: it is no such file, or is no launcher.
    """
    if launcher[:6] != b"\x7fELF\x02\x01":
        raise BuildError("the launcher is no ELF file of 64 bits")
    table, size, count = _table(launcher)
    entries = [_ENTRY.unpack_from(launcher, table + size * at) for at in range(count)]
    loads = [entry for entry in entries if entry[0] == LOAD]
    note = next((at for at, entry in enumerate(entries) if entry[0] == NOTE), None)
    mark = launcher.find(MARK)
    if note is None or mark < 0 or launcher.find(MARK, mark + 1) >= 0:
        raise BuildError("the launcher has no place for a bundle")
    offset = _round_up(len(launcher))
    address = _round_up(max(entry[3] + entry[6] for entry in loads))
    added = (LOAD, READ, offset, address, address, len(bundle), len(bundle), PAGE)
    del entries[note]
    # ELF wants loaded segments in the order of their addresses.
    last = max(at for at, entry in enumerate(entries) if entry[0] == LOAD)
    entries.insert(last + 1, added)
    out = bytearray(launcher)
    for at, entry in enumerate(entries):
        _ENTRY.pack_into(out, table + size * at, *entry)
    mark_address = next(
        entry[3] + mark - entry[2] for entry in loads if entry[2] <= mark < entry[2] + entry[5]
    )
    struct.pack_into("<QQ", out, mark + len(MARK), address - mark_address, len(bundle))
    out += bytes(offset - len(launcher))
    return bytes(out + bundle)


def _table(launcher: bytes) -> tuple[int, int, int]:
    """Return the table's offset, the size of an entry, and the number of entries."""
    (table,) = struct.unpack_from("<Q", launcher, 32)
    size, count = struct.unpack_from("<HH", launcher, 54)
    return table, size, count


def _round_up(number: int) -> int:
    """Return the start of the first page that is not before a number."""
    return -(-number // PAGE) * PAGE
