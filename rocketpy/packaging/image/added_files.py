"""Files that `--add` puts into an image beside the executable and its configuration."""

from __future__ import annotations

import os
from typing import NamedTuple

from rocketpy.packaging import BuildError
from rocketpy.packaging.image.archive import READ, RUN
from rocketpy.packaging.secret_files import suspicion


class Added(NamedTuple):
    """Files for an image.

    Args:
        files: of each path in the image, without the leading `/`, the content and the mode.
        warnings: what is left out or doubtful, a sentence each.
    """

    files: dict[str, tuple[bytes, int]]
    warnings: list[str]


def read(project: str, words: tuple[str, ...]) -> Added:
    """Read the files and folders of `FILE[:PATH]`.

    A path in the image is absolute. Without one, a file keeps its path in the project, and a file
    from elsewhere its name. From a folder, files that may hold secrets are left out; a file that is
    named itself is added, with a warning.

    Args:
        project: the project's folder, which relative paths are relative to.
        words: the arguments.

    Raises:
        BuildError: a file cannot be read, or a path is not one in an image.
    """
    added = Added({}, [])
    for word in words:
        file, colon, path = word.partition(":")
        source = os.path.join(project, file)
        if colon and (not path.startswith("/") or ".." in path.split("/")):
            raise BuildError(f"--add {word}: the path in the image must be absolute, such as /data")
        if not colon:
            relative = os.path.relpath(source, project)
            path = os.path.basename(source) if relative.startswith("..") else relative
        target = path.strip("/") or os.path.basename(source.rstrip("/"))
        try:
            _add(source, target, added, named=True)
        except OSError as error:
            raise BuildError(f"--add {word}: {error.strerror}: {error.filename}") from None
    return added


def _add(source: str, target: str, added: Added, *, named: bool) -> None:
    if os.path.isdir(source):
        for name in sorted(os.listdir(source)):
            _add(os.path.join(source, name), f"{target}/{name}", added, named=False)
        return
    with open(source, "rb") as file:
        content = file.read()
    reason = suspicion(os.path.basename(source), content)
    if reason and not named:
        added.warnings.append(
            f"{source} is left out of the image, since {reason}: to add it, name it with --add"
        )
        return
    if reason:
        added.warnings.append(
            f"{source} is in the image, which everybody who has it can read, and {reason}"
        )
    if target in {"app", "Rocket.toml"}:
        raise BuildError(f"--add: /{target} is the image's own")
    added.files[target] = (content, RUN if os.access(source, os.X_OK) else READ)
