"""The bundle's files, for `importlib.resources` and `importlib.metadata`.

Inside the executable this module is called `_bundle_files`.
"""

from __future__ import annotations

import io
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.packaging.modules.inside.finder import Bundle


class Reader:
    """The files of a package."""

    def __init__(self, bundle: Bundle, name: str) -> None:
        self._root = Path(bundle, name.replace(".", "/"))

    def files(self) -> Path:
        """Return the package's folder."""
        return self._root

    def open_resource(self, resource: str) -> io.BytesIO:
        """Open a file of the package."""
        return io.BytesIO(self._root.joinpath(resource).read_bytes())

    def resource_path(self, resource: str) -> str:
        """Raise: no file of a bundle has a path.

        Raises:
            FileNotFoundError: always; `importlib.resources` then makes a temporary one.
        """
        raise FileNotFoundError(resource)

    def is_resource(self, name: str) -> bool:
        """Return whether a file of the package has this name."""
        return self._root.joinpath(name).is_file()

    def contents(self) -> Iterator[str]:
        """Yield the names of the package's files and folders."""
        return (path.name for path in self._root.iterdir())


class Path:
    """A file or a folder in the bundle: a `Traversable`."""

    def __init__(self, bundle: Bundle, path: str) -> None:
        self._bundle = bundle
        self._path = path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self._path.rpartition("/")[2]

    def is_file(self) -> bool:
        """Return whether there is such a file."""
        return self._path in self._bundle.files

    def is_dir(self) -> bool:
        """Return whether there are files below this path."""
        return any(name.startswith(f"{self._path}/") for name in self._bundle.files)

    def iterdir(self) -> Iterator[Path]:
        """Yield what is in the folder."""
        start = f"{self._path}/"
        below = (name for name in self._bundle.files if name.startswith(start))
        for name in dict.fromkeys(name[len(start) :].partition("/")[0] for name in below):
            yield Path(self._bundle, start + name)

    def joinpath(self, *parts: str) -> Path:
        """Return a path below this one."""
        path = self._path
        for part in "/".join(map(str, parts)).split("/"):
            if part == "..":
                path = path.rpartition("/")[0]
            elif part not in {"", "."}:
                path = f"{path}/{part}"
        return Path(self._bundle, path)

    __truediv__ = joinpath

    def read_bytes(self) -> bytes:
        """Return the file's content."""
        return self._bundle.file(self._path)

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Return the file's text, UTF-8 unless another encoding is named."""
        return self.read_bytes().decode(encoding or "utf-8", errors or "strict")

    def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
        """Open the file for reading."""
        if "b" in mode:
            return io.BytesIO(self.read_bytes())
        if not args:
            options.setdefault("encoding", "utf-8")
        return io.TextIOWrapper(io.BytesIO(self.read_bytes()), *args, **options)

    def __str__(self) -> str:
        return f"<app>/{self._path}"


class Distribution(metadata.Distribution):
    """The metadata of a package in the bundle."""

    def __init__(self, bundle: Bundle, folder: str) -> None:
        self._bundle = bundle
        self._folder = folder

    def read_text(self, filename: str) -> str | None:
        """Return the text of a file of metadata, or None."""
        path = f"{self._folder}/{filename}"
        return self._bundle.file(path).decode() if path in self._bundle.files else None

    def locate_file(self, path: Any) -> Any:
        """Return the path of one of the package's files in the bundle."""
        return Path(self._bundle, str(path))


def distributions(bundle: Bundle, name: str | None) -> Iterator[Distribution]:
    """Yield the packages in the bundle, or the one of a name."""
    wanted = None if name is None else _normal(name)
    for folder, normal in bundle.index["distributions"].items():
        if wanted in {None, normal}:
            yield Distribution(bundle, folder)


def _normal(name: str) -> str:
    return "-".join(
        part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part
    )
