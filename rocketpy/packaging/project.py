"""The project: its folder, its name, and the settings of its build in pyproject.toml."""

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
        name: its name in pyproject.toml, or its folder's.
        version: its version; empty if pyproject.toml has none.
        include: modules to include though no import names them; `package.*` for all of a package.
        exclude: modules not to include, with all that is in them.
    """

    folder: str
    name: str
    version: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def read(folder: str) -> Project:
    """Read a project's pyproject.toml, if it has one.

    Raises:
        BuildError: there is no such folder, or the file cannot be read or has a wrong value.
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
    settings = _table(_table(_table(document.get("tool")).get("rocketpy")).get("build"))
    unknown = sorted(settings.keys() - set(KEYS))
    if unknown:
        raise BuildError(f"{path}: [{TABLE}] has no key {unknown[0]!r}; allowed: {', '.join(KEYS)}")
    name = project.get("name")
    version = project.get("version")
    return Project(
        folder,
        name if isinstance(name, str) else os.path.basename(folder),
        version if isinstance(version, str) else "",
        *(_names(path, key, settings.get(key, [])) for key in KEYS),
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(path: str, key: str, value: Any) -> tuple[str, ...]:
    """Return a list of modules' names.

    Raises:
        BuildError: the value is no such list.
    """
    if not isinstance(value, list) or not all(map(_is_module, value)):
        raise BuildError(
            f'{path}: `{key}` in [{TABLE}] must be a list of module names, such as ["a.b"]'
        )
    return tuple(value)


def _is_module(value: Any) -> bool:
    parts = value.removesuffix(".*").split(".") if isinstance(value, str) else [""]
    return all(part.isidentifier() for part in parts)
