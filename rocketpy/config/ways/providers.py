"""The providers of what variables say beyond Rocket: `__`, `_FILE` and a folder of secrets.

A value from a file is weaker than a variable that gives the key itself, and stronger than
`Rocket.toml`. What is read is read once, when the layers are made; what cannot be read is the
figment's error.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from rocketpy.config.ways.variables import VARIABLES, Variable, Way, is_read, sort_variables
from rocketpy.figment.error import Error
from rocketpy.figment.loose import parse
from rocketpy.figment.metadata import Metadata, Source, flat
from rocketpy.figment.profile import GLOBAL, lower, upper
from rocketpy.figment.providers.env import Env
from rocketpy.figment.providers.serialized import nest
from rocketpy.figment.value import Value, born

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rocketpy.config.shape import Shape
    from rocketpy.figment.profile import Profile
    from rocketpy.figment.provider import Provider

LARGEST = 1024 * 1024
"""Bytes of a file with a value; Kubernetes and Docker hold secrets of at most this."""
_TEXTS = frozenset({"str", "SecretStr", "bytes", "SecretBytes"})
_PEM = b"-----BEGIN "
_PEM_PATHS = frozenset({("tls", "certs"), ("tls", "key"), ("tls", "mutual", "ca_certs")})


def ways_in(shape: Shape, variables: Env) -> Iterator[Provider]:
    """Yield the providers of all variables, the weakest first; Rocket's own is the last.

    Args:
        shape: the keys that are read.
        variables: provides what Rocket reads.
    """
    found = sort_variables(shape)
    for variable in found:
        if variable.way is Way.FOLDER:
            yield from folder_of_secrets(shape, variable)
    for variable in found:
        if variable.way is Way.FILE:
            yield FileValue(variable.text, variable.path, shape, variable.name)
    nested = {variable.key: variable for variable in found if variable.way is Way.NESTED}
    if nested:
        yield NestedVariables(list(nested.values()))
    used = {
        variable.key
        for variable in found
        if variable.way in {Way.NESTED, Way.FILE, Way.FOLDER, Way.PASSED_OVER}
    }
    yield variables.filter(lambda key: lower(key) not in used).lowercase(on=False)


class NestedVariables:
    """The provider of variables in which two underscores nest."""

    def __init__(self, variables: Sequence[Variable]) -> None:
        self._variables = variables

    def metadata(self) -> Metadata:
        """Describe the variables."""
        return Metadata(VARIABLES, interpolate=_with_underscores)

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return what the variables say."""
        from rocketpy.figment.coalesce import Order, coalesce_dicts

        united: dict[str, Value] = {}
        for variable in self._variables:
            value = born(nest(".".join(variable.path), parse(variable.text)), None)
            united = coalesce_dicts(united, value.data, Order.MERGE)
        return {GLOBAL: united}

    def selected(self) -> Profile | None:
        """Return None: variables select nothing by themselves."""
        return None


def _with_underscores(_profile: Profile, path: Sequence[str]) -> str:
    return "__".join(map(upper, path))


class FileValue:
    """The provider of one value, which a file holds.

    White space at the end of the file's last line, and the end of the line, are no part of it. A
    key that takes a text has the rest as it is; for any other it is read as a variable's value.

    Args:
        file: the file.
        path: the key.
        shape: the keys that are read.
        named_by: what names the file, for errors and provenance: `ROCKET_SECRET_KEY_FILE`.
    """

    def __init__(self, file: str, path: tuple[str, ...], shape: Shape, named_by: str) -> None:
        self._file = file
        self._path = path
        self._shape = shape
        self._named_by = named_by

    def metadata(self) -> Metadata:
        """Describe the file."""
        source = Source("file", os.path.abspath(self._file)) if self._file else None
        return Metadata(f"file of {self._named_by}", source, flat)

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return the value, for the profile `global`.

        Raises:
            Error: the file cannot be read, is empty, too large, or not UTF-8.
        """
        try:
            data = self._read()
        except OSError as error:
            raise Error(f"{error.strerror} (os error {error.errno})", help=self._help()) from None
        value: Any
        if self._path in _PEM_PATHS and data.lstrip().startswith(_PEM):
            value = data  # these keys take a path, or the bytes themselves
        else:
            try:
                text = data.decode().rstrip("\r\n")
            except UnicodeDecodeError:
                raise Error("the file does not contain valid UTF-8", help=self._help()) from None
            if not text:
                raise Error("the file is empty", help=self._help())
            value = text if self._takes_text() else parse(text)
        for key in reversed(self._path):
            value = {key: value}
        return {GLOBAL: value}

    def selected(self) -> Profile | None:
        """Return None: a file selects nothing."""
        return None

    def _read(self) -> bytes:
        if not self._file:
            raise Error(f"{self._named_by} is empty", help="name a file, or unset it")
        with open(self._file, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise OSError(errno.EFBIG, "the file is larger than 1 MiB")
        return data

    def _help(self) -> str:
        return (
            f"{self._named_by} must name a file that holds the value of "
            f"`{'.'.join(self._path)}` and that user id {os.geteuid()} can read"
        )

    def _takes_text(self) -> bool:
        *_, last = self._shape.along(self._path)
        names = {getattr(kind, "__name__", "") for kind in last.kinds}
        return bool(names & _TEXTS)


def folder_of_secrets(shape: Shape, variable: Variable) -> Iterator[Provider]:
    """Yield the providers of the files in a folder that are named as keys are.

    Case does not count, two underscores and dots nest, and `rocket_` may stand before the name, as
    in a folder that several services share. Files of other names are not opened.

    Args:
        shape: the keys that are read.
        variable: names the folder.
    """
    try:
        files = secret_files(variable.text)
    except OSError as error:
        yield UnreadableFolder(variable, error)
        return
    for name, file in files:
        path = key_of_file(shape, name)
        if path is not None:
            yield FileValue(file, path, shape, variable.name)


def secret_files(folder: str) -> list[tuple[str, str]]:
    """Return the names and the paths of the files in a folder of secrets, sorted.

    Names that begin with a dot are Kubernetes's own (`..data`), and folders hold no value.

    Raises:
        OSError: the folder cannot be read.
    """
    if not folder:
        raise OSError(errno.ENOENT, "it is empty")
    found = []
    for name in sorted(os.listdir(folder)):
        file = os.path.join(folder, name)
        if not name.startswith(".") and not os.path.isdir(file):
            found.append((name, file))
    return found


def key_of_file(shape: Shape, name: str) -> tuple[str, ...] | None:
    """Return the key that a file in a folder of secrets is named for, or None."""
    lowered = lower(name)
    for plain in (lowered, lowered.removeprefix("rocket_")):
        parts = plain.replace("__", ".").split(".")
        for spelled in (shape.spelled([plain]), shape.spelled(parts)):
            if is_read(shape, spelled):
                return spelled
    return None


class UnreadableFolder:
    """The provider of a folder of secrets that cannot be read: it has an error and no values."""

    def __init__(self, variable: Variable, error: OSError) -> None:
        self._variable = variable
        self._error = error

    def metadata(self) -> Metadata:
        """Describe the folder."""
        text = self._variable.text
        source = Source("file", os.path.abspath(text)) if text else None
        return Metadata(f"folder of {self._variable.name}", source, flat)

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Raise what reading the folder ended with.

        Raises:
            Error: always.
        """
        raise Error(
            f"{self._error.strerror} (os error {self._error.errno})",
            help=f"{self._variable.name} must name a folder that user id {os.geteuid()} can read",
        )

    def selected(self) -> Profile | None:
        """Return None: it selects nothing."""
        return None
