"""Where pip looks for packages: its environment variables and its configuration files.

They are read as https://pip.pypa.io/en/stable/topics/configuration/ describes.
"""

from __future__ import annotations

import configparser
import os
import sys
from dataclasses import dataclass

from rocketpy.packaging import BuildError

PYPI = "https://pypi.org/simple/"
SECTIONS = ("global", "install")
"""The sections of a configuration file that count; a later one overrides an earlier one."""
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


@dataclass(frozen=True)
class PipConfig:
    """The settings of pip that decide where packages come from.

    Args:
        indexes: addresses of package indexes, each with a `/` at its end; none with `no-index`.
        find_links: folders, files and addresses of pages with links to packages.
        certificates: a file or a folder of certificates to trust; empty for the system's alone.
        proxy: the address of a proxy; empty where the environment's `https_proxy` decides.
    """

    indexes: tuple[str, ...] = (PYPI,)
    find_links: tuple[str, ...] = ()
    certificates: str = ""
    proxy: str = ""


def read() -> PipConfig:
    """Return the configuration of this environment, this user and this machine.

    Raises:
        BuildError: a file cannot be parsed, or `no-index` is neither true nor false.
    """
    values: dict[str, str] = {}
    for section in SECTIONS:
        for path in _files():
            values.update(_section(path, section))
    for name, value in os.environ.items():
        # As in pip, an empty variable counts as one that is not set.
        if name.startswith("PIP_") and value:
            values[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    indexes = [values.get("index-url", PYPI), *values.get("extra-index-url", "").split()]
    return PipConfig(
        indexes=() if _no_index(values) else tuple(f"{url.rstrip('/')}/" for url in indexes),
        find_links=tuple(values.get("find-links", "").split()),
        certificates=os.path.expanduser(values.get("cert", "")),
        proxy=values.get("proxy", ""),
    )


def _files() -> list[str]:
    """Return the paths of pip's configuration files, the one that overrides all others last."""
    named = os.environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    home = os.path.expanduser("~")
    machine = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    user = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    paths = [os.path.join(folder, "pip", "pip.conf") for folder in machine.split(os.pathsep)]
    paths.append("/etc/pip.conf")
    if not os.path.exists(named):
        paths.append(os.path.join(home, ".pip", "pip.conf"))
        paths.append(os.path.join(user, "pip", "pip.conf"))
    return [*paths, os.path.join(sys.prefix, "pip.conf"), *([named] if named else [])]


def _section(path: str, section: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BuildError(f"pip's configuration cannot be read: {error}") from None
    if not parser.has_section(section):
        return {}
    return {name.replace("_", "-"): value for name, value in parser.items(section) if value}


def _no_index(values: dict[str, str]) -> bool:
    value = values.get("no-index", "false").lower()
    if value not in _TRUE | _FALSE:
        raise BuildError(f"pip's setting `no-index` is {value!r}; it must be true or false")
    return value in _TRUE
