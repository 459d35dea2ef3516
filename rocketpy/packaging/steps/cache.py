"""The cache: a folder for each result, whose name is a digest of all that the result depends on."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rocketpy.packaging import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rocketpy.packaging.steps.progress import Progress

DIGEST = 20
"""Hexadecimal digits of a key in a folder's name: 80 bits, too many for a collision."""


def default_root() -> str:
    """Return the cache folder: ROCKETPY_CACHE_DIR, else rocketpy/ in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("ROCKETPY_CACHE_DIR") or os.path.join(home, "rocketpy")


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the errors of a disk into a BuildError with the path and the remedy.

    Raises:
        BuildError: the disk is full, or a folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            remedy = "free some space, or set ROCKETPY_CACHE_DIR to a folder on another disk"
        elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}:
            remedy = "set ROCKETPY_CACHE_DIR or --output to a folder that you may write"
        else:
            raise
        raise BuildError(f"{where}{error.strerror}\nhelp: {remedy}") from error


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
    """The results of steps, on disk.

    Args:
        root: the folder; it is made when it is first needed.
        progress: where steps are reported.
    """

    def __init__(self, root: str, progress: Progress) -> None:
        self.root: str = os.path.abspath(root)
        self.progress = progress

    def result(self, step: str, inputs: Any, make: Callable[[str], None], *, note: str = "") -> str:
        """Return the folder with a step's result, made now if it does not exist.

        Args:
            step: the step's name, as it is shown.
            inputs: all that the result depends on.
            make: fills an empty folder, whose path is its argument. The folder is renamed
                afterwards, so its content must not depend on its path.
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
            try:
                with self.progress.step(step, note):
                    make(unfinished)
                os.rename(unfinished, target)
            except BaseException:
                # A full disk or an interrupt: gigabytes of objects would stay.
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        return target

    def work(self, name: str) -> str:
        """Return a folder that is kept between builds and whose content may change."""
        folder = os.path.join(self.root, "work", name)
        os.makedirs(folder, exist_ok=True)
        return folder

    def log(self, name: str) -> str:
        """Return the path of the log of the programs that a step runs."""
        folder = os.path.join(self.root, "logs")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{name}.log")
        self.progress.follow(path)
        return path

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock, so that no other build does the same step at the same time.

        The kernel releases the lock when the process ends.
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
