"""A project's image from scratch: the executable, its Rocket.toml, its profiles, nothing else."""

from __future__ import annotations

import datetime
import glob
import os
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy._version import __version__
from rocketpy.config.secrets import Secrets
from rocketpy.config.sources import FILE, OVERLAYS
from rocketpy.packaging import BuildError
from rocketpy.packaging.image import added_files
from rocketpy.packaging.image.archive import READ, RUN, archive, layer
from rocketpy.packaging.project import read
from rocketpy.packaging.steps.programs import output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rocketpy.packaging.project import Project

USER = "65532:65532"
"""A user without rights. A number needs no /etc/passwd, and clusters see that it is not root."""
SECOND = 1_000_000_000
"""Docker counts in nanoseconds."""
HEALTH = {
    "Test": ["CMD", "/app", "health"],
    "Interval": 10 * SECOND,
    "Timeout": 5 * SECOND,
    "StartPeriod": 5 * SECOND,
    "Retries": 3,
}
"""The timeout exceeds the 3 seconds after which `health` gives up, so that its message is kept."""
DEFAULT_PORT = 8000
"""The port where no source sets one (Rocket's default)."""
SOURCES = (".py", ".toml")
"""Endings of the files whose time counts if there is no repository."""
OCI = "org.opencontainers.image."
_NAME = re.compile(
    r"(?:[a-z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][\w.-]{0,127})?"
)


@dataclass(frozen=True)
class Image:
    """An image.

    Args:
        archive: what `docker load` and `podman load` take.
        id: its digest, by which engines know it.
        names: its names.
        size: bytes of the files in it.
        warnings: what is probably wrong with it, a sentence each.
    """

    archive: bytes
    id: str
    names: tuple[str, ...]
    size: int
    warnings: tuple[str, ...]


def image(
    executable: str,
    project: str,
    *,
    names: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    add: Sequence[str] = (),
) -> Image:
    """Make the image of a project.

    Args:
        executable: the static executable's path.
        project: the project's folder.
        names: its names; the project's name and version if there is none.
        labels: further labels, which override those of pyproject.toml.
        add: further files and folders, each as `FILE` or `FILE:PATH`.

    Raises:
        BuildError: a name is invalid, or a file of the configuration cannot be read.
    """
    described = read(project)
    names = tuple(map(_checked, names or (default_name(described),)))
    files = _configuration(described.folder)
    with open(executable, "rb") as file:
        program = file.read()
    added = added_files.read(described.folder, tuple(add))
    # The configuration has a layer of its own: if it changes, the program is not pulled again.
    layers = [layer({"app": (program, RUN)})]
    if added.files:
        layers.append(layer(added.files))
    if files:
        layers.append(layer({name: (data, READ) for name, data in files.items()}))
    config = {
        "Entrypoint": ["/app"],
        "User": USER,
        "WorkingDir": "/",
        "ExposedPorts": {f"{_port(files)}/tcp": {}},
        "StopSignal": "SIGTERM",
        "Healthcheck": HEALTH,
        "Labels": _labels(described) | dict(labels or {}),
    }
    data, identity = archive(layers, config, names=names, created=_created(described.folder))
    size = len(program) + sum(map(len, files.values()))
    size += sum(len(content) for content, _ in added.files.values())
    return Image(data, identity, names, size, (*_warnings(files), *added.warnings))


def default_name(project: Project) -> str:
    """Return the name of a project's image if none is given: `name:version`."""
    name = re.sub(r"[^a-z0-9]+", "-", project.name.lower()).strip("-") or "app"
    version = re.sub(r"[^\w.-]", "-", project.version) or "latest"
    return f"{name}:{version}"


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise BuildError(
            f"`{name}` is no valid name of an image: write it in lower case, such as "
            f"hello:1.0 or registry.example/team/hello:1.0"
        )
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _configuration(folder: str) -> dict[str, bytes]:
    """Return the files of the configuration by their paths in the image.

    Raises:
        BuildError: one cannot be read, or is not TOML.
    """
    found = {}
    overlays = sorted(glob.glob(os.path.join(glob.escape(folder), OVERLAYS, "*.toml")))
    for path in (os.path.join(folder, FILE), *overlays):
        try:
            with open(path, "rb") as file:
                data = file.read()
            tomllib.loads(data.decode())
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise BuildError(f"{path} cannot be used: {error}") from None
        found[os.path.relpath(path, folder)] = data
    return found


