"""The bundle: the application's modules, files and metadata as one piece of bytes.

First the lengths of the finder's own code and of the index, then these two, then the content, each
part deflated by itself or all as they are. `inside/finder.py` reads it.
"""

from __future__ import annotations

import marshal
import os
import re
import zlib
from importlib import metadata
from typing import TYPE_CHECKING, Any

import zstandard

from rocketpy.packaging.modules.bytecode import compiled
from rocketpy.packaging.modules.inside import files as bundle_files
from rocketpy.packaging.modules.inside import finder
from rocketpy.packaging.modules.inside.finder import ROOT
from rocketpy.packaging.steps.cache import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rocketpy.packaging.interpreter.distribution import Distribution
    from rocketpy.packaging.modules.module_graph import Reached
    from rocketpy.packaging.steps.cache import Cache

NO_DATA = (".py", ".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".so", ".typed")
"""Files of a package that are no data: code in other forms, and what describes it."""
TIMEZONES = "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"
DICTIONARY = 32_000
"""Bytes of what all parts are deflated against: what deflate can look back on, less its margin."""
_SYSCONFIG = "_sysconfigdata__x86_64-linux-gnu"


def bundle(  # noqa: PLR0913  (named, each a part of its own)
    cache: Cache,
    python: Distribution,
    reached: Reached,
    *,
    start: str,
    application: Mapping[str, Any],
    environment: Mapping[str, str],
    deflated: bool,
) -> bytes:
    """Return a bundle; the same for the same content.

    Args:
        cache: where compiled modules are kept.
        python: the interpreter.
        reached: what goes in.
        start: the module whose `main` is run with the arguments.
        application: what the executable is to know of itself.
        environment: variables that are set where the executable's surroundings do not set them.
        deflated: whether each part is deflated.

    Raises:
        BuildError: a module cannot be compiled.
    """
    empty = _written(cache, "")
    sources = {
        name: (module.path or empty, f"{ROOT}/{_file(name, package=module.package)}")
        for name, module in reached.modules.items()
    }
    if "sysconfig" in reached.modules:
        # The interpreter's own has a thousand variables of its Makefile; this one is asked for.
        variables = _written(cache, f"build_time_vars = {{'TZPATH': {TIMEZONES!r}}}\n")
        sources[_SYSCONFIG] = (variables, f"{ROOT}/{_SYSCONFIG}.py")
    sources["_bundle_files"] = (bundle_files.__file__, f"{ROOT}/_bundle_files.py")
    # Frames of this file's name are left out of tracebacks.
    sources["_bundle"] = (finder.__file__, "<frozen importlib._bootstrap_external>")
    compiled_to = compiled(cache, python.python, sources)
    first = _read(compiled_to.pop("_bundle"))
    code = {name: _read(path) for name, path in sorted(compiled_to.items())}
    content = _Content(code.values(), deflated=deflated)
    modules = {}
    for name, part in code.items():
        module = reached.modules.get(name)
        modules[name] = (*content.add(part), bool(module and module.package))
    packages = installed(reached)
    files = {name: content.add(data) for name, data in sorted(_files(reached, packages).items())}
    index: dict[str, Any] = {
        "modules": modules,
        "files": files,
        "absent": tuple(sorted(reached.absent)),
        "distributions": {_folder(package): _normal(package.name) for package in packages},
        "start": start,
        "application": dict(application),
        "environment": dict(environment),
        "deflated": deflated,
        "dictionary": content.dictionary,
    }
    # Version 2 of the format knows no references, so that equal content makes equal bytes.
    told = zlib.compress(marshal.dumps(index, 2), 9)
    lengths = [len(part).to_bytes(8, "little") for part in (first, told)]
    return b"".join([*lengths, first, told, *content.parts])


class _Content:
    """The parts of a bundle, and where each is."""

    def __init__(self, parts: Iterable[bytes], *, deflated: bool) -> None:
        self.parts: list[bytes] = []
        self.dictionary = b""
        self._deflated = deflated
        self._end = 0
        if deflated:
            # Modules have much in common, and each is deflated alone: a tenth less.
            trained = zstandard.train_dictionary(DICTIONARY, list(parts)).as_bytes()
            self.dictionary = trained[-DICTIONARY:]

    def add(self, part: bytes) -> tuple[int, int]:
        """Add a part; return where it is, and its length there."""
        if self._deflated:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=self.dictionary)
            part = deflate.compress(part) + deflate.flush()
        at = self._end
        self.parts.append(part)
        self._end += len(part)
        return at, len(part)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _written(cache: Cache, source: str) -> str:
    """Return the path of a module that no package has."""
    path = os.path.join(cache.work("generated"), f"{digest(source)}.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    return path


def _file(name: str, *, package: bool) -> str:
    path = name.replace(".", "/")
    return f"{path}/__init__.py" if package else f"{path}.py"


def _files(reached: Reached, packages: Iterable[metadata.Distribution]) -> dict[str, bytes]:
    """Return the data of all packages that are not the standard library's, and their metadata."""
    found = {}
    for name, module in reached.modules.items():
        if module.stdlib:
            continue
        for folder in module.folders:
            for at, path in _data(folder):
                with open(path, "rb") as file:
                    found[f"{name.replace('.', '/')}/{at}"] = file.read()
    for package in packages:
        for file_name in ("METADATA", "entry_points.txt"):
            text = package.read_text(file_name)
            if text:
                # The description is for people who look for a package.
                told = text.partition("\n\n")[0] + "\n" if file_name == "METADATA" else text
                found[f"{_folder(package)}/{file_name}"] = told.encode()
    return found


def _data(folder: str) -> Iterable[tuple[str, str]]:
    """Yield a package's files of data, below folders too that are no packages themselves."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(
            inner
            for inner in folders
            if inner != "__pycache__" and not os.path.exists(os.path.join(at, inner, "__init__.py"))
        )
        for name in sorted(names):
            if not name.endswith(NO_DATA):
                path = os.path.join(at, name)
                yield os.path.relpath(path, folder), path


def installed(reached: Reached) -> list[metadata.Distribution]:
    """Return the installed packages that the modules are from, by their names."""
    owners = metadata.packages_distributions()
    tops = {name.partition(".")[0] for name, module in reached.modules.items() if not module.stdlib}
    tops |= {name.partition(".")[0] for name in reached.extensions if "." in name}
    names = {_normal(owner): owner for top in tops for owner in owners.get(top, ())}
    return [metadata.distribution(names[normal]) for normal in sorted(names)]


def _folder(package: metadata.Distribution) -> str:
    return f"{_normal(package.name).replace('-', '_')}-{package.version}.dist-info"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
