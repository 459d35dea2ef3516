"""A distribution with fewer extension modules.

PyOxidizer links all extension modules that are part of the interpreter's own objects. What its
table of built-in modules does not name, the linker drops; so the choice is made in the archive.
"""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import zstandard

from rocketpy.packaging.interpreter import stored_zstd
from rocketpy.packaging.steps.cache import file_digest

if TYPE_CHECKING:
    from collections.abc import Collection

ACCOUNT = "python/PYTHON.json"


def narrow(archive: str, wanted: Collection[str], target: str) -> str:
    """Write a distribution that names no other extension modules; return its SHA-256.

    Args:
        archive: the path of the whole distribution.
        wanted: dotted names of the extension modules that stay.
        target: the path to write.
    """
    out = io.BytesIO()
    with open(archive, "rb") as packed:
        stream = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
        whole = io.BytesIO(stream.read())
    with (
        tarfile.open(fileobj=whole) as members,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as kept,
    ):
        for member in members:
            content = members.extractfile(member)
            data = content.read() if content else b""
            if member.name == ACCOUNT:
                data = _account(data, wanted)
                member.size = len(data)
            kept.addfile(member, io.BytesIO(data))
    with open(target, "wb") as file:
        file.writelines(stored_zstd.store(out.getvalue()))
    return file_digest(target)


def _account(text: bytes, wanted: Collection[str]) -> bytes:
    account = json.loads(text)
    extensions = account["build_info"]["extensions"]
    account["build_info"]["extensions"] = {
        name: told for name, told in extensions.items() if name in wanted
    }
    return json.dumps(account, indent=1, sort_keys=True).encode()
