"""The cache: a folder for each result, named after the content of what it was made from."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rocketpy.packaging.steps.progress import Progress

DIGEST = 20
"""Hexadecimal digits of a key in a folder's name: 80 bits, no two of a machine's builds meet."""


def default_root() -> str:
    """Return the cache folder: ROCKETPY_CACHE_DIR, else rocketpy/ in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("ROCKETPY_CACHE_DIR") or os.path.join(home, "rocketpy")


def digest(*inputs: Any) -> str:
    """Return a key for these inputs: anything that JSON can hold."""
    text = json.dumps(inputs, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST]


def file_digest(path: str) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digest(folder: str) -> str:
    """Return one digest for all files below a folder, their names included."""
    files = sorted(
        os.path.join(at, name)
        for at, folders, names in os.walk(folder)
        for name in names
        if "__pycache__" not in at
    )
    return digest([(os.path.relpath(file, folder), file_digest(file)) for file in files])


class Cache:
    """Results of steps on disk.

    Args:
        root: the folder; made when it is first needed.
        progress: where steps are told.
    """

    def __init__(self, root: str, progress: Progress) -> None:
        self.root: str = os.path.abspath(root)
        self.progress = progress

    def result(self, step: str, inputs: Any, make: Callable[[str], None], *, note: str = "") -> str:
        """Return the folder with a step's result, made now if it is not there yet.

        Args:
            step: the step's name as people read it.
            inputs: all that the result depends on.
            make: fills an empty folder, whose path it is given. The folder is moved when it is
                done, so what it holds must not know its own path.
            note: shown after the step's name.
        """
        slug = step.lower().replace(" ", "-")
        target = os.path.join(self.root, slug, digest(step, inputs))
        if os.path.isdir(target):
            self.progress.cached(step, note)
            return target
        with self.lock(f"{slug}-{os.path.basename(target)}"):
            if os.path.isdir(target):
                self.progress.cached(step, note)
                return target
            unfinished = f"{target}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            os.makedirs(unfinished)
            with self.progress.step(step, note):
                make(unfinished)
            os.rename(unfinished, target)
        return target

    def work(self, name: str) -> str:
        """Return a folder that is kept between builds and whose content may change."""
        folder = os.path.join(self.root, "work", name)
        os.makedirs(folder, exist_ok=True)
        return folder

    def log(self, name: str) -> str:
        """Return the file for the output of the programs that a step runs."""
        folder = os.path.join(self.root, "logs")
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"{name}.log")

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Keep other builds out of a step while this one is in it.

        The lock ends with the process, however it ends.
        """
        folder = os.path.join(self.root, "locks")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress.say(f"waiting for another build ({name})")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
