"""Which part of an executable takes how many bytes: of the launcher, and of the bundle."""

from __future__ import annotations

import marshal
import zlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

STDLIB = "standard library"


def bundle_sizes(content: bytes, packages: Collection[str]) -> dict[str, int]:
    """Return the bytes of each package's modules, files and metadata in a bundle.

    Args:
        content: the bundle.
        packages: top-level names of the modules that are not the standard library's.
    """
    code, index = (int.from_bytes(content[at : at + 8], "little") for at in (0, 8))
    entries = marshal.loads(zlib.decompress(content[16 + code : 16 + code + index]))  # noqa: S302  (written by this build)
    found: Counter[str] = Counter()
    for name, (_, length, _) in entries["modules"].items():
        top = name.partition(".")[0]
        found[top if top in packages else STDLIB] += length
    for path, (_, length) in entries["files"].items():
        found[_owner(path)] += length
    # The finder's own code, and the table of all modules and files.
    found["index"] += len(content) - sum(found.values())
    return dict(found)


def _owner(path: str) -> str:
    folder = path.partition("/")[0]
    return folder.partition("-")[0] if folder.endswith(".dist-info") else folder.partition(".")[0]


def shares(
    native: Mapping[str, int], bundle: Mapping[str, int], size: int, *, rest: str
) -> list[tuple[str, int]]:
    """Return a plain executable's parts, each with its bytes, largest first; they add up to it.

    Args:
        native: the bytes of each part of the launcher.
        bundle: the bytes of each part of the bundle.
        size: the executable's bytes.
        rest: the name of the part for all remaining bytes.
    """
    parts = Counter({part: count for part, count in native.items() if part != rest})
    parts.update({f"bundle: {part}": count for part, count in bundle.items()})
    parts[rest] = size - sum(parts.values())
    return parts.most_common()
