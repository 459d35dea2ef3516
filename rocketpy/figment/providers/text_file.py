"""What the providers of files have in common: the search, the reading, the profiles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata, Source, flat, with_profile
from rocketpy.figment.profile import DEFAULT, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


class TextFile:
    """A provider of a file of some format, or of a text.

    Without more it provides for the profile `default`. `nested()` makes every top-level key a
    profile, as Rocket reads `Rocket.toml`; `for_profile()` gives it one profile.

    A format derives from it, names itself in `FORMAT`, and writes `read` and, where it knows
    where keys stand, `spans`.

    Attributes:
        path: the file, or None where there is none.
    """

    FORMAT: ClassVar[str]
    """The format's name in errors and provenance."""
    spans: ClassVar[Any] = None
    """Finds the places of keys and values in a text of the format: see `Metadata.spans`."""

    def __init__(
        self, path: str | None, text: str | None = None, profile: Profile | None = DEFAULT
    ) -> None:
        self.path = path
        self._text = text
        self._profile = profile

    @classmethod
    def file(cls, path: str) -> Self:
        """Take the file of this path; a relative one is sought in the working directory and up.

        The search passes over what is no regular file. Where it finds none, the provider has
        nothing to say.
        """
        return cls(search(path))

    @classmethod
    def string(cls, text: str) -> Self:
        """Take a text."""
        return cls(None, text)

    def nested(self) -> Self:
        """Read every top-level key as a profile."""
        return type(self)(self.path, self._text, None)

    def for_profile(self, profile: str | Profile) -> Self:
        """Provide the whole file for one profile."""
        return type(self)(self.path, self._text, Profile(profile))

    def metadata(self) -> Metadata:
        """Describe the file."""
        spell = with_profile if self._profile in {None, DEFAULT} else flat
        if self._text is not None:
            return Metadata(f"{self.FORMAT} source string", interpolate=spell)
        source = Source("file", self.path) if self.path else None
        return Metadata(f"{self.FORMAT} file", source, spell, type(self).spans)

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
        if self._profile is not None:
            return {self._profile: self.read(text, profiles=False)}
        # Tables whose names differ in case are one profile: the later one counts, under the
        # first spelling. That is what a dict makes of equal keys.
        return {Profile(name): table for name, table in self.read(text, profiles=True).items()}

    def read(self, text: str, *, profiles: bool) -> dict[str, Any]:
        """Return a text's table.

        Args:
            text: the text.
            profiles: whether each of its top-level values must be a table.

        Raises:
            Error: the text is not of the format, or not of that shape.
        """
        raise NotImplementedError

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


def syntax_error(
    name: str,
    text: str,
    position: tuple[int, int],
    reason: str,
    help: str = "",
) -> Error:
    """Make the error of a text that is not of its format, in the form that TOML's have.

    Args:
        name: the format.
        text: the whole text.
        position: line and column, from 1.
        reason: what is wrong there.
        help: what to do about it.
    """
    line, column = position
    lines = text.split("\n")
    content = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    margin = " " * len(str(line))
    lead = "".join(char if char == "\t" else " " for char in content[: column - 1])
    told = (
        f"{name} parse error at line {line}, column {column}\n"
        f"{margin} |\n{line} | {content}\n{margin} | {lead}^\n{reason}\n"
    )
    # Where a statement begins is not known: all text above may belong to it.
    statement = "\n".join([*lines[: line - 1], content])
    return Error(told, position=position, help=help, statement=statement)


def table_of(data: Any, *, profiles: bool) -> dict[str, Any]:
    """Return a document, which must be a table, and a table of tables if these are profiles.

    Raises:
        Error: it is not.
    """
    if not isinstance(data, dict):
        raise Error(
            f"invalid type: {_described(data)}, expected a map", help="write keys and values"
        )
    if profiles:
        for key, value in data.items():
            if not isinstance(value, dict):
                raise Error(
                    f"invalid type: {_described(value)}, expected a map for the profile `{key}`",
                    help=f"every key at the top is a profile: put `{key}` under `default`",
                )
    return data


def _described(data: Any) -> str:
    names = {
        str: "string", bool: "boolean", int: "integer", float: "floating point", list: "sequence",
    }  # fmt: skip
    return names.get(type(data), "unit" if data is None else type(data).__name__)
