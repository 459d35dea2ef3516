"""The linker's map of the launcher: how many bytes come from which part."""

from __future__ import annotations

import re
from collections import Counter

OTHER = "linker's tables, padding"
"""The part for all bytes of no other part."""

_LLD = re.compile(
    r"^ *(?P<at>[0-9a-f]+) +[0-9a-f]+ +(?P<size>[0-9a-f]+) +\d+ +(?P<file>\S.*):\((?P<name>.+)\)$",
    re.MULTILINE,
)
_GNU = re.compile(
    r"^ (?P<name>\.\S+)\s+0x(?P<at>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+) (?P<file>/\S.*)$",
    re.MULTILINE,
)
_NOT_IN_THE_FILE = re.compile(r"\.t?bss\b|COMMON|\.debug|\.comment|\.note")
_PARTS = (
    (re.compile(r"\(pydantic_core\.o\)"), "pydantic-core"),
    (re.compile(r"\(core\.o\)"), "CPython"),
    (re.compile(r"^lib(c|m|m-[\d.]+|mvec|pthread|dl|util|rt|resolv)\.a|crt[1\w]*\.o$"), "glibc"),
    (re.compile(r"^libgcc"), "libgcc"),
    (re.compile(r"\.rlib\(|\.rcgu\.o$"), "launcher, in Rust"),
)


def sizes(text: str) -> dict[str, int]:
    """Return the bytes of each part of what was linked.

    Args:
        text: the map, as LLVM's linker writes it, or GNU's: Rust may use either.
    """
    gnu = "\nLinker script and memory map\n"
    form = _GNU if gnu in text else _LLD
    found: Counter[str] = Counter()
    for section in form.finditer(text.partition(gnu)[2] or text):
        if int(section["at"], 16) and not _NOT_IN_THE_FILE.match(section["name"]):
            found[_part(section["file"].rpartition("/")[2])] += int(section["size"], 16)
    return dict(found)


def _part(file: str) -> str:
    return next((part for pattern, part in _PARTS if pattern.search(file)), OTHER)
