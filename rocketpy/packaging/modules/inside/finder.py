"""Finds the application's modules, files and metadata in the bundle inside the executable.

This runs before anything else does, and imports only what is linked into the interpreter. It is
compiled under the name of the import system's own file, whose frames tracebacks leave out.
"""

import _codecs
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
"""The beginning of all file names: of modules in tracebacks, and of data."""

REMEDIES = dict.fromkeys(("_ssl", "_hashlib"), "build it with `--features tls` to have it")
"""Of modules that an import alone does not include, the remedy."""


class Bundle:
    """The bundle's index and its content.

    Args:
        content: all of it, as `rocketpy.packaging.modules.bundle` writes it.
    """

    def __init__(self, content: memoryview) -> None:
        import zlib

        start = 16 + int.from_bytes(content[:8], "little")
        end = start + int.from_bytes(content[8:16], "little")
        index = zlib.decompress(content[start:end])
        self.index: Any = marshal.loads(index)  # noqa: S302  (part of this executable)
        self.content: memoryview = content[end:]
        self.modules: dict[str, tuple[int, int, bool]] = self.index["modules"]
        self.files: dict[str, tuple[int, int]] = self.index["files"]
        self.dictionary: bytes = self.index["dictionary"]

    def read(self, at: int, length: int) -> bytes | memoryview:
        """Return the part at a position."""
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
    """Finds and loads the modules of a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def find_spec(
        self, name: str, _path: "Sequence[str] | None" = None, _target: "ModuleType | None" = None
    ) -> "Any":
        """Return a module's spec, or None for an unknown name.

        Raises:
            ModuleNotFoundError: the module was left out of the executable.
        """
        if name in self.bundle.modules:
            loader: Any = self
            spec = ModuleSpec(name, loader, origin=self.get_filename(name))
            if self.is_package(name):
                spec.submodule_search_locations = [f"{ROOT}/{name.replace('.', '/')}"]
            return spec
        if _imp.is_builtin(name):
            # Python's own finder ignores those that are in a package.
            return BuiltinImporter.find_spec(name)
        excluded = name in self.bundle.index["excluded"] or name in sys.stdlib_module_names
        # `importlib.util.find_spec` returns None for a missing module: only an import fails.
        if excluded and sys._getframe(2).f_code.co_name != "find_spec":
            remedy = REMEDIES.get(name) or (
                "it was left out of the build, since no import of it was found. To include it, "
                "add it to `include` in [tool.rocketpy.build] of pyproject.toml and build again"
            )
            raise ModuleNotFoundError(
                f"No module named {name!r} in this executable: {remedy}", name=name
            )
        return None

    def create_module(self, _spec: "Any") -> None:
        """Return None: Python makes the module."""

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
        """Return None: a bundle has no sources."""

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
        """Return the reader of a package's files for `importlib.resources`."""
        from _bundle_files import Reader  # type: ignore[import-not-found]  # its name inside

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
    """Run the executable's command.

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
    _codecs.register(lambda name: _encoding_remedy(name, bundle))
    stdout: Any = sys.stdout  # None if the descriptor is closed
    if stdout is not None:
        # The lines of a service are read as they come, such as by `docker logs`.
        stdout.reconfigure(line_buffering=True)
    arguments = sys.argv[1:]
    if arguments[:1] in (["--self-test"], ["--multiprocessing-fork"]) or "-c" in arguments:
        import _bundle_commands  # type: ignore[import-not-found]  # its name inside

        if arguments[0] == _bundle_commands.SELF_TEST:
            return int(_bundle_commands.self_test(bundle))
        if _bundle_commands.run_child(arguments):
            return 0
    module = __import__(bundle.index["start"], fromlist=["main"])
    code: int = module.main(arguments or ["launch"])
    return code


def _encoding_remedy(name: str, bundle: Bundle) -> None:
    """Raise for an encoding that was left out; it is called for names that no codec has."""
    from _bundle_commands import unknown_encoding

    unknown_encoding(name, bundle)


if __name__ == "_bundle":
    raise SystemExit(start(globals()["bundle"]))
