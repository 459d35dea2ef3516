"""The project that an executable is made of: its folder, and what it says of its build."""

from __future__ import annotations

import os
import tomllib
from typing import Any, NamedTuple

from rocketpy.packaging import BuildError

TABLE = "tool.rocketpy.build"
KEYS = ("include", "exclude")


class Project(NamedTuple):
    """A project.

    Args:
        folder: its folder.
        name: what it calls itself, or its folder's name.
        version: its version; empty if it says none.
        include: modules that go in though no import reaches them; `package.*` for all of a package.
        exclude: modules that stay out, with all that is in them.
    """

    folder: str
    name: str
    version: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def read(folder: str) -> Project:
    """Read a project's pyproject.toml; a folder without one is a project too.

    Raises:
        BuildError: there is no such folder, or the file says what cannot be used.
    """
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise BuildError(f"there is no folder {folder}")
    path = os.path.join(folder, "pyproject.toml")
    try:
        with open(path, "rb") as file:
            document = tomllib.load(file)
    except FileNotFoundError:
        document = {}
    except (OSError, ValueError) as error:
        raise BuildError(f"{path} cannot be read: {error}") from None
    project = _table(document.get("project", {}))
    told = _table(_table(_table(document.get("tool")).get("rocketpy")).get("build"))
    unknown = sorted(told.keys() - set(KEYS))
    if unknown:
        raise BuildError(f"{path}: [{TABLE}] has no key {unknown[0]!r}; allowed: {', '.join(KEYS)}")
    name = project.get("name")
    version = project.get("version")
    return Project(
        folder,
        name if isinstance(name, str) else os.path.basename(folder),
        version if isinstance(version, str) else "",
        *(_names(path, key, told.get(key, [])) for key in KEYS),
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(path: str, key: str, value: Any) -> tuple[str, ...]:
    """Return a list of modules' names.

    Raises:
        BuildError: it is none.
    """
    if not isinstance(value, list) or not all(map(_is_module, value)):
        raise BuildError(
            f'{path}: `{key}` in [{TABLE}] must be a list of names of modules, such as ["a.b"]'
        )
    return tuple(value)


def _is_module(value: Any) -> bool:
    parts = value.removesuffix(".*").split(".") if isinstance(value, str) else [""]
    return all(part.isidentifier() for part in parts)
