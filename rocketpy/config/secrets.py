"""Which values are secrets, and how values and errors are shown without them.

A value is a secret by a name on its path (`password`, `api_key`), or by its type (pydantic's
`SecretStr` and the like). Where the types are not known, since the application cannot be imported,
every key of the user's own counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import TYPE_CHECKING, Any

from rocketpy.config.keys.table import DEPRECATED_KEYS, KEYS
from rocketpy.config.masking import hides_itself, is_secret_name, masked_statement, masked_value
from rocketpy.config.shape import ROCKET, Shape
from rocketpy.figment.error import Error
from rocketpy.figment.kind import REDACTED, Actual, Kind, message
from rocketpy.figment.place import Place, place
from rocketpy.figment.rust_text import debug_str

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rocketpy.figment.figment import Figment
    from rocketpy.figment.value import Value

_PEM_KEYS = (("tls", "key"),)
_SHORTEST = 4
"""Characters of a secret that is cut out wherever it stands; a shorter one only as a word."""
_BYTES = range(256)
_WORDS = re.compile(r"\w{4,}")
_STRING = re.compile(r'string "(?:[^"\\]|\\.)*"')


class Printed(str):
    """A text that is printed without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class _AllBut(Container[str]):
    """All names but some."""

    def __init__(self, names: Container[str]) -> None:
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name not in self._names


class Secrets:
    """What is known of the secrets of one configuration.

    Args:
        shape: the keys that it may have, and which are secrets by their types.
        values: the texts of secrets that it has, to be cut out of messages.
        types_known: whether `shape` has the user's own keys. If not, all of these are secrets.
    """

    def __init__(
        self, shape: Shape = ROCKET, values: Collection[str] = (), *, types_known: bool = True
    ) -> None:
        self.shape = shape
        self.values = values
        self.types_known = types_known
        self._names: Container[str] | None = None

    @property
    def names(self) -> Container[str]:
        """The names of keys that hold secrets by their types, at any depth."""
        if self._names is None:
            self._names = self.shape.secret_names() if self.types_known else _AllBut(KEYS)
        return self._names

    def within(self, figment: Figment) -> Secrets:
        """Return the same, knowing also the values that the layers of a figment give."""
        values: set[str] = set(self.values)
        for layer in figment.layers():
            for table in layer.values.values():
                for key, value in table.items():
                    values.update(self._secret_texts((key,), value))
        known = Secrets(self.shape, values, types_known=self.types_known)
        known._names = self._names
        return known

    def _secret_texts(self, path: tuple[str, ...], value: Value) -> list[str]:
        data = value.data
        if isinstance(data, dict):
            return [
                text
                for key, part in data.items()
                for text in self._secret_texts((*path, key), part)
            ]
        if isinstance(data, list):
            # Of a key that is given as bytes, one byte says nothing.
            parts = (part for part in data if part.data not in _BYTES)
            return [text for part in parts for text in self._secret_texts(path, part)]
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            return []
        return [str(data)] if self.is_secret(path) and str(data) else []

    def is_secret(self, path: Sequence[str]) -> bool:
        """Whether the value at a path of keys is a secret, by the keys' names or by its type.

        >>> Secrets().is_secret(["secret_key"]), Secrets().is_secret(["port"])
        (True, False)
        """
        if path and self.is_unknown(path[0]):
            return True
        return any(map(is_secret_name, path)) or self.shape.holds_secret(path)

    def is_unknown(self, key: str) -> bool:
        """Whether a top-level key is one of the user's own, and those are not known."""
        return not self.types_known and key not in KEYS and key not in DEPRECATED_KEYS

    def shown(self, path: Sequence[str], value: Any, *, reveal: bool = False) -> Any:
        """Return plain data as it may be shown.

        Secrets become `[redacted]`, keys given as bytes too, and what looks like a secret within a
        text: see `masked_value`.
        """
        if reveal:
            return value
        if isinstance(value, dict):
            return {key: self.shown((*path, key), part) for key, part in value.items()}
        if self.is_secret(path) or (tuple(path[:2]) in _PEM_KEYS and isinstance(value, list)):
            return REDACTED
        if isinstance(value, list):
            return [self.shown((*path, str(index)), part) for index, part in enumerate(value)]
        return masked_value(value, self.names) if isinstance(value, str) else value

    def printed(self, key: str, value: Any) -> Printed:
        """Return what Python prints of a field's value, without the secrets in it."""
        text = repr(value)
        if self.is_secret((key,)) and not hides_itself(text):
            return Printed(REDACTED)
        return Printed(masked_value(text))

    def masked(self, text: str) -> str:
        """Return a text without the values of secrets, wherever they stand in it."""
        for value in sorted(self.values, key=len, reverse=True):
            for spelled in {value, debug_str(value)[1:-1], repr(value)[1:-1]}:
                if len(spelled) >= _SHORTEST:
                    text = text.replace(spelled, REDACTED)
                else:
                    text = re.sub(rf"(?<!\w){re.escape(spelled)}(?!\w)", REDACTED, text)
        return text

    def hide(self, error: Error) -> Error:
        """Take the secrets out of an error and all that are chained behind it.

        Everything that can be shown of it may be shown afterwards: its text, its remedy, the line
        of the file that it quotes.
        """
        for one in error:
            if one.statement:
                one.kind = self._unread(one)
            else:
                one.kind = self._kind(one)
                found = place(one)
                # A line that has been masked was masked by what knew the types; where these are not
                # known, more of it is masked.
                if found is not None and (one.quote is None or not self.types_known):
                    one.quote = self._line(found, one.path)
            one.help = self.masked(one.help)
        return error

    def _kind(self, error: Error) -> Kind:
        kind = error.kind
        if self.is_secret(error.path):
            kind = kind.redacted()
            if kind.name == "Message":
                kind = message(f"invalid value {REDACTED}")
        found = kind.found
        if isinstance(found, Actual):
            kind = kind._replace(found=found._replace(shown=self._text(found.shown)))
        elif isinstance(found, str):
            kind = kind._replace(found=self._text(found))
        return kind._replace(expected=self.masked(kind.expected))

    def _text(self, text: str) -> str:
        # Where types are not known, values are hidden by their paths; a text has words as well.
        return self.masked(masked_value(text, self.names if self.types_known else ()))

    def _unread(self, error: Error) -> Kind:
        """Return what a syntax error says, with the line that it quotes as that may be shown."""
        text = str(error.kind)
        shown = masked_statement(error.statement, self.names)
        above, newline, line = error.statement.rpartition("\n")
        if shown != line:
            # What knows more secrets may go on from here.
            hidden = set(_WORDS.findall(error.statement)) - set(_WORDS.findall(shown))
            if any(word in error.help for word in hidden):
                error.help = ""
            error.statement = f"{above}{newline}{shown}"
            text = _STRING.sub(f"string {REDACTED}", text.replace(f"| {line}\n", f"| {shown}\n", 1))
        return message(self.masked(text))

    def _line(self, found: Place, path: Sequence[str]) -> str:
        """Return a line of a file that could be read, without the secrets on it."""
        out, at = "", 0
        redacted = False
        for part in sorted(found.parts, key=lambda part: part.start):
            given = found.text[part.start : part.end]
            if self.is_secret(part.path) or (
                self.is_secret(path) and part.path[: len(path)] == tuple(path)
            ):
                given, redacted = REDACTED, True
            out += found.text[at : part.start] + self._text(given)
            at = part.end
        rest = found.text[at:]
        if redacted and "#" in rest:
            # A comment beside a secret may contain it.
            rest = rest[: rest.index("#")].rstrip()
        return out + self._text(rest)
