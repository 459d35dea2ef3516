"""The module graph: which modules are included in an executable, and which are excluded.

A module is included when an included one imports it, at its top or in a function, by name or by a
string that names a module of its own package. `include` adds modules, `exclude` removes them. Some
modules (`SEPARATE`) are included only if the application or another package imports them.

An import is *required* if the importing module certainly fails without it: it is neither in a `try`
that catches ImportError nor in a branch that may not run. The first search follows required imports
alone: what it cannot include is needed by the application, and its path there is the chain that the
error shows. The second search follows all other imports; what it cannot include is excluded.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.packaging import BuildError
from rocketpy.packaging.modules import hooks, refusal
from rocketpy.packaging.modules.imports import Import, bound_names, imports
from rocketpy.packaging.modules.locations import submodules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rocketpy.packaging.modules.locations import Locations, Module

SEPARATE = frozenset(
    {
        "__main__", "bdb", "cProfile", "cmd", "code", "codeop", "concurrent.futures.process",
        "ctypes", "curses", "dbm", "distutils", "doctest", "ensurepip", "ftplib", "idlelib",
        "lib2to3", "multiprocessing", "optparse", "pdb", "plistlib", "profile", "pstats", "pydoc",
        "pydoc_data", "readline", "rlcompleter", "tarfile", "test", "tkinter", "trace", "turtle",
        "turtledemo", "unittest", "venv", "webbrowser", "wsgiref.simple_server", "xml", "xmlrpc",
        # Written in C as well, and that is linked in; what other systems have.
        "_osx_support", "_pydecimal", "_pyio", "nturl2path",
        # What the packages themselves have for older code and for other tools.
        "falcon.bench", "falcon.cmd", "falcon.testing", "pydantic.mypy", "pydantic.v1",
        # It imports PyYAML, which would go into every executable of a machine that has it.
        "rocketpy.figment.providers.yaml",
    }
)  # fmt: skip
"""Modules that an import by the standard library, or by their own package, does not include: half
of the standard library could start the debugger."""
FROZEN = frozenset(
    {
        "_collections_abc", "abc", "codecs", "encodings", "encodings.aliases", "encodings.utf_8",
        "genericpath", "importlib._bootstrap", "importlib._bootstrap_external", "io", "os",
        "os.path", "posixpath", "stat", "zipimport",
    }
)  # fmt: skip
"""Modules that are in the interpreter itself."""


class Included(NamedTuple):
    """What goes into an executable.

    Args:
        modules: the modules with their source, by name.
        extensions: the extension modules that are linked in and needed.
        excluded: names of modules that exist, and are not in the executable.
        native: of each shared library that is left out, the place of an import of it.
        top: names that the project's own modules import at their top, unguarded.
    """

    modules: dict[str, Module]
    extensions: frozenset[str]
    excluded: frozenset[str]
    native: dict[str, str]
    top: tuple[str, ...]


class ModuleGraph:
    """Follows imports.

    Args:
        locations: where modules are found.
        linkable: names of the extension modules that can be linked in.
        exclude: modules that are not included, with all that is in them.
    """

    def __init__(
        self, locations: Locations, linkable: Iterable[str], exclude: Iterable[str] = ()
    ) -> None:
        self._locations = locations
        self._linkable = frozenset(linkable)
        self._exclude = frozenset(exclude)
        self._modules: dict[str, Module] = {}
        self._extensions: set[str] = set()
        self._excluded: set[str] = set(exclude)
        self._queue: deque[Module] = deque()
        self._later: list[tuple[Module, Import]] = []
        self._importers: dict[str, tuple[str, str]] = {}
        self._refused: list[refusal.Refused] = []
        self._native: dict[str, str] = {}
        self._top: list[str] = []

    def follow(self, roots: Iterable[str]) -> Included:
        """Return all modules that some modules need; `package.*` names all modules of a package.

        Args:
            roots: the names of the modules.

        Raises:
            BuildError: a root does not exist, a source cannot be parsed, or a module is required
                that can neither be included nor linked in.
        """
        for root in roots:
            self._root(root)
        self._drain()
        if self._refused:
            raise BuildError(refusal.message(self._refused))
        while self._later:
            module, found = self._later.pop(0)
            self._import(module, found, required=False)
            self._drain(required=False)
        for name in {name.partition(".")[0] for name in self._modules}:
            package = self._modules.get(name)
            if package is not None and not package.stdlib:
                self._excluded.update(submodules(package))
        return Included(
            self._modules,
            frozenset(self._extensions),
            frozenset(self._excluded - self._modules.keys() - self._linkable),
            self._native,
            tuple(dict.fromkeys(self._top)),
        )

    def _root(self, root: str) -> None:
        name = root.removesuffix(".*")
        if not self._add(name, "", "", required=True) and name not in FROZEN:
            raise BuildError(
                f"there is no module {name!r}: it is named as the application, or in `include` of "
                f"[tool.rocketpy.build], and neither the project nor its environment has it"
            )
        found = self._locations.find(name)
        if root.endswith(".*") and found is not None:
            for inner in submodules(found):
                self._add(inner, "", "", required=False)

    def _drain(self, *, required: bool = True) -> None:
        while self._queue:
            module = self._queue.popleft()
            for found in self._read(module):
                if required and self._required(module, found):
                    self._import(module, found, required=True)
                else:
                    self._later.append((module, found))

    def _read(self, module: Module) -> Iterator[Import]:
        with open(module.path, "rb") as file:
            source = file.read()
        try:
            found = imports(source, module.name, package=module.package)
        except (SyntaxError, ValueError) as error:
            raise BuildError(f"{module.path} cannot be compiled: {error}") from None
        for one in found:
            yield one
            for name in (one.name, *(f"{one.name}.{attribute}" for attribute in one.attributes)):
                for hidden in hooks.modules(name):
                    yield Import(hidden, optional=True, line=one.line)

    @staticmethod
    def _required(module: Module, found: Import) -> bool:
        """Whether the module fails without an import.

        An import in a function of an installed package is not required: the function may never be
        called. In a function of the project's own it is.
        """
        return not found.optional and (found.top or module.own)

    def _import(self, module: Module, found: Import, *, required: bool) -> None:
        if found.name.endswith(".*"):
            package = self._locations.find(found.name.removesuffix(".*"))
            for inner in submodules(package) if package else ():
                self._add(inner, module.name, "", required=False)
            return
        if _not_counted(module, found.name):
            return
        place = f"{module.path}:{found.line}"
        added = self._add(found.name, module.name, place, required=required)
        if not added and required and found.top and found.name in sys.stdlib_module_names:
            # Nothing else has this name: a part of the standard library that is not built.
            self._refuse(found.name, module.name, place, "")
        if added and module.own and found.top and not found.optional:
            self._top.append(found.name)
        for attribute in found.attributes:
            inner = f"{found.name}.{attribute}"
            if attribute == "*" or _not_counted(module, inner):
                continue
            self._add(inner, module.name, place, required=required, attribute=True)

    def _add(
        self, name: str, importer: str, place: str, *, required: bool, attribute: bool = False
    ) -> bool:
        """Include a module, with the packages that it is in; return whether there is one.

        Args:
            name: its dotted name.
            importer: the importing module's name.
            place: the file and line of the import.
            required: whether the importing module fails without it.
            attribute: whether it may also be an attribute of its package.
        """
        if any(name == out or name.startswith(f"{out}.") for out in self._exclude):
            self._excluded.add(name)
            return True
        parent = name.rpartition(".")[0]
        if parent and not self._add(parent, importer, place, required=required):
            return False
        if name in self._modules or name in FROZEN:
            return True
        if name in self._linkable:
            self._extensions.add(name)
            return True
        module = self._locations.find(name)
        if module is None:
            return False
        if module.extension:
            self._add_native(module, importer, place, required=required, attribute=attribute)
            return True
        self._modules[name] = module
        self._importers.setdefault(name, (importer, place))
        if module.path:
            self._queue.append(module)
        return True

    def _add_native(
        self, module: Module, importer: str, place: str, *, required: bool, attribute: bool
    ) -> None:
        """Refuse a shared library, or note that it is left out."""
        self._excluded.add(module.name)
        if attribute and required:
            # `from package import name`: the package may define such a name itself.
            package = self._locations.find(module.name.rpartition(".")[0])
            required = package is None or module.name.rpartition(".")[2] not in _bound(package)
        if required:
            self._refuse(module.name, importer, place, os.path.basename(module.extension))
        elif not module.stdlib:
            self._native.setdefault(module.name, place)

    def _refuse(self, name: str, importer: str, place: str, library: str) -> None:
        chain = [name]
        if importer:
            chain.append(importer)
        while chain[-1] in self._importers and self._importers[chain[-1]][0]:
            chain.append(self._importers[chain[-1]][0])
        if all(one.name != name for one in self._refused):
            self._refused.append(refusal.Refused(name, tuple(reversed(chain)), place, library))


def _bound(package: Module) -> frozenset[str]:
    if not package.path:
        return frozenset()
    with open(package.path, "rb") as file:
        return bound_names(file.read())


def _not_counted(importer: Module, name: str) -> bool:
    """Whether an import does not count: of a separate module, by its own neighbours."""
    top = name.partition(".")[0]
    neighbour = importer.stdlib or importer.name.partition(".")[0] == top
    return neighbour and _is_separate(name) and not _is_separate(importer.name)


def _is_separate(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in SEPARATE for end in range(1, len(parts) + 1))
