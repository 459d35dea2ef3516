"""Profiles: names for sets of values, compared without regard to ASCII case."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_UPPER = {lower: upper for upper, lower in _LOWER.items()}

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Unicode calls white space. `str.strip()` would take the separators U+001C-1F too."""


def lower(text: str) -> str:
    """Lower the ASCII letters of a text and no others.

    >>> lower("ÉTÉ"), lower("PORT")
    ('ÉtÉ', 'port')
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper(text: str) -> str:
    """Raise the ASCII letters of a text and no others."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


class Profile:
    """A profile's name, as it was first written; case does not count.

    >>> Profile("Debug") == Profile("debug"), str(Profile("Debug"))
    (True, 'Debug')
    >>> Profile("staging").is_custom, Profile("GLOBAL").is_custom
    (True, False)
    """

    __slots__ = ("_key", "name")

    def __init__(self, name: str | Profile) -> None:
        self.name: str = name.name if isinstance(name, Profile) else name
        self._key = lower(self.name)

    @property
    def is_custom(self) -> bool:
        """Whether this is neither `default` nor `global`."""
        return self._key not in {"default", "global"}

    def shown_as(self, selected: Profile) -> Profile:
        """Return the profile that a value of this one is shown with.

        `default` and `global` are themselves; any other counts because it is selected, and has the
        name that it was selected by.
        """
        return selected if self.is_custom else Profile(self._key)

    def starts_with(self, prefix: str) -> bool:
        """Whether the name starts with `prefix`, in any case."""
        return self._key.startswith(lower(prefix))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Profile):
            return self._key == other._key
        return isinstance(other, str) and self._key == lower(other)

    def __lt__(self, other: Profile) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Profile({self.name!r})"

    @classmethod
    def from_env_or(
        cls, variable: str, default: str | Profile, environ: Mapping[bytes, bytes] | None = None
    ) -> Profile:
        """Return the profile that an environment variable names, else the default.

        The variable's name is compared without case; its value is taken raw, not trimmed: an empty
        one is the profile whose name is empty.
        """
        name = find_variable(variable, environ)
        return cls(default if name is None else name)


def find_variable(name: str, environ: Mapping[bytes, bytes] | None = None) -> str | None:
    """Return the raw value of the first environment variable so named, in any case, or None."""
    for key, value in (os.environb if environ is None else environ).items():
        if lower(key.decode(errors="replace").strip(WHITE_SPACE)) == lower(name):
            return value.decode(errors="replace")
    return None


DEFAULT: Final = Profile("default")
GLOBAL: Final = Profile("global")
