"""The interpreter as an archive in PyOxidizer's own format, and what it consists of."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.interpreter import python_json, stored_zstd
from rocketpy.packaging.interpreter.components import components
from rocketpy.packaging.interpreter.cpython import SITE, cpython
from rocketpy.packaging.interpreter.python_source import source
from rocketpy.packaging.native.pydantic_core import MODULE, pydantic_core
from rocketpy.packaging.steps.cache import file_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rocketpy.packaging.interpreter.cpython import CPython
    from rocketpy.packaging.interpreter.recipe import Recipe
    from rocketpy.packaging.native.pydantic_core import Native
    from rocketpy.packaging.steps.cache import Cache

ARCHIVE = "cpython.tar.zst"
TESTS = frozenset({"test", "tests", "idle_test"})
"""Folders of the standard library with its tests; they stay out of the archive."""


@dataclass(frozen=True)
class Distribution:
    """A static CPython with the native packages linked in.

    Args:
        archive: the path of the .tar.zst in PyOxidizer's format.
        sha256: its digest.
        python: the path of a static interpreter of the same build, with its library beside it.
        stdlib: the folder with the standard library's Python files.
        extensions: dotted names of the extension modules that are linked in.
        native: of each native package that is linked in, its distribution name and version.
        licences: a folder with one file for each component.
        components: name, version, licence (SPDX), url and sha256 of each part.
    """

    archive: str
    sha256: str
    python: str
    stdlib: str
    extensions: frozenset[str]
    native: Mapping[str, str]
    licences: str
    components: list[dict[str, Any]]


def distribution(cache: Cache, recipe: Recipe) -> Distribution:
    """Build the interpreter, or take it from the cache.

    Args:
        cache: where results are kept.
        recipe: what kind of interpreter.

    Raises:
        BuildError: a source cannot be fetched, or a compiler fails.
    """
    python_source = source(cache)
    native = pydantic_core(cache)
    python = cpython(cache, recipe, python_source, native)
    parts = components(python_source.pin, native, tls=recipe.tls)
    inputs = [
        os.path.basename(python.folder),
        os.path.basename(native.folder),
        parts,
        [file_digest(path) for path in (__file__, python_json.__file__, stored_zstd.__file__)],
    ]
    folder = cache.result("distribution", inputs, lambda out: _write(python, native, parts, out))
    with open(os.path.join(folder, "sha256"), encoding="ascii") as file:
        sha256 = file.read()
    return Distribution(
        archive=os.path.join(folder, ARCHIVE),
        sha256=sha256,
        python=os.path.join(python.folder, "install", "bin", "python3.11"),
        stdlib=os.path.join(python.folder, "install", "lib", "python3.11"),
        extensions=frozenset(python.facts["modules"]),
        native={"pydantic-core": native.version},
        licences=os.path.join(folder, "licences"),
        components=[{k: v for k, v in part.items() if k != "texts"} for part in parts],
    )


def _write(python: CPython, native: Native, parts: list[dict[str, Any]], out: str) -> None:
    licences = os.path.join(out, "licences")
    shutil.copytree(os.path.join(native.folder, "licences"), licences)
    for part in parts:
        texts = [path for path in part["texts"] if os.path.exists(path)]
        if part["texts"]:
            target = os.path.join(licences, f"{part['name']}-{part['version']}.txt")
            with open(target, "w", encoding="utf-8") as file:
                for path in texts:
                    with open(path, encoding="utf-8", errors="replace") as text:
                        file.write(text.read())
                if not texts:
                    file.write(f"Licence: {part['licence']}. Its text is not on this machine.\n")
    shutil.copy(os.path.join(python.folder, "LICENSE"), os.path.join(licences, "python.txt"))
    archive = os.path.join(out, ARCHIVE)
    members = gather(python.folder, native.object)
    account = python_json.describe(python.facts, sorted(members), native_module=MODULE)
    members["python/PYTHON.json"] = json.dumps(account, indent=1, sort_keys=True).encode()
    members["python/licenses/LICENSE.cpython.txt"] = os.path.join(licences, "python.txt")
    with open(archive, "wb") as file:
        file.writelines(stored_zstd.store(pack(members)))
    with open(os.path.join(out, "sha256"), "w", encoding="ascii") as file:
        file.write(file_digest(archive))


def gather(folder: str, native_object: str) -> dict[str, str | bytes]:
    """Return the archive's members with the files that they are made of.

    Args:
        folder: what CPython's step left.
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
