"""Values from TOML files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rocketpy.figment.error import Error
from rocketpy.figment.providers.text_file import TextFile
from rocketpy.figment.toml.reader import Datetime, TomlError, read_profiles, read_toml
from rocketpy.figment.value import DATETIME_KEY

if TYPE_CHECKING:
    from rocketpy.figment.toml.positions import Spans


def _spans(text: str) -> Spans:
    from rocketpy.figment.toml.positions import Spans

    return Spans(text)


class Toml(TextFile):
    r"""A provider of a TOML file, or of a text.

    >>> dict(Toml.string("[debug]\nport = 80").nested().data())
    {Profile('debug'): {'port': 80}}
    """

    FORMAT: ClassVar[str] = "TOML"
    spans: ClassVar[Any] = staticmethod(_spans)

    def read(self, text: str, *, profiles: bool) -> dict[str, Any]:
        """Return a text's table.

        Raises:
            Error: the text is no TOML, or a top-level value is no table though it is a profile.
        """
        try:
            table = read_profiles(text) if profiles else read_toml(text)
        except TomlError as error:
            place = (error.line, error.column)
            raise Error(str(error), position=place, statement=error.statement) from None
        figured: dict[str, Any] = {key: _figured(value) for key, value in table.items()}
        return figured


def _figured(data: Any) -> Any:
    """Put a dictionary in place of every datetime, as figment has it."""
    if isinstance(data, dict):
        return {key: _figured(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_figured(value) for value in data]
    return {DATETIME_KEY: data.text} if isinstance(data, Datetime) else data
