"""Finds the application's modules, files and metadata in the bundle inside the executable.

This runs before anything else does, and imports only what is linked into the interpreter. It is
compiled under the name of the import system's own file, whose frames tracebacks leave out.
"""

import _imp
import marshal
import sys
from _frozen_importlib import BuiltinImporter, ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType, ModuleType
    from typing import Any

ROOT = "<app>"
"""Stands in front of the names of all files: of modules in tracebacks, and of data."""

FEATURES = dict.fromkeys(("_ssl", "_hashlib"), "build it with `--features tls` to have it")
"""What is told of modules that no import brings in."""


class Bundle:
    """The bundle's index and its content.

    Args:
        content: the whole of it, as `rocketpy.packaging.modules.bundle` has written it.
    """

    def __init__(self, content: memoryview) -> None:
        import zlib

        start = 16 + int.from_bytes(content[:8], "little")
        end = start + int.from_bytes(content[8:16], "little")
        index = zlib.decompress(content[start:end])
        self.index = marshal.loads(index)  # noqa: S302  (it is ours)
        self.content = content[end:]
        self.modules: dict[str, tuple[int, int, bool]] = self.index["modules"]
        self.files: dict[str, tuple[int, int]] = self.index["files"]
        self.dictionary: bytes = self.index["dictionary"]

    def read(self, at: int, length: int) -> bytes | memoryview:
        """Return what is stored at a place."""
        stored = self.content[at : at + length]
        if not self.index["deflated"]:
            return stored
        import zlib

        return zlib.decompressobj(-15, zdict=self.dictionary).decompress(stored)

    def file(self, path: str) -> bytes:
        """Return a file's content.

        Raises:
            FileNotFoundError: there is no such file.
        """
        name = path.removeprefix(f"{ROOT}/")
        if name not in self.files:
            raise FileNotFoundError(2, "No such file in the executable", path)
        return bytes(self.read(*self.files[name]))


class Finder:
    """The finder and the loader of all modules in a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def find_spec(
        self, name: str, _path: "Sequence[str] | None" = None, _target: "ModuleType | None" = None
    ) -> "Any":
        """Return a module's spec, or None where nobody knows it.

        Raises:
            ModuleNotFoundError: the module was left out of the executable.
        """
        if name in self.bundle.modules:
            spec = ModuleSpec(name, self, origin=self.get_filename(name))  # type: ignore[arg-type]  # it is one by its methods
            if self.is_package(name):
                spec.submodule_search_locations = [f"{ROOT}/{name.replace('.', '/')}"]
            return spec
        if _imp.is_builtin(name):
            # Python's own finder passes over those that have a package.
            return BuiltinImporter.find_spec(name)
        absent = name in self.bundle.index["absent"] or name in sys.stdlib_module_names
        # Whoever asks whether there is such a module is told that there is not.
        if absent and sys._getframe(2).f_code.co_name != "find_spec":
            remedy = FEATURES.get(name) or (
                "it was left out when it was built, since no import reaches it. To have it, add it "
                "to `include` in [tool.rocketpy.build] of pyproject.toml and build again"
            )
            raise ModuleNotFoundError(
                f"No module named {name!r} in this executable: {remedy}", name=name
            )
        return None

    def create_module(self, _spec: "Any") -> None:
        """Leave it to Python to make the module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run a module's code."""
        name = module.__name__
        module.__file__ = self.get_filename(name)
        exec(self.get_code(name), module.__dict__)  # noqa: S102  (this is what imports do)

    def get_code(self, name: str) -> "CodeType":
        """Return a module's code."""
        at, length, _ = self._entry(name)
        code: CodeType = marshal.loads(self.bundle.read(at, length))  # noqa: S302
        return code

    def get_source(self, _name: str) -> None:
        """Return None: there is no source here."""

    def get_filename(self, name: str) -> str:
        """Return the name that a module's file has in tracebacks; there is no such file."""
        path = name.replace(".", "/")
        return f"{ROOT}/{path}/__init__.py" if self.is_package(name) else f"{ROOT}/{path}.py"

    def is_package(self, name: str) -> bool:
        """Return whether a module is a package."""
        return self._entry(name)[2]

    def get_data(self, path: str) -> bytes:
        """Return the content of a file that lies beside a module.

        Raises:
            FileNotFoundError: there is no such file.
        """
        return self.bundle.file(path)

    def get_resource_reader(self, name: str) -> "Any":
        """Return what `importlib.resources` reads a package's files through."""
        from _bundle_files import Reader  # type: ignore[import-not-found]

        return Reader(self.bundle, name) if self.is_package(name) else None

    def find_distributions(self, context: "Any" = None) -> "Iterator[Any]":
        """Yield the packages that are inside, for `importlib.metadata`."""
        from _bundle_files import distributions

        yield from distributions(self.bundle, getattr(context, "name", None))

    def _entry(self, name: str) -> tuple[int, int, bool]:
        found = self.bundle.modules.get(name)
        if found is None:
            raise ImportError(f"there is no module {name} in the executable", name=name)
        return found


def start(content: memoryview) -> int:
    """Become the application: what the executable does.

    Args:
        content: the bundle.

    Returns:
        The exit code.
    """
    bundle = Bundle(content)
    sys.meta_path.append(Finder(bundle))
    sys.orig_argv = list(sys.argv)
    sys._rocketpy = bundle.index["application"]  # type: ignore[attr-defined]
    for name, value in bundle.index["environment"].items():
        import os

        os.environ.setdefault(name, value)
    module = __import__(bundle.index["start"], fromlist=["main"])
    code: int = module.main(sys.argv[1:] or ["launch"])
    return code


if __name__ == "_bundle":
    raise SystemExit(start(globals()["bundle"]))