def _labels(project: Project) -> dict[str, str]:
    found = {"title": project.name, "version": project.version}
    try:
        with open(os.path.join(project.folder, "pyproject.toml"), "rb") as file:
            document = tomllib.load(file).get("project", {})
    except FileNotFoundError:
        document = {}
    for label, key in (("description", "description"), ("licenses", "license")):
        found[label] = document[key] if isinstance(document.get(key), str) else ""
    for name, url in sorted(document.get("urls", {}).items()):
        if name.lower() in {"source", "repository", "homepage", "documentation"}:
            label = {"homepage": "url", "repository": "source"}.get(name.lower(), name.lower())
            found.setdefault(label, url)
    return {f"{OCI}{key}": text for key, text in found.items() if text} | {
        "rocketpy": f"rocketpy {__version__}"
    }


def _created(folder: str) -> str:
    """Return the image's time: that of SOURCE_DATE_EPOCH, of the last commit, or of the sources.

    The time of the build would make two builds of the same content two images.

    Raises:
        BuildError: SOURCE_DATE_EPOCH is no number of seconds.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH") or _last_commit(folder)
    if not text:
        sources = (f"{folder}/{name}" for name in os.listdir(folder) if name.endswith(SOURCES))
        text = str(int(max(map(os.path.getmtime, sources), default=0)))
    try:
        moment = datetime.datetime.fromtimestamp(int(text), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise BuildError(
            f"SOURCE_DATE_EPOCH is {text!r}: it must be a number of seconds since 1970"
        ) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _last_commit(folder: str) -> str:
    """Return the time of a repository's last commit in seconds; empty if there is none."""
    try:
        return output(["git", "-C", folder, "log", "-1", "--format=%ct"])
    except BuildError:
        return ""


def _port(files: Mapping[str, bytes]) -> int:
    """Return the port of the profile `release`, as far as the files of the configuration say it."""
    tables: list[Any] = []
    main = tomllib.loads(files[FILE].decode()) if FILE in files else {}
    for profile in ("default", "release", "global"):
        tables.append(main.get(profile))
        overlay = files.get(os.path.join(OVERLAYS, f"{profile}.toml"))
        tables.append(tomllib.loads(overlay.decode()) if overlay else None)
    ports = [table.get("port") for table in tables if isinstance(table, dict)]
    return next((port for port in reversed(ports) if type(port) is int), DEFAULT_PORT)


def _warnings(files: Mapping[str, bytes]) -> Iterator[str]:
    tables = {name: tomllib.loads(data.decode()) for name, data in files.items()}
    addresses = {
        table.get("address")
        for name, document in tables.items()
        for table in (document.values() if name == FILE else (document,))
        if isinstance(table, dict)
    }
    if not addresses - {None, "127.0.0.1", "::1", "localhost"}:
        yield (
            "the service listens on 127.0.0.1 alone, so nothing outside of its container can "
            f'connect: set address = "0.0.0.0" in {FILE}, or run with -e ROCKET_ADDRESS=0.0.0.0'
        )
    secrets = Secrets()
    for name, document in tables.items():
        for path in _paths(document, ()):
            if secrets.is_secret(path if name != FILE else path[1:]):
                yield (
                    f"{name} contains the secret `{'.'.join(path)}`, which everybody who has the "
                    f"image can read: use an environment variable or a mounted file"
                )


def _paths(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
        else:
            yield (*above, key)
