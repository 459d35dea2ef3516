"""What Python's package index says of a release that is not among the pins."""

from __future__ import annotations

import json
import os
from typing import Any

from rocketpy.packaging import download, pins
from rocketpy.packaging.errors import BuildError

INDEX = "https://pypi.org/simple/"
AS_JSON = "application/vnd.pypi.simple.v1+json"
"""The index's API for programs, see PEP 691."""


def sdist(project: str, version: str, folder: str) -> pins.File:
    """Return where a release's source is and its digest, both as the index states them.

    What the index said once is kept: a later answer cannot change what is built, and none is
    needed.

    Args:
        project: its normalised name, such as `pydantic-core`.
        version: as its wheel's metadata writes it.
        folder: where answers are kept.

    Raises:
        AbsentError: the index cannot be asked.
        BuildError: it has no such source.
    """
    name = f"{project.replace('-', '_')}-{version}.tar.gz"
    kept = os.path.join(folder, f"{name}.json")
    if not os.path.exists(kept):
        found = _ask(project, name)
        with open(f"{kept}.part", "w", encoding="utf-8") as file:
            json.dump({"url": found["url"], "sha256": found["hashes"]["sha256"]}, file)
        os.replace(f"{kept}.part", kept)
    with open(kept, encoding="utf-8") as file:
        said = json.load(file)
    return pins.File(name, (said["url"],), said["sha256"])


def _ask(project: str, name: str) -> Any:
    url = f"{INDEX}{project}/"
    answer = json.loads(download.get(url, accept=AS_JSON))
    for file in answer["files"]:
        if file["filename"] == name and "sha256" in file["hashes"]:
            return file
    raise BuildError(f"{url} has no {name} with a SHA-256")
