"""Where modules are: in the project, in the standard library, in the environment's packages."""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIX = ".py"
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Module(NamedTuple):
    """A module that was found.

    Args:
        name: its dotted name.
        path: its source; empty for a package without `__init__` and for a shared library.
        folders: a package's folders; empty for a module that is no package.
        extension: the shared library that it is, if it has no source.
        stdlib: whether it is part of the standard library.
    """

    name: str
    path: str
    folders: tuple[str, ...] = ()
    extension: str = ""
    stdlib: bool = False

    @property
    def package(self) -> bool:
        """Whether modules may be in it."""
        return bool(self.folders)

    @property
    def own(self) -> bool:
        """Whether it is the project's, and not an installed package's, the library's or ours."""
        ours = self.name.partition(".")[0] == "rocketpy"
        return not self.stdlib and not ours and not any(part in self.path for part in _PACKAGES)


class Locations:
    """Finds modules without importing them.

    Args:
        project: the folder of the application.
        stdlib: the folder of the standard library that goes into the executable.
        path: folders of installed packages; those of this interpreter if None.
    """

    def __init__(self, project: str, stdlib: str, path: Sequence[str] | None = None) -> None:
        library = os.path.dirname(os.__file__)
        installed = [entry for entry in sys.path if _holds_packages(entry, library)]
        self._path = [project, *(installed if path is None else path)]
        self._stdlib = stdlib
        self._found: dict[str, Module | None] = {}

    def find(self, name: str) -> Module | None:
        """Return a module; None if there is none of that name."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Module | None:
        parent, _, last = name.rpartition(".")
        if parent:
            package = self.find(parent)
            if package is None or not package.package:
                return None
            return _in(package.folders, name, last, stdlib=package.stdlib)
        if name in sys.stdlib_module_names:
            # The project may have a module of such a name; then it is the one that Python finds.
            return _in(self._path[:1], name, name) or _in([self._stdlib], name, name, stdlib=True)
        return _in(self._path, name, name) or _by_other_finders(name)


def _by_other_finders(name: str) -> Module | None:
    """Use the other finders of this interpreter: editable installations have their own."""
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        if finder is PathFinder or find_spec is None:
            continue
        spec = find_spec(name, None)
        if spec is not None and spec.origin and spec.origin.endswith(SUFFIX):
            return Module(name, spec.origin, tuple(spec.submodule_search_locations or ()))
    return None


def _holds_packages(entry: str, stdlib: str) -> bool:
    """Whether an entry of sys.path is a folder of packages other than the standard library."""
    if not os.path.isdir(entry) or os.path.samefile(entry, stdlib):
        return False
    return os.path.basename(entry) != "lib-dynload"


def _in(folders: Sequence[str], name: str, last: str, *, stdlib: bool = False) -> Module | None:
    """Look for a module: a package first, as Python does; its source before a library."""
    portions = []
    for folder in folders:
        at = os.path.join(folder, last)
        init = os.path.join(at, "__init__.py")
        if os.path.isfile(init):
            return Module(name, init, (at,), stdlib=stdlib)
        if os.path.isfile(at + SUFFIX):
            return Module(name, at + SUFFIX, stdlib=stdlib)
        for suffix in EXTENSION_SUFFIXES:
            if os.path.isfile(at + suffix):
                return Module(name, "", extension=at + suffix, stdlib=stdlib)
        if os.path.isdir(at) and not stdlib:
            portions.append(at)
    return Module(name, "", tuple(portions)) if portions else None


def submodules(module: Module) -> Iterator[str]:
    """Yield the names of all modules in a package, at any depth."""
    for folder in module.folders:
        for entry in sorted(os.listdir(folder)):
            path = os.path.join(folder, entry)
            stem = entry.partition(".")[0]
            if not stem.isidentifier():
                continue
            if os.path.isfile(os.path.join(path, "__init__.py")):
                inner = f"{module.name}.{entry}"
                yield inner
                yield from submodules(Module(inner, "", (path,)))
            elif entry.endswith((SUFFIX, *EXTENSION_SUFFIXES)) and stem != "__init__":
                yield f"{module.name}.{stem}"
