"""Values from TOML files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata, Source, flat, with_profile
from rocketpy.figment.profile import DEFAULT, Profile
from rocketpy.figment.toml.reader import Datetime, TomlError, read_profiles, read_toml
from rocketpy.figment.value import DATETIME_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping


class Toml:
    r"""A provider of a TOML file, or of a text.

    Without more it provides for the profile `default`. `nested()` makes every top-level key a
    profile, as Rocket reads `Rocket.toml`; `for_profile()` makes it speak for one.

    >>> dict(Toml.string("[debug]\nport = 80").nested().data())
    {Profile('debug'): {'port': 80}}
    """

    def __init__(
        self, path: str | None, text: str | None = None, profile: Profile | None = DEFAULT
    ) -> None:
        self.path = path
        self._text = text
        self._profile = profile

    @classmethod
    def file(cls, path: str) -> Toml:
        """Take the file of this path; a relative one is sought in the working directory and up.

        The search passes over what is no regular file. Where it finds none, the provider has
        nothing to say.
        """
        return cls(search(path))

    @classmethod
    def string(cls, text: str) -> Toml:
        """Take a text."""
        return cls(None, text)

    def nested(self) -> Toml:
        """Read every top-level key as a profile."""
        return Toml(self.path, self._text, None)

    def for_profile(self, profile: str | Profile) -> Toml:
        """Provide the whole file for one profile."""
        return Toml(self.path, self._text, Profile(profile))

    def metadata(self) -> Metadata:
        """Describe the file."""
        spell = with_profile if self._profile in {None, DEFAULT} else flat
        if self._text is not None:
            return Metadata("TOML source string", interpolate=spell)
        source = Source("file", self.path) if self.path else None
        return Metadata("TOML file", source, spell)

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return what the file says.

        Raises:
            Error: the file cannot be read, or is not what it should be.
        """
        text = self._text
        if text is None:
            if self.path is None:
                return {}
            text = read_text(self.path)
        try:
            if self._profile is not None:
                return {self._profile: _figured(read_toml(text))}
            # Tables whose names differ in case are one profile: the later one counts, under the
            # first spelling. That is what a dict makes of equal keys.
            return {Profile(name): _figured(table) for name, table in read_profiles(text).items()}
        except TomlError as error:
            raise Error(str(error), position=(error.line, error.column)) from None

    def selected(self) -> Profile | None:
        """Return None: a file selects nothing."""
        return None


def search(path: str) -> str | None:
    """Return the path of the nearest file so named, from the working directory upwards."""
    if os.path.isabs(path):
        return path if os.path.isfile(path) else None
    try:
        folder = os.getcwd()
    except FileNotFoundError:  # the working directory has been removed
        return None
    while True:
        candidate = os.path.join(folder, path)
        if path and os.path.isfile(candidate):
            return candidate
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)


def read_text(path: str) -> str:
    """Return a file's text.

    Raises:
        Error: it cannot be read, or is not UTF-8.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Error(
            f"{error.strerror} (os error {error.errno})\n",
            help=f"the file must be readable for user id {os.geteuid()}",
        ) from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Error(
            "stream did not contain valid UTF-8\n",
            position=(line, 1),
            help=f"line {line} holds the byte 0x{data[error.start]:02x}: save the file as UTF-8",
        ) from None


def _figured(data: Any) -> Any:
    """Put a dictionary in place of every datetime, as figment has it."""
    if isinstance(data, dict):
        return {key: _figured(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_figured(value) for value in data]
    return {DATETIME_KEY: data.text} if isinstance(data, Datetime) else data
