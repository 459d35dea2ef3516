"""What takes how much room in an executable: the linker's account, and the bundle's own."""

from __future__ import annotations

import marshal
import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rocketpy.packaging.modules.module_graph import Reached

STDLIB = "standard library"
OTHER = "linker's tables, padding"

_BY_LLD = re.compile(
    r"^ *(?P<at>[0-9a-f]+) +[0-9a-f]+ +(?P<size>[0-9a-f]+) +\d+ +(?P<file>\S.*):\((?P<name>.+)\)$",
    re.MULTILINE,
)
_BY_GNU = re.compile(
    r"^ (?P<name>\.\S+)\s+0x(?P<at>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+) (?P<file>/\S.*)$",
    re.MULTILINE,
)
_NOT_IN_THE_FILE = re.compile(r"\.t?bss\b|COMMON|\.debug|\.comment|\.note")
_FROM = (
    (re.compile(r"\(pydantic_core\.o\)"), "pydantic-core"),
    (re.compile(r"\(core\.o\)"), "CPython"),
    (re.compile(r"^lib(c|m|m-[\d.]+|mvec|pthread|dl|util|rt|resolv)\.a|crt[1\w]*\.o$"), "glibc"),
    (re.compile(r"^libgcc"), "libgcc"),
    (re.compile(r"\.rlib\(|\.rcgu\.o$"), "launcher, in Rust"),
)


def linked(told: str) -> dict[str, int]:
    """Return the bytes of each part of what was linked.

    Args:
        told: the map that LLVM's linker writes, or GNU's; Rust brings the one or takes the other.
    """
    gnu = "\nLinker script and memory map\n"
    form = _BY_GNU if gnu in told else _BY_LLD
    found: Counter[str] = Counter()
    for section in form.finditer(told.partition(gnu)[2] or told):
        if int(section["at"], 16) and not _NOT_IN_THE_FILE.match(section["name"]):
            found[_part(section["file"].rpartition("/")[2])] += int(section["size"], 16)
    return dict(found)


def _part(file: str) -> str:
    return next((part for pattern, part in _FROM if pattern.search(file)), OTHER)


def bundled(content: bytes, reached: Reached) -> dict[str, int]:
    """Return the bytes of each package's modules, files and metadata in a bundle.

    Args:
        content: the bundle.
        reached: what went in.
    """
    first, told = (int.from_bytes(content[at : at + 8], "little") for at in (0, 8))
    index = marshal.loads(zlib.decompress(content[16 + first : 16 + first + told]))  # noqa: S302  (we wrote it)
    found: Counter[str] = Counter()
    for name, (_, length, _) in index["modules"].items():
        module = reached.modules.get(name)
        found[STDLIB if module is None or module.stdlib else name.partition(".")[0]] += length
    for path, (_, length) in index["files"].items():
        found[_owner(path)] += length
    # The finder, and where everything is.
    found["index"] += len(content) - sum(found.values())
    return dict(found)


def _owner(path: str) -> str:
    folder = path.partition("/")[0]
    return folder.partition("-")[0] if folder.endswith(".dist-info") else folder.partition(".")[0]


def shares(
    native: Mapping[str, int], bundle: Mapping[str, int], size: int
) -> list[tuple[str, int]]:
    """Return a plain executable's parts, each with its bytes, largest first; they add up to it.

    Args:
        native: what `linked` returned.
        bundle: what `bundled` returned.
        size: the executable's bytes.
    """
    parts = Counter({part: count for part, count in native.items() if part != OTHER})
    parts.update({f"bundle: {part}": count for part, count in bundle.items()})
    parts[OTHER] = size - sum(parts.values())
    return parts.most_common()
