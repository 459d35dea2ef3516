"""The interpreter as an archive in PyOxidizer's format, with all extension modules or fewer."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zstandard

from rocketpy.packaging.interpreter.components import components
from rocketpy.packaging.interpreter.cpython import SITE
from rocketpy.packaging.native import python_json
from rocketpy.packaging.steps.cache import file_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rocketpy.packaging.interpreter.cpython import CPython, NativePackage, Recipe
    from rocketpy.packaging.interpreter.python_source import Source
    from rocketpy.packaging.steps.cache import Cache

ARCHIVE = "cpython.tar.zst"
DESCRIPTION = "python/PYTHON.json"
TESTS = frozenset({"test", "tests", "idle_test"})
"""Folders of the standard library with its tests; the archive is without them."""
FASTEST = 1
"""zstd's fastest level: the archive is read once, from this same disk."""


@dataclass(frozen=True)
class Distribution:
    """A static CPython with the native packages linked in, as PyOxidizer reads it.

    Args:
        archive: the path of the .tar.zst.
        sha256: its digest.
        licences: a folder with one file for each component.
        components: name, version, licence (SPDX), url and sha256 of each part.
    """

    archive: str
    sha256: str
    licences: str
    components: list[dict[str, Any]]


def distribution(
    cache: Cache, recipe: Recipe, source: Source, python: CPython, native: NativePackage
) -> Distribution:
    """Write the archive, or take it from the cache.

    Args:
        cache: where results are kept.
        recipe: what kind of interpreter.
        source: the source of CPython.
        python: the interpreter.
        native: the native package that is linked in.
    """
    parts = components(source, tls=recipe.tls)
    parts += [{**part, "texts": []} for part in native.components]
    inputs = [
        os.path.basename(python.folder),
        os.path.basename(native.folder),
        [{**part, "texts": len(part["texts"])} for part in parts],
        [file_digest(path) for path in (__file__, python_json.__file__)],
        zstandard.__version__,
    ]
    folder = cache.result("distribution", inputs, lambda out: _write(python, native, parts, out))
    with open(os.path.join(folder, "sha256"), encoding="ascii") as file:
        sha256 = file.read()
    return Distribution(
        archive=os.path.join(folder, ARCHIVE),
        sha256=sha256,
        licences=os.path.join(folder, "licences"),
        components=[{k: v for k, v in part.items() if k != "texts"} for part in parts],
    )


def _write(python: CPython, native: NativePackage, parts: list[dict[str, Any]], out: str) -> None:
    licences = os.path.join(out, "licences")
    shutil.copytree(os.path.join(native.folder, "licences"), licences)
    for part in parts:
        _write_licence(part, licences)
    shutil.copy(os.path.join(python.folder, "LICENSE"), os.path.join(licences, "python.txt"))
    members = gather(python.folder, native.object)
    description = python_json.describe(python.facts, sorted(members), native_module=native.module)
    members[DESCRIPTION] = _json(description)
    members["python/licenses/LICENSE.cpython.txt"] = os.path.join(licences, "python.txt")
    sha256 = _compress(pack(members), os.path.join(out, ARCHIVE))
    with open(os.path.join(out, "sha256"), "w", encoding="ascii") as file:
        file.write(sha256)


def _write_licence(part: Mapping[str, Any], folder: str) -> None:
    """Write the licence of a part that is neither CPython's own nor a native package's."""
    if "texts" not in part or part["name"] == "python" or not part["licence"]:
        return
    target = os.path.join(folder, f"{part['name']}-{part['version']}.txt")
    if os.path.exists(target):
        return
    texts = [path for path in part["texts"] if os.path.exists(path)]
    with open(target, "w", encoding="utf-8") as file:
        for path in texts:
            with open(path, encoding="utf-8", errors="replace") as text:
                file.write(text.read())
        if not texts:
            file.write(f"Licence: {part['licence']}. Its text is not on this machine.\n")


def gather(folder: str, native_object: str) -> dict[str, str | bytes]:
    """Return the archive's members with the files that they are made of.

    Args:
        folder: the result of CPython's step.
        native_object: the object of pydantic-core.
    """
    members: dict[str, str | bytes] = {python_json.NATIVE_OBJECT: native_object}
    roots = {"objects": "python/build", "install": "python/install"}
    for root, prefix in roots.items():
        for at, folders, names in os.walk(os.path.join(folder, root)):
            folders[:] = [name for name in folders if name not in TESTS | {"__pycache__"}]
            for name in sorted({*names} - {SITE}):
                path = os.path.join(at, name)
                members[f"{prefix}/{os.path.relpath(path, os.path.join(folder, root))}"] = path
    return members


def pack(members: Mapping[str, str | bytes]) -> bytes:
    """Return a tar archive of files, the same for the same content.

    Args:
        members: of each name, the path of a file or its content.
    """
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in sorted(members.items()):
            entry = tarfile.TarInfo(name)
            if isinstance(content, str):
                with open(content, "rb") as file:
                    data = file.read()
                executable = os.access(content, os.X_OK)
            else:
                data, executable = content, False
            entry.size, entry.mode = len(data), 0o755 if executable else 0o644
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def prune(archive: str, wanted: Collection[str], target: str) -> str:
    """Write a distribution with fewer extension modules; return its SHA-256.

    PyOxidizer links every extension module that the description names, and the linker drops the
    others: so the choice is made in the description.

    Args:
        archive: the path of the whole distribution.
        wanted: dotted names of the extension modules to keep.
        target: the path to write.
    """
    out = io.BytesIO()
    with open(archive, "rb") as file:
        whole = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    with (
        tarfile.open(fileobj=io.BytesIO(whole)) as members,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as kept,
    ):
        for member in members:
            content = members.extractfile(member)
            data = content.read() if content else b""
            if member.name == DESCRIPTION:
                description = json.loads(data)
                extensions = description["build_info"]["extensions"]
                description["build_info"]["extensions"] = {
                    name: entry for name, entry in extensions.items() if name in wanted
                }
                data = _json(description)
                member.size = len(data)
            kept.addfile(member, io.BytesIO(data))
    return _compress(out.getvalue(), target)


def _compress(data: bytes, target: str) -> str:
    """Write a zstd file; return its SHA-256."""
    with open(target, "wb") as file:
        file.write(zstandard.ZstdCompressor(level=FASTEST).compress(data))
    return file_digest(target)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()
