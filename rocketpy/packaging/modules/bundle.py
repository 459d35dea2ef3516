"""The bundle: the application's modules, files and metadata as one piece of bytes.

It begins with the lengths of the finder's code and of the index, followed by these two. The rest is
the content, with each part deflated by itself, or none. `inside/finder.py` reads it.
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
from rocketpy.packaging.modules.inside import commands, files, finder
from rocketpy.packaging.modules.inside.finder import ROOT
from rocketpy.packaging.secret_files import suspicion
from rocketpy.packaging.steps.cache import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rocketpy.packaging.modules.module_graph import Included
    from rocketpy.packaging.steps.cache import Cache

NO_DATA = (".py", ".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".so", ".typed")
"""Endings of a package's files that are no data: code in other forms, and types."""
TIMEZONES = "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"
DICTIONARY = 32_000
"""Bytes of the dictionary for all parts: deflate's window of 32 KiB, less its margin."""
_SYSCONFIG = "_sysconfigdata__x86_64-linux-gnu"


def bundle(  # noqa: PLR0913  (named, each a part of its own)
    cache: Cache,
    python: str,
    included: Included,
    *,
    start: str,
    application: Mapping[str, Any],
    environment: Mapping[str, str],
    deflated: bool,
) -> bytes:
    """Return a bundle; the same for the same content.

    Args:
        cache: where compiled modules are kept.
        python: the path of the interpreter that compiles them.
        included: the modules.
        start: the module whose `main` is run with the arguments.
        application: what the executable knows of itself: its target, name and version.
        environment: variables that are set where the executable's environment does not set them.
        deflated: whether each part is deflated.

    Raises:
        BuildError: a module cannot be compiled.
    """
    empty = _written(cache, "")
    sources = {
        name: (module.path or empty, f"{ROOT}/{_file(name, package=module.package)}")
        for name, module in included.modules.items()
    }
    if "sysconfig" in included.modules:
        # The interpreter's own has a thousand variables of its Makefile; zoneinfo reads this one.
        variables = _written(cache, f"build_time_vars = {{'TZPATH': {TIMEZONES!r}}}\n")
        sources[_SYSCONFIG] = (variables, f"{ROOT}/{_SYSCONFIG}.py")
    for name, path in {
        "_bundle_files": files.__file__,
        "_bundle_commands": commands.__file__,
    }.items():
        sources[name] = (path, f"{ROOT}/{name}.py")
    # Python leaves frames with this file name out of tracebacks.
    sources["_bundle"] = (finder.__file__, "<frozen importlib._bootstrap_external>")
    paths = compiled(cache, python, sources)
    first = _read(paths.pop("_bundle"))
    code = {name: _read(path) for name, path in sorted(paths.items())}
    content = _Content(code.values(), deflated=deflated)
    modules = {}
    for name, part in code.items():
        module = included.modules.get(name)
        modules[name] = (*content.add(part), bool(module and module.package))
    packages = packages_of(included)
    data_files = {
        name: content.add(data) for name, data in sorted(_files(cache, included, packages).items())
    }
    index: dict[str, Any] = {
        "modules": modules,
        "files": data_files,
        "excluded": tuple(sorted(included.excluded)),
        "distributions": {_folder(package): _normal(package.name) for package in packages},
        "start": start,
        "top": included.top,
        "application": dict(application),
        "environment": dict(environment),
        "deflated": deflated,
        "dictionary": content.dictionary,
    }
    # Version 2 of the format has no references, so that equal content makes equal bytes.
    packed = zlib.compress(marshal.dumps(index, 2), 9)
    lengths = [len(part).to_bytes(8, "little") for part in (first, packed)]
    return b"".join([*lengths, first, packed, *content.parts])


class _Content:
    """The parts of a bundle, and the position of each."""

    def __init__(self, parts: Iterable[bytes], *, deflated: bool) -> None:
        self.parts: list[bytes] = []
        self.dictionary = b""
        self._deflated = deflated
        self._end = 0
        if deflated:
            # Modules have much in common, and each is deflated alone: this saves a tenth.
            trained = zstandard.train_dictionary(DICTIONARY, list(parts)).as_bytes()
            self.dictionary = trained[-DICTIONARY:]

    def add(self, part: bytes) -> tuple[int, int]:
        """Add a part; return its position and its length."""
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
    """Return the path of a generated module."""
    path = os.path.join(cache.work("generated"), f"{digest(source)}.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    return path


def _file(name: str, *, package: bool) -> str:
    path = name.replace(".", "/")
    return f"{path}/__init__.py" if package else f"{path}.py"


def _files(
    cache: Cache, included: Included, packages: Iterable[metadata.Distribution]
) -> dict[str, bytes]:
    """Return the data files of all packages but the standard library's, and their metadata."""
    found = {}
    for name, module in included.modules.items():
        if module.stdlib:
            continue
        for folder in module.folders:
            for at, path in _data(folder):
                data = _read(path)
                reason = suspicion(os.path.basename(path), data) if module.own else ""
                if reason:
                    cache.progress.say(f"left out: {path}, since {reason}")
                else:
                    found[f"{name.replace('.', '/')}/{at}"] = data
    for package in packages:
        for file_name in ("METADATA", "entry_points.txt"):
            text = package.read_text(file_name)
            if text:
                # Without the long description, which nothing reads at run time.
                kept = text.partition("\n\n")[0] + "\n" if file_name == "METADATA" else text
                found[f"{_folder(package)}/{file_name}"] = kept.encode()
    return found


def _data(folder: str) -> Iterable[tuple[str, str]]:
    """Yield a package's data files, also those in folders that are no packages themselves."""
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


def packages_of(included: Included) -> list[metadata.Distribution]:
    """Return the installed packages that the modules are from, by their names."""
    owners = metadata.packages_distributions()
    tops = {
        name.partition(".")[0] for name, module in included.modules.items() if not module.stdlib
    }
    tops |= {name.partition(".")[0] for name in included.extensions if "." in name}
    names = {_normal(owner): owner for top in tops for owner in owners.get(top, ())}
    return [metadata.distribution(names[normal]) for normal in sorted(names)]


def _folder(package: metadata.Distribution) -> str:
    return f"{_normal(package.name).replace('-', '_')}-{package.version}.dist-info"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
