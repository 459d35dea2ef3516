"""A project's image from scratch: the executable, its Rocket.toml, its profiles, nothing else."""

from __future__ import annotations

import datetime
import glob
import os
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy.config.secrets import Secrets
from rocketpy.config.sources import FILE, OVERLAYS
from rocketpy.packaging import BuildError
from rocketpy.packaging.image import archive as image_archive
from rocketpy.packaging.project import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rocketpy.packaging.project import Project

USER = "65532:65532"
"""Nobody in particular: a number needs no /etc/passwd, and clusters can see that it is not root."""
SECOND = 1_000_000_000
"""Docker counts in nanoseconds."""
HEALTH = {
    "Test": ["CMD", "/app", "health"],
    "Interval": 30 * SECOND,
    "Timeout": 5 * SECOND,
    "StartPeriod": 5 * SECOND,
    "Retries": 3,
}
"""Longer than the 3 seconds that `health` gives the service, so that its own words are recorded."""
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
        names: what it is called.
        size: bytes of the files in it.
        warnings: what will likely go wrong with it, a sentence each.
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
) -> Image:
    """Make the image of a project.

    Args:
        executable: the static executable's path.
        project: the project's folder.
        names: what to call it; the project's name and its version where there is none.
        labels: labels of the caller's own, over those that the project gives.

    Raises:
        BuildError: a name cannot be one, or a file of the configuration cannot be read.
    """
    told = read(project)
    names = tuple(map(_checked, names or (default_name(told),)))
    files = _configuration(told.folder)
    with open(executable, "rb") as file:
        program = file.read()
    # The configuration has a layer of its own: with it changed, the program is not pulled anew.
    layers = [image_archive.layer({"app": (program, image_archive.RUN)})]
    if files:
        entries = {name: (data, image_archive.READ) for name, data in files.items()}
        layers.append(image_archive.layer(entries))
    config = {
        "Entrypoint": ["/app"],
        "User": USER,
        "WorkingDir": "/",
        "StopSignal": "SIGTERM",
        "Healthcheck": HEALTH,
        "Labels": _labels(told) | dict(labels or {}),
    }
    data, identity = image_archive.archive(layers, config, names=names, created=_created())
    size = len(program) + sum(map(len, files.values()))
    return Image(data, identity, names, size, tuple(_warnings(files)))


def default_name(project: Project) -> str:
    """Return what the image of a project is called where nobody says: `name:version`."""
    name = re.sub(r"[^a-z0-9]+", "-", project.name.lower()).strip("-") or "app"
    version = re.sub(r"[^\w.-]", "-", project.version) or "latest"
    return f"{name}:{version}"


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise BuildError(
            f"`{name}` cannot be an image's name: write it in lower case, such as "
            f"hello:1.0 or registry.example/team/hello:1.0"
        )
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _configuration(folder: str) -> dict[str, bytes]:
    """Return the files of the configuration by their paths in the image.

    Raises:
        BuildError: one cannot be read, or is no TOML.
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
    from rocketpy.packaging.executable import BUILDER

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
    return {f"{OCI}{key}": text for key, text in found.items() if text} | {"rocketpy": BUILDER}


def _created() -> str:
    """Return the time that SOURCE_DATE_EPOCH gives, else the first of times.

    The hour of the build would make two builds of the same content two images.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH") or "0"
    try:
        moment = datetime.datetime.fromtimestamp(int(text), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise BuildError(
            f"SOURCE_DATE_EPOCH is {text!r}: it must be a number of seconds since 1970"
        ) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


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
            "the service listens on 127.0.0.1 alone, where nothing outside of its container "
            f'reaches it: say address = "0.0.0.0" in {FILE}, or run with -e ROCKET_ADDRESS=0.0.0.0'
        )
    secrets = Secrets()
    for name, document in tables.items():
        for path in _paths(document, ()):
            if secrets.is_secret(path if name != FILE else path[1:]):
                yield (
                    f"{name} holds the secret `{'.'.join(path)}`, which everybody who has the "
                    f"image can read: give it by an environment variable or a mounted file"
                )


def _paths(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
        else:
            yield (*above, key)
