"""Paths in a configuration file: relative to the folder that the file is in."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import string
from rocketpy.figment.error import Error
from rocketpy.figment.value import Value

LEAKED = "___figment_relative_path"
"""What figment's own errors show at the end of such a key's path."""


class RelativePath(NamedTuple):
    """A path as it was written, and as it is meant.

    Attributes:
        original: the text of the configuration.
        resolved: the same, beneath the folder of the file that it stands in. It is joined by text
            alone: `./x` and `../x` stay as they are. From elsewhere a relative path stays relative.
    """

    original: str
    resolved: str

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
        return schema_of(cls, decode, str)

    def __fspath__(self) -> str:
        return self.resolved

    def __str__(self) -> str:
        return self.resolved


def describe(path: RelativePath) -> dict[str, str]:
    """Return a path as `config dump` prints it."""
    return path._asdict()


def decode(value: Value) -> RelativePath:
    """Read a path.

    Raises:
        Error: the value is no text.
    """
    try:
        text = string(value, "path string", help='write a path in quotes: "/var/tmp"')
    except Error as error:
        raise error.within(LEAKED) from None
    return resolve(text, value)


def resolve(text: str, value: Value) -> RelativePath:
    """Resolve a path against the file that a value came from."""
    source = value.tag.metadata.source if value.tag else None
    if source is None or source.kind != "file" or os.path.isabs(text):
        return RelativePath(text, text)
    return RelativePath(text, os.path.join(_folder(source.full), text))


def _folder(file: str) -> str:
    """Return a file's folder as Rust's `Path::parent` does, without a `.` at its end."""
    folder = os.path.dirname(file)
    while folder.endswith("/."):
        folder = folder[:-2].rstrip("/") or "/"
    return folder
