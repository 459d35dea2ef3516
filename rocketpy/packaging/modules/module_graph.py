"""Which modules go into an executable: those that the application can reach.

A module reaches what it imports, at its top or in a function, by name or by a string that names a
module of its own package. `include` adds to that, `exclude` takes away. Some modules (`APART`)
count only where the application or another package imports them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.packaging import BuildError
from rocketpy.packaging.modules.imports import imports
from rocketpy.packaging.modules.locations import submodules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rocketpy.packaging.modules.locations import Module, Places

APART = frozenset(
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
"""Modules that neither the standard library nor their own package brings in: who wants one of these
imports it. Half of the standard library could start the debugger."""
ENCODINGS = tuple(
    f"encodings.{name}"
    for name in (
        *("ascii", "latin_1", "cp1252", "idna", "punycode", "utf_8_sig"),
        *("utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"),
    )
)
"""Encodings are asked for by name, when a text is read: these are always there."""
FROZEN = frozenset(
    {
        "_collections_abc", "abc", "codecs", "encodings", "encodings.aliases", "encodings.utf_8",
        "genericpath", "importlib._bootstrap", "importlib._bootstrap_external", "io", "os",
        "os.path", "posixpath", "stat", "zipimport",
    }
)  # fmt: skip
"""Modules that are in the interpreter itself."""


class Reached(NamedTuple):
    """What goes into an executable.

    Args:
        modules: the modules with their source, by name.
        extensions: the extension modules that are linked in and needed.
        absent: names of modules that are there, and stay out.
    """

    modules: dict[str, Module]
    extensions: frozenset[str]
    absent: frozenset[str]


class Reach:
    """Follows imports.

    Args:
        places: where modules are found.
        linked: names of the extension modules that can be linked in.
        exclude: modules that stay out, with all that is in them.
    """

    def __init__(self, places: Places, linked: Iterable[str], exclude: Iterable[str] = ()) -> None:
        self._places = places
        self._linked = frozenset(linked)
        self._exclude = frozenset(exclude)
        self._modules: dict[str, Module] = {}
        self._extensions: set[str] = set()
        self._absent: set[str] = set(exclude)
        self._todo: deque[Module] = deque()
        self._refused: dict[str, str] = {}

    def follow(self, roots: Iterable[str]) -> Reached:
        """Return all that some modules reach; `package.*` stands for all that is in a package.

        Raises:
            BuildError: a root is not there, or an extension module is needed that is not linked in.
        """
        for root in roots:
            self._root(root)
            while self._todo:
                self._read(self._todo.popleft())
        if self._refused:
            raise BuildError(_refusal(self._refused))
        packages = {name.partition(".")[0] for name in self._modules}
        for package in packages:
            module = self._modules.get(package)
            if module is not None and not module.stdlib:
                self._absent.update(submodules(module))
        absent = self._absent - self._modules.keys() - self._linked
        return Reached(self._modules, frozenset(self._extensions), frozenset(absent))

    def _root(self, root: str) -> None:
        name = root.removesuffix(".*")
        if not self._add(name, importer="") and name not in FROZEN:
            raise BuildError(
                f"there is no module {name!r}: it is named as the application, or in `include` of "
                f"[tool.rocketpy.build], and neither the project nor its environment has it"
            )
        found = self._places.find(name)
        if root.endswith(".*") and found is not None:
            for inner in submodules(found):
                self._add(inner, importer="")

    def _read(self, module: Module) -> None:
        with open(module.path, "rb") as file:
            source = file.read()
        try:
            found = imports(source, module.name, package=module.package)
        except (SyntaxError, ValueError) as error:
            raise BuildError(f"{module.path} cannot be compiled: {error}") from None
        for one in found:
            if _apart(module, one.name):
                continue
            importer = "" if one.optional else f"{module.path}:{one.line}"
            self._add(one.name, importer, optional=one.optional)
            for attribute in one.attributes:
                inner = f"{one.name}.{attribute}"
                if attribute != "*" and not _apart(module, inner):
                    self._add(inner, importer, optional=True)

    def _add(self, name: str, importer: str, *, optional: bool = False) -> bool:
        """Take a module in, with the packages that it is in; return whether there is one."""
        if any(name == out or name.startswith(f"{out}.") for out in self._exclude):
            self._absent.add(name)
            return True
        parent = name.rpartition(".")[0]
        if parent and not self._add(parent, importer, optional=optional):
            return False
        if name in self._modules or name in FROZEN:
            return True
        if name in self._linked:
            self._extensions.add(name)
            return True
        module = self._places.find(name)
        if module is None:
            return False
        if module.extension:
            if optional or module.stdlib:
                self._absent.add(name)
            else:
                self._refused.setdefault(name, importer)
            return True
        self._modules[name] = module
        if module.path:
            self._todo.append(module)
        return True


def _apart(importer: Module, name: str) -> bool:
    """Whether an import does not count: of a module that stands apart, by its own neighbours."""
    top = name.partition(".")[0]
    neighbour = importer.stdlib or importer.name.partition(".")[0] == top
    return neighbour and _stands_apart(name) and not _stands_apart(importer.name)


def _stands_apart(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in APART for end in range(1, len(parts) + 1))


def _refusal(refused: dict[str, str]) -> str:
    lines = [
        f"  {name}" + (f", imported in {importer}" if importer else "")
        for name, importer in sorted(refused.items())
    ]
    return (
        "these modules are shared libraries, and a static executable loads none:\n"
        + "\n".join(lines)
        + "\nUse a pure-Python package in their place, name them in `exclude` of "
        "[tool.rocketpy.build] if the application works without them, or serve it from an image "
        "with Python (docs/executable.md)"
    )
